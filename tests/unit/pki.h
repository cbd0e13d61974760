/* SPDX-License-Identifier: MIT */
/* Keys and certificates for tests, made when the test runs. */
#ifndef KTLS_TESTS_PKI_H
#define KTLS_TESTS_PKI_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/ssl.h>

enum pki_key {
	PKI_EC,		/* P-256 */
	PKI_RSA,	/* 2048 bits */
};

struct pki {
	X509 *ca;
	EVP_PKEY *ca_key;
	EVP_PKEY *key[2];	/* indexed by enum pki_key, as the others */
	X509 *cert[2];		/* CN and DNS name "localhost", signed by the CA */
	X509 *expired;		/* of key[PKI_EC] */
	X509 *big;		/* of key[PKI_EC], longer than a record */
};

void pki_make(struct pki *pki);
void pki_free(struct pki *pki);

/* Puts a certificate and its key into the context, and makes it trust the CA. */
void pki_use(const struct pki *pki, SSL_CTX *ctx, enum pki_key key);
void pki_use_cert(SSL_CTX *ctx, X509 *cert, EVP_PKEY *key);
void pki_trust(const struct pki *pki, SSL_CTX *ctx);

#endif
