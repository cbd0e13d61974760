/* SPDX-License-Identifier: MIT */
/* A small public key infrastructure in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/x509v3.h>

#include "unit/pki.h"

enum {
	DAY = 24 * 3600,
	BIG_LEN = 20000,
};

static void add_extension(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_non_null(ext);
	assert_int_equal(X509_add_ext(cert, ext, -1), 1);
	X509_EXTENSION_free(ext);
}

static X509 *new_cert(EVP_PKEY *key, const char *cn, const X509_NAME *issuer, long from, long to)
{
	static long serial;
	X509_NAME *name;
	X509 *cert = X509_new();

	assert_non_null(cert);
	X509_set_version(cert, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), ++serial);
	X509_gmtime_adj(X509_getm_notBefore(cert), from);
	X509_gmtime_adj(X509_getm_notAfter(cert), to);
	name = X509_NAME_new();
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)cn, -1, -1, 0);
	X509_set_subject_name(cert, name);
	X509_set_issuer_name(cert, issuer ? issuer : name);
	X509_NAME_free(name);
	assert_int_equal(X509_set_pubkey(cert, key), 1);
	return cert;
}

static X509 *new_leaf(const struct pki *pki, EVP_PKEY *key, long from, long to, size_t padding)
{
	X509 *cert = new_cert(key, "localhost", X509_get_subject_name(pki->ca), from, to);

	add_extension(cert, NID_subject_alt_name, "DNS:localhost");
	if (padding) {
		char *text = malloc(padding + 1);

		assert_non_null(text);
		memset(text, 'x', padding);
		text[padding] = '\0';
		add_extension(cert, NID_netscape_comment, text);
		free(text);
	}
	assert_true(X509_sign(cert, pki->ca_key, EVP_sha256()) > 0);
	return cert;
}

void pki_make(struct pki *pki)
{
	memset(pki, 0, sizeof(*pki));
	pki->ca_key = EVP_EC_gen("P-256");
	pki->key[PKI_EC] = EVP_EC_gen("P-256");
	pki->key[PKI_RSA] = EVP_RSA_gen(2048);
	assert_non_null(pki->ca_key);
	assert_non_null(pki->key[PKI_EC]);
	assert_non_null(pki->key[PKI_RSA]);
	pki->ca = new_cert(pki->ca_key, "Test CA", NULL, -DAY, DAY);
	add_extension(pki->ca, NID_basic_constraints, "critical,CA:TRUE");
	assert_true(X509_sign(pki->ca, pki->ca_key, EVP_sha256()) > 0);
	pki->cert[PKI_EC] = new_leaf(pki, pki->key[PKI_EC], -DAY, DAY, 0);
	pki->cert[PKI_RSA] = new_leaf(pki, pki->key[PKI_RSA], -DAY, DAY, 0);
	pki->expired = new_leaf(pki, pki->key[PKI_EC], -2 * DAY, -DAY, 0);
	pki->big = new_leaf(pki, pki->key[PKI_EC], -DAY, DAY, BIG_LEN);
}

void pki_free(struct pki *pki)
{
	X509_free(pki->ca);
	X509_free(pki->cert[PKI_EC]);
	X509_free(pki->cert[PKI_RSA]);
	X509_free(pki->expired);
	X509_free(pki->big);
	EVP_PKEY_free(pki->ca_key);
	EVP_PKEY_free(pki->key[PKI_EC]);
	EVP_PKEY_free(pki->key[PKI_RSA]);
	memset(pki, 0, sizeof(*pki));
}

void pki_use_cert(SSL_CTX *ctx, X509 *cert, EVP_PKEY *key)
{
	assert_int_equal(SSL_CTX_use_certificate(ctx, cert), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(ctx, key), 1);
}

void pki_trust(const struct pki *pki, SSL_CTX *ctx)
{
	assert_int_equal(X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), pki->ca), 1);
}

void pki_use(const struct pki *pki, SSL_CTX *ctx, enum pki_key key)
{
	pki_use_cert(ctx, pki->cert[key], pki->key[key]);
	pki_trust(pki, ctx);
}
