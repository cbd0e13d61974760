/* SPDX-License-Identifier: MIT */
/* Which ciphers libssl can negotiate. */
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/objects.h>
#include <openssl/ssl.h>
#include <string.h>

#include "system/suites.h"

/* OpenSSL's short names, which it may or may not know, and the eight-byte tags that share a name with sixteen. */
static const struct {
	const char *id, *short_name;
} names[] = {
	{ "aes-128-gcm", "id-aes128-GCM" },	    { "aes-256-gcm", "id-aes256-GCM" },
	{ "aes-128-ccm", "id-aes128-CCM" },	    { "chacha20-poly1305", "ChaCha20-Poly1305" },
	{ "sm4-gcm", "SM4-GCM" },		    { "sm4-ccm", "SM4-CCM" },
	{ "aria-128-gcm", "ARIA-128-GCM" },	    { "aria-256-gcm", "ARIA-256-GCM" },
};

static const char all_tls13[] = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_CCM_SHA256";

const char *suites_library(void)
{
	return OpenSSL_version(OPENSSL_VERSION);
}

static int nid_of(const char *id)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i].id, id) == 0)
			return OBJ_sn2nid(names[i].short_name);
	return NID_undef;
}

static bool has_short_tag(const SSL_CIPHER *c)
{
	return strstr(SSL_CIPHER_get_name(c), "CCM8") || strstr(SSL_CIPHER_get_name(c), "CCM_8");
}

int suites_have(const char *id, bool *tls12, bool *tls13)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	const int nid = nid_of(id);
	STACK_OF(SSL_CIPHER) *list;

	*tls12 = *tls13 = false;
	/* Nothing is negotiated with it, so security levels do not matter; SM4 is in no list of OpenSSL's own. */
	if (!ctx || SSL_CTX_set_cipher_list(ctx, "ALL:COMPLEMENTOFALL:@SECLEVEL=0") != 1 ||
	    SSL_CTX_set_ciphersuites(ctx, all_tls13) != 1) {
		SSL_CTX_free(ctx);
		return -ENOMEM;
	}
	list = SSL_CTX_get_ciphers(ctx);
	for (int i = 0; nid != NID_undef && i < sk_SSL_CIPHER_num(list); i++) {
		const SSL_CIPHER *c = sk_SSL_CIPHER_value(list, i);

		if (SSL_CIPHER_get_cipher_nid(c) != nid || has_short_tag(c))
			continue;
		if (strcmp(SSL_CIPHER_get_version(c), "TLSv1.3") == 0)
			*tls13 = true;
		else
			*tls12 = true;
	}
	SSL_CTX_free(ctx);
	return 0;
}
