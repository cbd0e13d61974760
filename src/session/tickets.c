/* SPDX-License-Identifier: MIT */
/* Session tickets. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "session/source.h"
#include "session/tickets.h"

enum {
	KEY_LEN = 80,		/* name, HMAC key and AES key: nginx has such files, too */
	TICKETS = 2,		/* for each connection, as libssl gives them */
};

static int read_key(const char *path, unsigned char key[KEY_LEN], struct cli_failure *f)
{
	unsigned char more;
	size_t n;
	FILE *file;

	if (session_check_file(path, false, f))
		return f->code;
	file = fopen(path, "re");
	if (!file)
		return cli_fail(f, CLI_IO, "%s: %s", path, strerror(errno));
	setvbuf(file, NULL, _IONBF, 0);
	n = fread(key, 1, KEY_LEN, file);
	if (n != KEY_LEN || fread(&more, 1, 1, file) != 0)
		cli_fail(f, CLI_IO, "%s: a ticket key has %d bytes (openssl rand -out FILE %d)", path, KEY_LEN, KEY_LEN);
	fclose(file);
	return f->code;
}

static int set_key(SSL_CTX *ctx, const char *path, struct cli_failure *f)
{
	unsigned char key[KEY_LEN];

	if (!read_key(path, key, f) && !SSL_CTX_set_tlsext_ticket_keys(ctx, key, sizeof(key)))
		cli_fail(f, CLI_IO, "%s: %s", path, session_reason());
	OPENSSL_cleanse(key, sizeof(key));
	return f->code;
}

static void hash_text(EVP_MD_CTX *md, const char *text)
{
	EVP_DigestUpdate(md, text ? text : "", text ? strlen(text) + 1 : 1);
}

static void hash_trusted(EVP_MD_CTX *md, SSL_CTX *ctx)
{
	const STACK_OF(X509_OBJECT) *all = X509_STORE_get0_objects(SSL_CTX_get_cert_store(ctx));
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned len;

	for (int i = 0; i < sk_X509_OBJECT_num(all); i++) {
		const X509 *cert = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(all, i));

		if (cert && X509_digest(cert, EVP_sha256(), hash, &len))
			EVP_DigestUpdate(md, hash, len);
	}
}

/*
 * A client whose session is resumed shows no certificate again. So a session is good only for a server that would have asked
 * for the same: libssl compares this (RFC 5246 has no word for it; SSL_CTX_set_session_id_context(3) has).
 */
static int set_context(SSL_CTX *ctx, const struct session_opts *opts, struct cli_failure *f)
{
	const unsigned char how[] = { (unsigned char)opts->client_cert, opts->insecure };
	unsigned char hash[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	unsigned len = 0;

	if (md && EVP_DigestInit_ex(md, EVP_sha256(), NULL)) {
		EVP_DigestUpdate(md, how, sizeof(how));
		hash_text(md, opts->pins);
		hash_text(md, opts->capath);
		hash_trusted(md, ctx);
		EVP_DigestFinal_ex(md, hash, &len);
	}
	EVP_MD_CTX_free(md);
	if (!len || !SSL_CTX_set_session_id_context(ctx, hash, len))
		return cli_fail(f, CLI_IO, "out of memory");
	return 0;
}

static int set_server(SSL_CTX *ctx, const struct session_opts *opts, struct cli_failure *f)
{
	if (set_context(ctx, opts, f))
		return f->code;
	if (opts->ticket_key && set_key(ctx, opts->ticket_key, f))
		return f->code;
	/* Who would resume a session that one process made, and takes with it? */
	if (!opts->ticket_key && !opts->tickets) {
		SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
		SSL_CTX_set_num_tickets(ctx, 0);
	} else {
		SSL_CTX_set_num_tickets(ctx, TICKETS);
	}
	/* What is rejected has to be skipped, however much an older ticket allowed. */
	SSL_CTX_set_recv_max_early_data(ctx, SESSION_EARLY_MAX);
	if (opts->max_early_data) {
		SSL_CTX_set_max_early_data(ctx, opts->max_early_data);
		/*
		 * Against replays libssl knows only a list of the tickets that this process gave and has not seen yet. Here nothing
		 * of early data is given out before the handshake is over, to which a replay cannot come (RFC 8446 section 8).
		 */
		SSL_CTX_set_options(ctx, SSL_OP_NO_ANTI_REPLAY);
	}
	return 0;
}

int session_set_tickets(SSL_CTX *ctx, const struct session_opts *opts, bool is_server, struct cli_failure *f)
{
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	if (is_server)
		return set_server(ctx, opts, f);
	if (!opts->sess_in && !opts->sess_out)
		SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
	return 0;
}
