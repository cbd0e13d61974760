/* SPDX-License-Identifier: MIT */
/* Pinned public keys: the peer must have one of them, whoever issued its certificate. */
#include <string.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "session/pin.h"

static const char prefix[] = "sha256//";

enum {
	HASH_LEN = 32,
	BASE64_LEN = 44,	/* of a hash */
	PREFIX_LEN = sizeof(prefix) - 1,
};

void session_pin_of(X509 *cert, char pin[SESSION_PIN_LEN])
{
	uint8_t hash[EVP_MAX_MD_SIZE], *der = NULL;
	const int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);

	pin[0] = '\0';
	if (len > 0 && EVP_Digest(der, (size_t)len, hash, NULL, EVP_sha256(), NULL)) {
		memcpy(pin, prefix, PREFIX_LEN);
		EVP_EncodeBlock((unsigned char *)pin + PREFIX_LEN, hash, HASH_LEN);
	}
	OPENSSL_free(der);
}

/* One pin of the list, and where the next one begins: NULL behind the last. */
static const char *next_pin(const char *list, size_t *len)
{
	*len = strcspn(list, ";");
	return list[*len] ? list + *len + 1 : NULL;
}

static bool is_pin(const char *pin, size_t len)
{
	unsigned char hash[BASE64_LEN];

	/* 32 bytes are 43 digits and one "=" of padding. */
	return len == PREFIX_LEN + BASE64_LEN && memcmp(pin, prefix, PREFIX_LEN) == 0 && pin[len - 1] == '=' &&
	       pin[len - 2] != '=' && EVP_DecodeBlock(hash, (const unsigned char *)pin + PREFIX_LEN, BASE64_LEN) == HASH_LEN + 1;
}

bool session_has_pin(const char *list, X509 *cert)
{
	char pin[SESSION_PIN_LEN];
	size_t len;

	session_pin_of(cert, pin);

	for (const char *next; list; list = next) {
		next = next_pin(list, &len);
		if (len == strlen(pin) && memcmp(list, pin, len) == 0)
			return true;
	}
	return false;
}

/* In place of libssl's own verification, which comes first: an alert goes to the peer, and nothing else does. */
static int verify_and_compare(X509_STORE_CTX *store, const char *pins, bool insecure)
{
	const int ok = X509_verify_cert(store);

	if (ok <= 0 && !insecure)
		return ok;
	if (session_has_pin(pins, X509_STORE_CTX_get0_cert(store)))
		return 1;
	X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
	return 0;
}

static int verify(X509_STORE_CTX *store, void *arg)
{
	return verify_and_compare(store, arg, false);
}

static int verify_pin_alone(X509_STORE_CTX *store, void *arg)
{
	return verify_and_compare(store, arg, true);
}

int session_set_pins(SSL_CTX *ctx, const struct session_opts *opts, struct cli_failure *f)
{
	size_t len;

	for (const char *pin = opts->pins, *next; pin; pin = next) {
		next = next_pin(pin, &len);
		if (!is_pin(pin, len))
			return cli_fail(f, CLI_USAGE, "--pin: '%.*s' is not sha256// and 44 characters of base64", (int)len, pin);
	}
	SSL_CTX_set_verify(ctx, SSL_CTX_get_verify_mode(ctx) | SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, opts->insecure ? verify_pin_alone : verify, (void *)(uintptr_t)opts->pins);
	return 0;
}
