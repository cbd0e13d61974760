/* SPDX-License-Identifier: MIT */
/* The BIO between libssl and the socket: never reads beyond a record, follows the records of both directions. */
#ifndef KTLS_HANDSHAKE_BIO_H
#define KTLS_HANDSHAKE_BIO_H

#include <stdbool.h>

#include <openssl/bio.h>

#include "handshake/scanner.h"
#include "tls/keys.h"

/* What is known of one direction while the handshake runs. */
struct stream_dir {
	struct scanner scanner;
	struct tls_secret secret;	/* application_traffic_secret_0; len 0 before it is known, and in TLS 1.2 */
};

/* The socket as libssl sees it. */
struct stream {
	int fd;
	bool eof;			/* the peer has closed */
	int rx_err, tx_err;		/* negative errno of the last failed call, 0 after a good one */
	bool known;			/* a TLS record came in */
	bool foreign;			/* something that is none came in; it began with: */
	uint8_t foreign_head[TLS_HEADER_LEN];
	struct stream_dir rx, tx;
};

/* NULL when out of memory. */
BIO_METHOD *stream_bio_method_new(void);

/* @s must outlive the BIO or be detached from it. NULL when out of memory. */
BIO *stream_bio_new(const BIO_METHOD *method, struct stream *s);

/* From here on the BIO touches nothing, and fails every read and write. */
void stream_bio_detach(BIO *bio);

#endif
