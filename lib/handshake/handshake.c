/* SPDX-License-Identifier: MIT */
/* The handshake, step by step: public API of ktls/handshake.h. */
#include <errno.h>
#include <poll.h>

#include <openssl/err.h>

#include "base/secret.h"
#include "handshake/handshake.h"
#include "handshake/registry.h"
#include "handshake/secrets.h"
#include "handshake/state.h"

int ktls_handshake_setup(SSL_CTX *ctx)
{
	int ret;

	if (!ctx)
		return -EINVAL;
	ret = secrets_setup(ctx);
	if (ret)
		return ret;
	SSL_CTX_set_read_ahead(ctx, 0);
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_CTX_clear_options(ctx, SSL_OP_ENABLE_KTLS);
	return 0;
}

/*
 * libssl does not tell whether SSL_set_connect_state() or SSL_set_accept_state() was called. SSL_shutdown() looks at
 * just that before anything else, and before a handshake it always fails, without having done anything.
 */
static bool has_role(SSL *ssl)
{
	bool has;

	ERR_set_mark();
	SSL_shutdown(ssl);
	has = ERR_GET_REASON(ERR_peek_last_error()) != SSL_R_UNINITIALIZED;
	ERR_pop_to_mark();
	return has;
}

/* A handshake that nobody has begun yet, on a context that was prepared. */
static bool is_usable(SSL *ssl)
{
	const struct registry *reg = registry_get();

	return secrets_are_set_up(SSL_get_SSL_CTX(ssl)) && !SSL_is_dtls(ssl) && SSL_in_before(ssl) && has_role(ssl) &&
	       !SSL_get_ex_data(ssl, reg->ssl_index);
}

/* The SSL may be older than the settings of its context, or have had its own since. */
static void prepare_ssl(SSL *ssl)
{
	SSL_set_read_ahead(ssl, 0);
	SSL_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_clear_options(ssl, SSL_OP_ENABLE_KTLS);
	/* Nobody could answer the server once the connection is handed over (RFC 8446 section 4.6.2). */
	SSL_set_post_handshake_auth(ssl, 0);
}

/* From here on nothing can fail. The SSL takes one reference to the BIO. */
static void attach(struct ktls_handshake *hs, SSL *ssl, BIO *bio)
{
	prepare_ssl(ssl);
	BIO_up_ref(bio);
	SSL_up_ref(ssl);
	SSL_set_bio(ssl, bio, bio);
	hs->ssl = ssl;
	hs->bio = bio;
	hs->events = SSL_is_server(ssl) ? POLLIN : POLLOUT;
}

int ktls_handshake_new(struct ktls_handshake **out, SSL *ssl, int fd)
{
	const struct registry *reg = registry_get();
	struct ktls_handshake *hs;
	BIO *bio = NULL;

	if (!reg)
		return -ENOMEM;
	if (!ssl || fd < 0 || !is_usable(ssl))
		return -EINVAL;
	hs = secret_pool_alloc(secrets_pool(SSL_get_SSL_CTX(ssl)), sizeof(*hs));
	if (!hs)
		return -ENOMEM;
	hs->stream.fd = fd;
	bio = stream_bio_new(reg->method, &hs->stream);
	if (!bio || !SSL_set_ex_data(ssl, reg->ssl_index, hs)) {
		BIO_free(bio);
		secret_free(hs);
		return -ENOMEM;
	}
	attach(hs, ssl, bio);
	*out = hs;
	return 0;
}

int ktls_handshake_step(struct ktls_handshake *hs)
{
	int ret;

	if (hs->dead || hs->done)
		return hs->dead;
	/* SSL_get_error() takes entries that somebody else left behind for libssl's. */
	ERR_clear_error();
	ret = SSL_do_handshake(hs->ssl);
	if (ret != 1) {
		ret = handshake_failure(hs, SSL_get_error(hs->ssl, ret));
		ERR_clear_error();
		return ret;
	}
	ERR_clear_error();
	hs->done = true;
	hs->events = 0;
	return 0;
}

short ktls_handshake_events(const struct ktls_handshake *hs)
{
	return hs->events;
}

const char *ktls_handshake_error(const struct ktls_handshake *hs)
{
	return hs->err.text;
}

struct secret_pool *handshake_pool(const struct ktls_handshake *hs)
{
	return secret_pool_of(hs);
}

struct errmsg *handshake_errmsg(struct ktls_handshake *hs)
{
	return &hs->err;
}

void ktls_handshake_free(struct ktls_handshake *hs)
{
	if (!hs)
		return;
	stream_bio_detach(hs->bio);
	SSL_set_ex_data(hs->ssl, registry_get()->ssl_index, NULL);
	SSL_set_quiet_shutdown(hs->ssl, 1);
	/* Else SSL_free() takes the connection for a broken one and makes its session unfit for resumption. */
	if (hs->done)
		SSL_set_shutdown(hs->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	BIO_free(hs->bio);
	SSL_free(hs->ssl);
	secret_free(hs);
}
