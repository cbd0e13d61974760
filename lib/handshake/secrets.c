/* SPDX-License-Identifier: MIT */
/* The key-log callback, chained in front of the application's own. */
#include <errno.h>
#include <string.h>

#include "base/attr.h"
#include "base/secret.h"
#include "handshake/registry.h"
#include "handshake/secrets.h"
#include "handshake/state.h"

/* Hangs on the SSL_CTX: the other callback, and the secret memory of its connections. */
struct keylog_chain {
	SSL_CTX_keylog_cb_func next;	/* NULL if the application has none */
	struct secret_pool *pool;
};

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Digits up to @end_char. The bytes that they make; -1 for an odd digit, a foreign character, more than @cap bytes. */
static int read_hex(const char *p, char end_char, uint8_t *out, int cap)
{
	int n = 0;

	for (; *p != end_char; p += 2, n++) {
		int hi = hex_digit(p[0]);
		int lo = hi < 0 ? -1 : hex_digit(p[1]);

		if (lo < 0 || n == cap)
			return -1;
		out[n] = (uint8_t)(hi << 4 | lo);
	}
	return n;
}

/* The length tells the hash: no TLS 1.3 suite that libktls knows uses another one of these sizes. */
static bool set_length(struct tls_secret *secret, int len)
{
	if (len != 32 && len != 48)
		return false;
	secret->len = (size_t)len;
	secret->hash = len == 32 ? TLS_HASH_SHA256 : TLS_HASH_SHA384;
	return true;
}

bool keylog_parse(const char *line, const uint8_t client_random[KEYLOG_RANDOM_LEN], struct keylog_secret *out)
{
	static const struct {
		const char *label;
		bool is_server;
	} labels[] = {
		{ "CLIENT_TRAFFIC_SECRET_0 ", false },
		{ "SERVER_TRAFFIC_SECRET_0 ", true },
	};
	struct keylog_secret found = { 0 };
	uint8_t random[KEYLOG_RANDOM_LEN];
	bool ok = false;

	for (size_t i = 0; i < ARRAY_SIZE(labels); i++) {
		size_t len = strlen(labels[i].label);

		if (strncmp(line, labels[i].label, len) != 0)
			continue;
		found.is_server = labels[i].is_server;
		line += len;
		if (read_hex(line, ' ', random, sizeof(random)) != sizeof(random) ||
		    memcmp(random, client_random, sizeof(random)) != 0)
			break;
		line += 2 * sizeof(random) + 1;
		ok = set_length(&found.secret, read_hex(line, '\0', found.secret.data, sizeof(found.secret.data)));
		break;
	}
	if (ok)
		*out = found;
	secret_wipe(&found, sizeof(found));
	return ok;
}

/*
 * libssl logs a secret when the last record of the old epoch is wholly read, or wholly written and flushed: the scanner
 * stands at that boundary, and all that follows is numbered from 0.
 */
static void take_secret(struct ktls_handshake *hs, const char *line)
{
	uint8_t random[KEYLOG_RANDOM_LEN];
	struct keylog_secret found;
	struct stream_dir *dir;

	if (SSL_get_client_random(hs->ssl, random, sizeof(random)) != sizeof(random) ||
	    !keylog_parse(line, random, &found))
		return;
	dir = found.is_server == !!SSL_is_server(hs->ssl) ? &hs->stream.tx : &hs->stream.rx;
	dir->secret = found.secret;
	scanner_new_epoch(&dir->scanner);
	secret_wipe(&found, sizeof(found));
}

static void on_keylog(const SSL *ssl, const char *line)
{
	const struct registry *reg = registry_get();
	struct ktls_handshake *hs = SSL_get_ex_data(ssl, reg->ssl_index);
	const struct keylog_chain *chain = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), reg->ctx_index);

	if (hs)
		take_secret(hs, line);
	if (chain && chain->next)
		chain->next(ssl, line);
}

static void chain_free(struct keylog_chain *chain)
{
	if (!chain)
		return;
	secret_pool_free(chain->pool);
	OPENSSL_free(chain);
}

void keylog_chain_free(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int index, long argl, void *argp)
{
	(void)parent;
	(void)ad;
	(void)index;
	(void)argl;
	(void)argp;
	chain_free(ptr);
}

struct secret_pool *secrets_pool(const SSL_CTX *ctx)
{
	const struct keylog_chain *chain = SSL_CTX_get_ex_data(ctx, registry_get()->ctx_index);

	return chain->pool;
}

bool secrets_are_set_up(const SSL_CTX *ctx)
{
	const struct registry *reg = registry_get();

	return reg && SSL_CTX_get_ex_data(ctx, reg->ctx_index);
}

/* What hangs on @ctx, hung there now if it is the first time. NULL when out of memory. */
static struct keylog_chain *chain_of(SSL_CTX *ctx, int index)
{
	struct keylog_chain *chain = SSL_CTX_get_ex_data(ctx, index);

	if (chain)
		return chain;
	chain = OPENSSL_zalloc(sizeof(*chain));
	if (!chain)
		return NULL;
	chain->pool = secret_pool_new();
	if (chain->pool && SSL_CTX_set_ex_data(ctx, index, chain))
		return chain;
	chain_free(chain);
	return NULL;
}

int secrets_setup(SSL_CTX *ctx)
{
	SSL_CTX_keylog_cb_func next = SSL_CTX_get_keylog_callback(ctx);
	const struct registry *reg = registry_get();
	struct keylog_chain *chain;

	if (!reg)
		return -ENOMEM;
	/* A second call must not chain our callback to itself. */
	if (next == on_keylog)
		return 0;
	chain = chain_of(ctx, reg->ctx_index);
	if (!chain)
		return -ENOMEM;
	chain->next = next;
	SSL_CTX_set_keylog_callback(ctx, on_keylog);
	return 0;
}
