/* SPDX-License-Identifier: MIT */
/* libssl: SSL_write() and SSL_read(), in user space or with its own use of the kernel's TLS. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>

#include "ktls-bench/carrier.h"

struct carried {
	char reason[CARRIER_WHY_MAX];
	SSL *ssl;
	int fd;
	char *piece;		/* of a file; NULL: none was read yet */
	size_t room;
};

static void libssl_close(struct carried *c)
{
	bench_tls_drop(c->ssl);
	free(c->piece);
	free(c);
}

static bool sends_by_kernel(const struct carried *c)
{
	return BIO_get_ktls_send(SSL_get_wbio(c->ssl));
}

static bool receives_by_kernel(const struct carried *c)
{
	return BIO_get_ktls_recv(SSL_get_rbio(c->ssl));
}

static int prepare(SSL_CTX *ctx)
{
	(void)ctx;
	return 0;
}

static int prepare_ktls(SSL_CTX *ctx)
{
	SSL_CTX_set_options(ctx, SSL_OP_ENABLE_KTLS);
	return 0;
}

/* libssl 3 makes an error of its own of a FIN where a record should be. Takes it off its queue. */
static bool is_cut(void)
{
	const unsigned long error = ERR_peek_last_error();

	if (ERR_GET_LIB(error) != ERR_LIB_SSL || ERR_GET_REASON(error) != SSL_R_UNEXPECTED_EOF_WHILE_READING)
		return false;
	ERR_clear_error();
	return true;
}

static int handshake_error(SSL *ssl, int ret, char why[CARRIER_WHY_MAX])
{
	const long verified = SSL_get_verify_result(ssl);
	const int what = SSL_get_error(ssl, ret), err = what == SSL_ERROR_SYSCALL && errno ? -errno : -ECONNRESET;

	if (what == SSL_ERROR_WANT_READ || what == SSL_ERROR_WANT_WRITE)
		return -EAGAIN;
	if (what == SSL_ERROR_SYSCALL || is_cut()) {
		snprintf(why, CARRIER_WHY_MAX, "TLS handshake: %s", strerror(-err));
		return err;
	}
	if (verified != X509_V_OK && SSL_get_verify_mode(ssl) != SSL_VERIFY_NONE) {
		ERR_clear_error();
		snprintf(why, CARRIER_WHY_MAX, "certificate not verified: %s", X509_verify_cert_error_string(verified));
		return -EKEYREJECTED;
	}
	snprintf(why, CARRIER_WHY_MAX, "TLS handshake: %s", bench_tls_reason());
	return -EPROTO;
}

static int libssl_open(struct carried **end, const struct carrier_context *context, int fd, char why[CARRIER_WHY_MAX])
{
	struct carried *c = calloc(1, sizeof(*c));
	int ret;

	if (!c)
		return -ENOMEM;
	c->fd = fd;
	c->ssl = bench_tls_connection(context->tls, context->ctx, fd, context->is_server, context->session);
	if (!c->ssl) {
		snprintf(why, CARRIER_WHY_MAX, "TLS: %s", bench_tls_reason());
		libssl_close(c);
		return -EPROTO;
	}
	ret = SSL_do_handshake(c->ssl);
	if (ret == 1) {
		*end = c;
		return 0;
	}
	ret = handshake_error(c->ssl, ret, why);
	libssl_close(c);
	return ret;
}

/* Which directions it gives to the kernel is its own affair; none at all is no row. */
static int libssl_ktls_open(struct carried **end, const struct carrier_context *context, int fd, char why[CARRIER_WHY_MAX])
{
	int ret = libssl_open(end, context, fd, why);

	if (ret)
		return ret;
	if (sends_by_kernel(*end) || receives_by_kernel(*end))
		return 0;
	snprintf(why, CARRIER_WHY_MAX, "libssl did not use the kernel (ktlsctl doctor says why)");
	libssl_close(*end);
	*end = NULL;
	return -EOPNOTSUPP;
}

static int libssl_error(struct carried *c, int ret)
{
	switch (SSL_get_error(c->ssl, ret)) {
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	case SSL_ERROR_SYSCALL:
		return errno ? -errno : -ECONNABORTED;
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return -EAGAIN;
	default:
		if (is_cut()) {
			snprintf(c->reason, sizeof(c->reason), "the peer closed without close_notify");
			return -ECONNABORTED;
		}
		snprintf(c->reason, sizeof(c->reason), "%s", bench_tls_reason());
		return -EPROTO;
	}
}

static int libssl_send(struct carried *c, const void *buf, size_t len)
{
	size_t done;
	int ret = SSL_write_ex(c->ssl, buf, len, &done);

	return ret == 1 ? 0 : libssl_error(c, ret);
}

static int make_room(struct carried *c, size_t len)
{
	if (len <= c->room)
		return 0;
	free(c->piece);
	c->piece = malloc(len);
	c->room = c->piece ? len : 0;
	return c->piece ? 0 : -ENOMEM;
}

/* As a program does that has no sendfile(): it reads the piece and writes it. */
static int libssl_send_file(struct carried *c, int file, off_t off, size_t len)
{
	size_t done = 0;
	int ret = make_room(c, len);

	while (!ret && done < len) {
		ssize_t n = pread(file, c->piece + done, len - done, off + (off_t)done);

		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			ret = n ? -errno : -ENODATA;
	}
	return ret ? ret : libssl_send(c, c->piece, len);
}

/* libssl's own sendfile() is the kernel's: there is none for a direction that the kernel does not have. */
static int libssl_ktls_send_file(struct carried *c, int file, off_t off, size_t len)
{
	if (!sends_by_kernel(c))
		return libssl_send_file(c, file, off, len);
	while (len) {
		const ossl_ssize_t n = SSL_sendfile(c->ssl, file, off, len, 0);

		if (n <= 0)
			return n ? libssl_error(c, -1) : -ENODATA;
		off += n;
		len -= (size_t)n;
	}
	return 0;
}

/* What libssl gave to the kernel it cannot change. */
static int libssl_rekey(struct carried *c, char why[CARRIER_WHY_MAX])
{
	if (sends_by_kernel(c)) {
		snprintf(why, CARRIER_WHY_MAX, "libssl cannot change a key that it has given to the kernel");
		return -EOPNOTSUPP;
	}
	/* At once: a KeyUpdate that waits for the next data would be in the way of close_notify. */
	if (SSL_key_update(c->ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1 && SSL_do_handshake(c->ssl) == 1)
		return 0;
	snprintf(why, CARRIER_WHY_MAX, "KeyUpdate: %s", bench_tls_reason());
	return -EPROTO;
}

static ssize_t libssl_recv(struct carried *c, void *buf, size_t len)
{
	size_t n;
	int ret = SSL_read_ex(c->ssl, buf, len, &n);

	return ret == 1 ? (ssize_t)n : libssl_error(c, ret);
}

static int libssl_finish(struct carried *c)
{
	SSL_shutdown(c->ssl);
	return shutdown(c->fd, SHUT_WR) ? -errno : 0;
}

static const char *libssl_reason(struct carried *c)
{
	return c->reason;
}

static void libssl_facts(struct carried *c, struct carrier_facts *facts)
{
	*facts = (struct carrier_facts){ .resumed = SSL_session_reused(c->ssl) };
	snprintf(facts->version, sizeof(facts->version), "%s", SSL_get_version(c->ssl));
	snprintf(facts->suite, sizeof(facts->suite), "%s", SSL_CIPHER_standard_name(SSL_get_current_cipher(c->ssl)));
	snprintf(facts->tx, sizeof(facts->tx), "%s", sends_by_kernel(c) ? "kernel" : "libssl");
	snprintf(facts->rx, sizeof(facts->rx), "%s", receives_by_kernel(c) ? "kernel" : "libssl");
}

const struct carrier carrier_libssl = {
	.id = "libssl",
	.title = "libssl",
	.prepare = prepare,
	.open = libssl_open,
	.send = libssl_send,
	.send_file = libssl_send_file,
	.rekey = libssl_rekey,
	.recv = libssl_recv,
	.finish = libssl_finish,
	.get_facts = libssl_facts,
	.reason = libssl_reason,
	.close = libssl_close,
};

const struct carrier carrier_libssl_ktls = {
	.id = "libssl-ktls",
	.title = "libssl, its own kTLS",
	.is_kernel = true,
	.prepare = prepare_ktls,
	.open = libssl_ktls_open,
	.send = libssl_send,
	.send_file = libssl_ktls_send_file,
	.rekey = libssl_rekey,
	.recv = libssl_recv,
	.finish = libssl_finish,
	.get_facts = libssl_facts,
	.reason = libssl_reason,
	.close = libssl_close,
};
