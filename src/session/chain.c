/* SPDX-License-Identifier: MIT */
/* The certificates that a peer showed, as text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/bio.h>
#include <openssl/x509v3.h>

#include "session/chain.h"
#include "session/pin.h"

/* What was written to @bio, which is freed; nothing in it that a terminal or a parser would act upon. */
static char *take_text(BIO *bio)
{
	char *data, *text;
	const long len = bio ? BIO_get_mem_data(bio, &data) : 0;

	text = len > 0 ? strndup(data, (size_t)len) : NULL;
	BIO_free(bio);
	for (char *p = text; p && *p; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p > '~')
			*p = '?';
	return text;
}

static char *name_text(const X509_NAME *name)
{
	BIO *bio = BIO_new(BIO_s_mem());

	if (bio)
		X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253);
	return take_text(bio);
}

static char *serial_text(const X509 *cert)
{
	BIO *bio = BIO_new(BIO_s_mem());

	if (bio)
		i2a_ASN1_INTEGER(bio, X509_get0_serialNumber(cert));
	return take_text(bio);
}

static char *time_text(const ASN1_TIME *when)
{
	char text[sizeof("-2147483648-01-31T12:00:00Z")];
	struct tm tm;

	if (!ASN1_TIME_to_tm(when, &tm) || !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		return NULL;
	return strdup(text);
}

static char *key_text(X509 *cert)
{
	const EVP_PKEY *key = X509_get0_pubkey(cert);
	BIO *bio = key ? BIO_new(BIO_s_mem()) : NULL;
	char group[64];

	if (!bio)
		return NULL;
	BIO_puts(bio, EVP_PKEY_get0_type_name(key) ? EVP_PKEY_get0_type_name(key) : "unknown");
	if (EVP_PKEY_get_group_name(key, group, sizeof(group), NULL))
		BIO_printf(bio, " %s", group);
	else if (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS") || EVP_PKEY_is_a(key, "DSA"))
		BIO_printf(bio, " %d", EVP_PKEY_get_bits(key));
	return take_text(bio);
}

static char *fingerprint_text(const X509 *cert)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	BIO *bio = BIO_new(BIO_s_mem());
	unsigned len;

	if (bio && X509_digest(cert, EVP_sha256(), hash, &len))
		for (unsigned i = 0; i < len; i++)
			BIO_printf(bio, "%02x", hash[i]);
	return take_text(bio);
}

static char *pin_text(X509 *cert)
{
	char pin[SESSION_PIN_LEN];

	session_pin_of(cert, pin);
	return *pin ? strdup(pin) : NULL;
}

static void read_names(X509 *cert, struct session_cert *out)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	const int n = sk_GENERAL_NAME_num(names);

	out->names = n > 0 ? calloc((size_t)n, sizeof(*out->names)) : NULL;
	for (int i = 0; out->names && i < n; i++) {
		BIO *bio = BIO_new(BIO_s_mem());
		char *text;

		if (bio)
			GENERAL_NAME_print(bio, sk_GENERAL_NAME_value(names, i));
		text = take_text(bio);
		if (text)
			out->names[out->names_n++] = text;
	}
	GENERAL_NAMES_free(names);
}

static void read_cert(X509 *cert, struct session_cert *out)
{
	out->subject = name_text(X509_get_subject_name(cert));
	out->issuer = name_text(X509_get_issuer_name(cert));
	out->serial = serial_text(cert);
	out->not_before = time_text(X509_get0_notBefore(cert));
	out->not_after = time_text(X509_get0_notAfter(cert));
	out->key = key_text(cert);
	out->fingerprint = fingerprint_text(cert);
	out->pin = pin_text(cert);
	read_names(cert, out);
}

/*
 * A server's chain is without the client's own certificate, and a session from a file has that alone. After a failure a server has neither: then the chain is told
 * as far as libssl could build it.
 */
void session_read_chain(SSL *ssl, struct session_chain *chain)
{
	const STACK_OF(X509) *sent = SSL_get_peer_cert_chain(ssl);
	X509 *own = SSL_is_server(ssl) || !sent ? SSL_get0_peer_certificate(ssl) : NULL;
	size_t n;

	if (!own && sk_X509_num(sent) <= 0)
		sent = SSL_get0_verified_chain(ssl);
	n = (size_t)(own ? 1 : 0) + (size_t)(sk_X509_num(sent) > 0 ? sk_X509_num(sent) : 0);
	chain->certs = n ? calloc(n, sizeof(*chain->certs)) : NULL;
	if (!chain->certs)
		return;
	if (own)
		read_cert(own, &chain->certs[chain->n++]);
	for (int i = 0; i < sk_X509_num(sent); i++)
		read_cert(sk_X509_value(sent, i), &chain->certs[chain->n++]);
}

static void free_cert(struct session_cert *c)
{
	char *const texts[] = { c->subject, c->issuer, c->serial, c->not_before, c->not_after, c->key, c->fingerprint, c->pin };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		free(texts[i]);
	for (size_t i = 0; i < c->names_n; i++)
		free(c->names[i]);
	free(c->names);
}

void session_free_chain(struct session_chain *chain)
{
	for (size_t i = 0; i < chain->n; i++)
		free_cert(&chain->certs[i]);
	free(chain->certs);
	*chain = (struct session_chain){ .n = 0 };
}
