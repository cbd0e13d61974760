/* SPDX-License-Identifier: MIT */
/* Early data (RFC 8446 section 2.3): libssl carries it, before there are keys to hand over. */
#include <errno.h>

#include <openssl/err.h>

#include "handshake/state.h"

/* libssl refuses what is called in the wrong role, too late, or without a session that allows early data: nothing has happened then. */
static ssize_t early_failure(struct ktls_handshake *hs)
{
	const int ssl_error = SSL_get_error(hs->ssl, 0);
	const bool refused = ssl_error == SSL_ERROR_SSL && ERR_GET_REASON(ERR_peek_error()) == ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED;
	const int ret = refused ? -EINVAL : handshake_failure(hs, ssl_error);

	ERR_clear_error();
	return ret;
}

/* libssl would begin a handshake that it cannot finish. */
static bool may_speak_13(const struct ktls_handshake *hs)
{
	const long max = SSL_get_max_proto_version(hs->ssl);

	return (max == 0 || max >= TLS1_3_VERSION) && !(SSL_get_options(hs->ssl) & SSL_OP_NO_TLSv1_3);
}

/* The same for a PSK callback that has nothing to give: that shows only when it has been called. */
static ssize_t not_offered(struct ktls_handshake *hs)
{
	ERR_clear_error();
	return hs->dead = errmsg_set(&hs->err, -EPROTO, "libssl had no session or PSK to offer early data with");
}

ssize_t ktls_handshake_send_early_data(struct ktls_handshake *hs, const void *buf, size_t len)
{
	size_t n = 0;

	if (hs->dead)
		return hs->dead;
	if (!len)
		return 0;
	if (!may_speak_13(hs))
		return -EINVAL;
	/* SSL_get_error() takes entries that somebody else left behind for libssl's. */
	ERR_clear_error();
	if (SSL_write_early_data(hs->ssl, buf, len, &n))
		return (ssize_t)n;
	/* Rejected is what libssl calls it until the server has answered. */
	if (!SSL_in_before(hs->ssl) && SSL_get_early_data_status(hs->ssl) == SSL_EARLY_DATA_NOT_SENT && !hs->done)
		return not_offered(hs);
	return early_failure(hs);
}

ssize_t ktls_handshake_recv_early_data(struct ktls_handshake *hs, void *buf, size_t len)
{
	size_t n = 0;

	if (hs->dead)
		return hs->dead;
	if (!len)
		return -EINVAL;
	ERR_clear_error();
	switch (SSL_read_early_data(hs->ssl, buf, len, &n)) {
	case SSL_READ_EARLY_DATA_SUCCESS:
		return (ssize_t)n;
	case SSL_READ_EARLY_DATA_FINISH:
		/* It reads on behind the end, and only the next step says that this failed: with nothing about why. */
		hs->early_error = ERR_peek_error();
		ERR_clear_error();
		return 0;
	default:
		return early_failure(hs);
	}
}
