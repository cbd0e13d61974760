/* SPDX-License-Identifier: MIT */
/* The certificates that a peer showed, as text. */
#ifndef SESSION_CHAIN_H
#define SESSION_CHAIN_H

#include <stddef.h>

#include <openssl/ssl.h>

/* Printable ASCII, whatever the peer wrote. NULL where a certificate cannot be read. */
struct session_cert {
	char *subject, *issuer;		/* as in RFC 2253 */
	char *serial;			/* hexadecimal */
	char *not_before, *not_after;	/* "2026-01-31T12:00:00Z" */
	char *key;			/* "EC prime256v1", "RSA 2048" */
	char *fingerprint;		/* SHA-256, hexadecimal */
	char *pin;			/* of its key, as --pin takes it */
	char **names;			/* "DNS:example.org": subjectAltName, all of them */
	size_t names_n;
};

struct session_chain {
	struct session_cert *certs;	/* the peer's own first, then as it sent them */
	size_t n;
};

/* Fills the empty @chain. What there is no memory for is missing. */
void session_read_chain(SSL *ssl, struct session_chain *chain);

void session_free_chain(struct session_chain *chain);

#endif
