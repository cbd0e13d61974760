/* SPDX-License-Identifier: MIT */
/* What a finished handshake hands to the record layer. The only folder that knows libssl; public part: ktls/handshake.h. */
#ifndef KTLS_HANDSHAKE_HANDSHAKE_H
#define KTLS_HANDSHAKE_HANDSHAKE_H

#include <stdbool.h>

#include "base/errmsg.h"
#include "base/secret.h"
#include "ktls/handshake.h"
#include "tls/keys.h"

/*
 * tx and rx carry counted sequence numbers; the secrets (TLS 1.3 only, else len 0) are for KeyUpdate. max_payload:
 * bytes of data in a record to the peer; 16384 unless the client asked for less by max_fragment_length (RFC 6066
 * section 4).
 */
struct handover {
	int fd;
	bool is_server;
	uint16_t version;
	uint16_t max_payload;
	const struct tls_cipher *cipher;
	struct tls_keys tx, rx;
	struct tls_secret tx_secret, rx_secret;
};

/*
 * Derives the keys of both directions. Only after ktls_handshake_step() returned 0. Wipe *@out with secret_wipe().
 * Errors: -EAGAIN (handshake not done, or libssl still has bytes to write), -EPROTO (libssl holds bytes of a record,
 * or read beyond a record boundary: the hand-over would lose them), -EPROTONOSUPPORT (the negotiated cipher has no row in the
 * table), -ENOKEY (no secret was seen: ktls_handshake_setup() was not called on the SSL_CTX, or another key-log callback
 * replaced ours). The message is set on the handshake.
 */
int handshake_export(struct ktls_handshake *hs, struct handover *out);

/* The secret memory that the connections of one SSL_CTX share. Valid as long as anything in it, @hs for a start. */
struct secret_pool *handshake_pool(const struct ktls_handshake *hs);

/* Where the message of a failed hand-over belongs: ktls_handshake_error() shows it. */
struct errmsg *handshake_errmsg(struct ktls_handshake *hs);

#endif
