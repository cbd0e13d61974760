/* SPDX-License-Identifier: MIT */
/* What stays of libssl after the hand-over where sessions are wanted. */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>

#include <openssl/err.h>

#include "handshake/state.h"
#include "handshake/tickets.h"

struct handshake_tickets {
	SSL *ssl;		/* a reference of our own */
	BIO *in, *out;		/* likewise, until the SSL has them */
	bool begun;
};

int handshake_tickets_new(struct handshake_tickets **out, const struct ktls_handshake *hs)
{
	struct handshake_tickets *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->in = BIO_new(BIO_s_mem());
	t->out = BIO_new(BIO_s_null());
	if (!t->in || !t->out) {
		handshake_tickets_free(t);
		return -ENOMEM;
	}
	/* Empty means "later", not the peer's FIN. */
	BIO_set_mem_eof_return(t->in, -1);
	SSL_up_ref(hs->ssl);
	t->ssl = hs->ssl;
	*out = t;
	return 0;
}

void handshake_tickets_begin(struct handshake_tickets *t)
{
	SSL_set_bio(t->ssl, t->in, t->out);
	/* Else it would not read. */
	SSL_set_shutdown(t->ssl, 0);
	t->begun = true;
}

/* There is never data for the one byte: only handshake records are given. */
static bool read_on(SSL *ssl)
{
	uint8_t byte;
	const int ret = SSL_read(ssl, &byte, sizeof(byte));

	return ret <= 0 && SSL_get_error(ssl, ret) == SSL_ERROR_WANT_READ;
}

int handshake_tickets_read(struct handshake_tickets *t, const uint8_t *wire, size_t len)
{
	int ret = 0;

	if (len > INT_MAX || BIO_write(t->in, wire, (int)len) != (int)len)
		return -ENOMEM;
	/* SSL_get_error() takes entries that somebody else left behind for libssl's. */
	ERR_clear_error();
	/* Without SSL_MODE_AUTO_RETRY, which is the application's to set, it stops behind every message. */
	while (!ret && BIO_pending(t->in) > 0)
		ret = read_on(t->ssl) ? 0 : -EPROTO;
	ERR_clear_error();
	return ret;
}

void handshake_tickets_free(struct handshake_tickets *t)
{
	if (!t)
		return;
	if (!t->begun) {
		BIO_free(t->in);
		BIO_free(t->out);
	}
	/* As ktls_handshake_free() left it: the session stays fit for resumption. */
	if (t->begun)
		SSL_set_shutdown(t->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(t->ssl);
	free(t);
}
