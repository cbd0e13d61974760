/* SPDX-License-Identifier: MIT */
/* Inside of a handshake. */
#ifndef KTLS_HANDSHAKE_STATE_H
#define KTLS_HANDSHAKE_STATE_H

#include "base/errmsg.h"
#include "handshake/bio.h"
#include "ktls/handshake.h"

struct ktls_handshake {
	SSL *ssl;			/* a reference of our own */
	BIO *bio;			/* likewise */
	struct stream stream;
	struct errmsg err;
	short events;
	bool done;
	int dead;			/* 0, or the negative errno that every step repeats */
	unsigned long early_error;	/* libssl's, when it had failed already where it told the end of early data; else 0 */
};

/* failure.c: words for what SSL_do_handshake() failed with, while libcrypto's queue still has it. Returns -errno. */
int handshake_failure(struct ktls_handshake *hs, int ssl_error);

#endif
