/* SPDX-License-Identifier: MIT */
/* The same TLS for every carrier: one certificate, or one server's, one version, one cipher, one record size. */
#ifndef KTLS_BENCH_TLS_H
#define KTLS_BENCH_TLS_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "session/session.h"

struct bench_tls {
	int version;		/* TLS1_2_VERSION, TLS1_3_VERSION */
	const char *cipher;	/* "aes-256-gcm" */
	uint16_t record;	/* bytes of data in a record, at most */
	X509 *cert;
	EVP_PKEY *key;
	/* A server that is not ours has a certificate of its own: whom to trust, and the host that was asked for. NULL: it is ours. */
	const struct session_opts *trust;
	const char *host;
};

/* Whether the cipher is one that this program knows. */
bool bench_cipher_known(const char *cipher);

/* Makes the certificate for localhost, for this run. 0 or the exit code of @f; bench_tls_free() in either case. */
int bench_tls_make(struct bench_tls *tls, struct cli_failure *f);
void bench_tls_free(struct bench_tls *tls);

/* The certificate for another machine, as PEM: false if it does not fit. The key never leaves the process that made it. */
bool bench_tls_certificate(const struct bench_tls *tls, char *pem, size_t size);

/* Takes the certificate of the server's machine instead of making one: for clients. 0 or the exit code of @f; bench_tls_free() in either case. */
int bench_tls_trust(struct bench_tls *tls, const char *pem, struct cli_failure *f);

/* Sets in @opts that a client offers exactly that. */
void bench_tls_offer(const struct bench_tls *tls, struct session_opts *opts);

/* A context that allows exactly that; clients verify the certificate. NULL: out of memory, or this libssl does not have it. */
SSL_CTX *bench_tls_context(const struct bench_tls *tls, bool is_server);

/* A connection of such a context over @fd (-1: none yet), ready to shake hands, and to take @session up again unless NULL. NULL: as above. */
SSL *bench_tls_connection(const struct bench_tls *tls, SSL_CTX *ctx, int fd, bool is_server, SSL_SESSION *session);

/* Frees it without a word to the other end; its session stays one that can be resumed. @ssl may be NULL. */
void bench_tls_drop(SSL *ssl);

/* libssl's reason for the last failure, its queue emptied. */
const char *bench_tls_reason(void);

#endif
