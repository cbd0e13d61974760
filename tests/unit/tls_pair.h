/* SPDX-License-Identifier: MIT */
/* A handshake of libktls on one end of a connection, plain libssl on the other, in one thread. */
#ifndef KTLS_TESTS_TLS_PAIR_H
#define KTLS_TESTS_TLS_PAIR_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "handshake/handshake.h"
#include "unit/pki.h"

/* What both ends agree on. */
struct tls_wish {
	uint16_t version;	/* 0: as libssl likes */
	const char *suites;	/* of that version; NULL: libssl's choice */
	bool we_serve;		/* libktls's end is the server */
	enum pki_key key;
	bool client_auth;
};

struct tls_pair {
	int ours, theirs;	/* connected sockets, not blocking */
	SSL_CTX *our_ctx, *peer_ctx;
	SSL *our_ssl, *peer_ssl;
	struct ktls_handshake *hs;
	bool peer_done;
	/* Bytes that go from one end to the other at once: 0 all, else the ends are joined by a relay that lets just
	 * so many through. */
	size_t drip;
	int our_far, their_far;	/* the relay's sockets; -1 without it */
};

/* TCP over loopback, both ends not blocking. */
void tls_socket_pair(int *a, int *b);

/*
 * In three steps, so that a test can put its own settings between them: the contexts; the SSLs (and with them the
 * handshake, with libktls prepared just before); the handshake itself.
 */
void tls_pair_contexts(struct tls_pair *p, const struct pki *pki, const struct tls_wish *wish);
void tls_pair_connect(struct tls_pair *p, const struct tls_wish *wish);

/* Steps both ends in turn. 0 when both are done; libktls's error when it fails; -EPIPE when only the peer fails. */
int tls_pair_run(struct tls_pair *p);

/* One step of the peer. True when it is done or failed for good. */
bool tls_pair_step_peer(struct tls_pair *p);

/* Moves bytes between the ends if there is a relay. */
void tls_pair_relay(struct tls_pair *p);

/* All three, and it must succeed. */
void tls_pair_open(struct tls_pair *p, const struct pki *pki, const struct tls_wish *wish);

/*
 * Exports and proves the result: three records sealed with the exported sending keys are read by the peer's SSL_read(),
 * and what its SSL_write() sends opens with the receiving keys. The sequence numbers of the hand-over come back.
 */
void tls_pair_check_traffic(struct tls_pair *p, uint64_t *tx_seq, uint64_t *rx_seq);

void tls_pair_close(struct tls_pair *p);

#endif
