/* SPDX-License-Identifier: MIT */
/* Pre-shared keys: where they are read, and how libssl gets them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "session/psk.h"
#include "session/session.h"

const char session_psk_ciphers[] =
	"ECDHE-PSK-CHACHA20-POLY1305:DHE-PSK-AES128-GCM-SHA256:DHE-PSK-AES256-GCM-SHA384:DHE-PSK-CHACHA20-POLY1305:"
	"DHE-PSK-AES128-CCM";

/* As openssl's programs call theirs. */
static const char default_identity[] = "Client_identity";

enum {
	EARLY_DEFAULT = 16384,	/* what openssl's server takes */
	LINE_LEN = SESSION_IDENTITY_LEN + 2 * SESSION_PSK_MAX + 2,
};

static int set_identity(struct session_psk *psk, const char *option, const char *text, size_t len, struct cli_failure *f)
{
	if (len == 0 || len >= sizeof(psk->identity))
		return cli_fail(f, CLI_USAGE, "%s: the identity of a PSK has 1 to %zu bytes", option, sizeof(psk->identity) - 1);
	memcpy(psk->identity, text, len);
	psk->identity[len] = '\0';
	return 0;
}

/* Nothing of what was given is told: it is a secret. */
static int set_key(struct session_psk *psk, const char *source, const char *hex, struct cli_failure *f)
{
	if (strlen(hex) % 2 || !OPENSSL_hexstr2buf_ex(psk->key, sizeof(psk->key), &psk->len, hex, '\0') || psk->len == 0) {
		psk->len = 0;
		return cli_fail(f, CLI_USAGE, "%s: a PSK is 1 to %d bytes in hexadecimal, two digits each", source, SESSION_PSK_MAX);
	}
	return 0;
}

static int take_line(struct session_psk *psk, const char *path, char *line, struct cli_failure *f)
{
	char *colon = strrchr(line, ':');

	line[strcspn(line, "\r\n")] = '\0';
	if (colon && set_identity(psk, path, line, (size_t)(colon - line), f))
		return f->code;
	return set_key(psk, path, colon ? colon + 1 : line, f);
}

static int read_file(struct session_psk *psk, const char *path, struct cli_failure *f)
{
	char line[LINE_LEN] = "", buffer[BUFSIZ];
	FILE *file = fopen(path, "re");

	if (!file)
		return cli_fail(f, CLI_IO, "%s: %s", path, strerror(errno));
	setvbuf(file, buffer, _IOFBF, sizeof(buffer));
	if (!fgets(line, sizeof(line), file) && ferror(file))
		cli_fail(f, CLI_IO, "%s: %s", path, strerror(errno));
	fclose(file);
	if (!f->code)
		take_line(psk, path, line, f);
	OPENSSL_cleanse(line, sizeof(line));
	OPENSSL_cleanse(buffer, sizeof(buffer));
	return f->code;
}

int session_psk_read(struct session_psk *psk, const struct session_opts *opts, struct cli_failure *f)
{
	strcpy(psk->identity, default_identity);
	psk->alpn = opts->alpn;
	psk->max_early = opts->early_data && !opts->max_early_data ? EARLY_DEFAULT : opts->max_early_data;
	if (opts->psk ? set_key(psk, "--psk", opts->psk, f) : read_file(psk, opts->psk_file, f))
		return f->code;
	return opts->psk_identity ? set_identity(psk, "--psk-identity", opts->psk_identity, strlen(opts->psk_identity), f) : 0;
}

/*
 * A PSK belongs to one hash (RFC 8446 section 4.2.11), SHA-256 unless the ends agreed upon another: it is that of the first
 * enabled suite with SHA-256, or, without one, of the first of all.
 */
static const SSL_CIPHER *choose_suite(const SSL *ssl)
{
	const STACK_OF(SSL_CIPHER) *all = SSL_get_ciphers(ssl);
	const SSL_CIPHER *first = NULL;

	for (int i = 0; i < sk_SSL_CIPHER_num(all); i++) {
		const SSL_CIPHER *c = sk_SSL_CIPHER_value(all, i);

		if (SSL_CIPHER_get_protocol_id(c) >> 8 != 0x13)
			continue;
		if (EVP_MD_is_a(SSL_CIPHER_get_handshake_digest(c), "SHA256"))
			return c;
		first = first ? first : c;
	}
	return first;
}

/* Early data speaks the protocol that goes with the key: the first that we would have. */
static bool set_alpn(SSL_SESSION *session, const char *list)
{
	return !list || SSL_SESSION_set1_alpn_selected(session, (const unsigned char *)list, strcspn(list, ","));
}

static SSL_SESSION *make_session(const struct session_psk *psk, const SSL_CIPHER *suite)
{
	SSL_SESSION *session = SSL_SESSION_new();

	if (session && SSL_SESSION_set1_master_key(session, psk->key, psk->len) && SSL_SESSION_set_cipher(session, suite) &&
	    SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION) && SSL_SESSION_set_max_early_data(session, psk->max_early) &&
	    (!psk->max_early || set_alpn(session, psk->alpn)))
		return session;
	SSL_SESSION_free(session);
	return NULL;
}

static struct session_psk *psk_of(const SSL *ssl)
{
	return SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
}

/* @md: after a HelloRetryRequest, which chose the hash. */
static int use_session(SSL *ssl, const EVP_MD *md, const unsigned char **id, size_t *id_len, SSL_SESSION **session)
{
	const struct session_psk *psk = psk_of(ssl);
	const SSL_CIPHER *suite = choose_suite(ssl);

	*session = NULL;
	if (!suite || (md && EVP_MD_get_type(md) != EVP_MD_get_type(SSL_CIPHER_get_handshake_digest(suite))))
		return 1;
	*session = make_session(psk, suite);
	*id = (const unsigned char *)psk->identity;
	*id_len = strlen(psk->identity);
	return *session != NULL;
}

static bool is_ours(const struct session_psk *psk, const void *id, size_t len)
{
	return len == strlen(psk->identity) && memcmp(id, psk->identity, len) == 0;
}

/* An identity that is not ours may be a ticket. */
static int find_session(SSL *ssl, const unsigned char *id, size_t id_len, SSL_SESSION **session)
{
	struct session_psk *psk = psk_of(ssl);
	const SSL_CIPHER *suite = choose_suite(ssl);

	*session = NULL;
	if (!suite || !is_ours(psk, id, id_len))
		return 1;
	*session = make_session(psk, suite);
	psk->found = *session != NULL;
	return psk->found;
}

static unsigned use_key(SSL *ssl, const char *hint, char *identity, unsigned identity_len, unsigned char *key, unsigned key_len)
{
	const struct session_psk *psk = psk_of(ssl);

	(void)hint;
	if (psk->len > key_len || strlen(psk->identity) >= identity_len)
		return 0;
	strcpy(identity, psk->identity);
	memcpy(key, psk->key, psk->len);
	return (unsigned)psk->len;
}

static unsigned find_key(SSL *ssl, const char *identity, unsigned char *key, unsigned key_len)
{
	const struct session_psk *psk = psk_of(ssl);

	/* Those of TLS 1.3 are found above, or are tickets. */
	if (SSL_version(ssl) == TLS1_3_VERSION || psk->len > key_len || !is_ours(psk, identity, strlen(identity)))
		return 0;
	memcpy(key, psk->key, psk->len);
	return (unsigned)psk->len;
}

/* Whoever cannot prove that he has the key may well have a certificate: it is not asked for. */
static int refuse_certificate(X509_STORE_CTX *store, void *arg)
{
	(void)arg;
	X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
	return 0;
}

void session_psk_set(SSL_CTX *ctx, struct session_psk *psk, bool is_server)
{
	SSL_CTX_set_app_data(ctx, psk);
	if (is_server) {
		SSL_CTX_set_psk_find_session_callback(ctx, find_session);
		SSL_CTX_set_psk_server_callback(ctx, find_key);
		return;
	}
	SSL_CTX_set_psk_use_session_callback(ctx, use_session);
	SSL_CTX_set_psk_client_callback(ctx, use_key);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, refuse_certificate, NULL);
}

bool session_psk_used(SSL *ssl, const struct session_psk *psk)
{
	if (!psk->len)
		return false;
	if (SSL_version(ssl) != TLS1_3_VERSION)
		return SSL_get_psk_identity(ssl) != NULL;
	return SSL_session_reused(ssl) && (!SSL_is_server(ssl) || psk->found);
}

const char *session_psk_hide(char *hex)
{
	char *copy = OPENSSL_strdup(hex);

	if (!copy)
		return hex;
	OPENSSL_cleanse(hex, strlen(hex));
	return copy;
}
