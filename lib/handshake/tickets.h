/* SPDX-License-Identifier: MIT */
/* What stays of libssl after the hand-over where sessions are wanted: it reads the tickets, and nothing else. */
#ifndef KTLS_HANDSHAKE_TICKETS_H
#define KTLS_HANDSHAKE_TICKETS_H

#include <stddef.h>
#include <stdint.h>

struct handshake_tickets;
struct ktls_handshake;

/* Takes a reference to the SSL of @hs and changes nothing yet. 0 and *@out, or -ENOMEM. */
int handshake_tickets_new(struct handshake_tickets **out, const struct ktls_handshake *hs);

/* The handshake has been freed: from here on the SSL reads what it is given, and writes to nobody. */
void handshake_tickets_begin(struct handshake_tickets *t);

/*
 * Has libssl read records that begin at a boundary, protected with the first application keys of the server and numbered
 * on from where its own count stood. The callback for new sessions is called from in here. -ENOMEM; -EPROTO when libssl
 * made anything of them but messages to go on after: it must be given nothing more.
 */
int handshake_tickets_read(struct handshake_tickets *t, const uint8_t *wire, size_t len);

/* @t may be NULL. */
void handshake_tickets_free(struct handshake_tickets *t);

#endif
