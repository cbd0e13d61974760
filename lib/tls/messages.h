/* SPDX-License-Identifier: MIT */
/* Post-handshake messages out of records: collects split ones, hands over whole ones. */
#ifndef KTLS_TLS_MESSAGES_H
#define KTLS_TLS_MESSAGES_H

#include <stddef.h>
#include <stdint.h>

/* Longest message collected; a NewSessionTicket may have 2^16 - 1 bytes of ticket and as many of extensions. */
#define TLS_MESSAGE_MAX (4 + 2 * 65536 + 512)

/* Handshake bytes that do not yet make a whole message. Zero-initialise; release with tls_messages_free(). */
struct tls_messages {
	uint8_t *buf;
	size_t off;		/* where they begin: in front stands what was handed over */
	size_t len, cap;	/* bytes from off on; size of buf */
};

void tls_messages_free(struct tls_messages *m);

/*
 * Takes the payload of one handshake record. -ENOMEM, or -EMSGSIZE when a message announces more than
 * TLS_MESSAGE_MAX bytes: then all bytes collected are dropped.
 */
int tls_messages_feed(struct tls_messages *m, const uint8_t *data, size_t len);

/*
 * The next whole message: 1 and *@type, *@body (valid until the next feed or next call), *@body_len; 0 if there is none.
 */
int tls_messages_next(struct tls_messages *m, uint8_t *type, const uint8_t **body, size_t *body_len);

/* Bytes waiting for the rest of their message. Not 0 where a key changes is a protocol error (RFC 8446 section 5.1). */
size_t tls_messages_pending(const struct tls_messages *m);

#endif
