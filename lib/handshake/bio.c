/* SPDX-License-Identifier: MIT */
/* The record-exact BIO. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/attr.h"
#include "handshake/bio.h"

/* Content types of RFC 8446 section 5.1, and the major version that every record since SSL 3.0 has. */
static bool is_tls_header(const uint8_t *head)
{
	return head[0] >= TLS_CT_CHANGE_CIPHER_SPEC && head[0] <= TLS_CT_DATA && head[1] == 3;
}

static void check_header(struct stream *s)
{
	const struct scanner *sc = &s->rx.scanner;

	if (s->foreign || sc->head_len < TLS_HEADER_LEN)
		return;
	if (is_tls_header(sc->head)) {
		s->known = true;
		return;
	}
	s->foreign = true;
	memcpy(s->foreign_head, sc->head, sizeof(s->foreign_head));
}

/*
 * Record by record, because change_cipher_spec and what follows it may come in one piece. In TLS 1.2 it starts the
 * epoch whose sequence numbers are handed over (RFC 5246 section 7.1). In TLS 1.3 it means nothing and stands before
 * the application keys, whose secret starts the epoch.
 */
static void follow(struct stream_dir *dir, const uint8_t *data, size_t len)
{
	while (len) {
		size_t n = MIN(len, scanner_want(&dir->scanner));

		scanner_feed(&dir->scanner, data, n);
		if (dir->scanner.saw_ccs && scanner_at_boundary(&dir->scanner) && !dir->secret.len)
			scanner_new_epoch(&dir->scanner);
		data += n;
		len -= n;
	}
}

static bool may_try_again(int err)
{
	return err == -EAGAIN || err == -EINTR;
}

static int bio_read(BIO *bio, char *buf, int len)
{
	struct stream *s = BIO_get_data(bio);
	ssize_t ret;

	BIO_clear_retry_flags(bio);
	if (!s || len <= 0)
		return -1;
	ret = recv(s->fd, buf, MIN((size_t)len, scanner_want(&s->rx.scanner)), 0);
	s->rx_err = ret < 0 ? -errno : 0;
	if (may_try_again(s->rx_err))
		BIO_set_retry_read(bio);
	if (ret == 0)
		s->eof = true;
	if (ret > 0) {
		follow(&s->rx, (const uint8_t *)buf, (size_t)ret);
		check_header(s);
	}
	return (int)ret;
}

/* libssl looks at errno when this fails: nothing here may change it behind send(). */
static int bio_write(BIO *bio, const char *buf, int len)
{
	struct stream *s = BIO_get_data(bio);
	ssize_t ret;

	BIO_clear_retry_flags(bio);
	if (!s || len <= 0)
		return -1;
	ret = send(s->fd, buf, (size_t)len, MSG_NOSIGNAL);
	s->tx_err = ret < 0 ? -errno : 0;
	if (may_try_again(s->tx_err))
		BIO_set_retry_write(bio);
	if (ret > 0)
		follow(&s->tx, (const uint8_t *)buf, (size_t)ret);
	return (int)ret;
}

/* 0 for all else says "not supported". That matters most for libssl's own kernel TLS: a 1 would make it believe that
 * the kernel encrypts. */
static long bio_ctrl(BIO *bio, int cmd, long num, void *ptr)
{
	const struct stream *s = BIO_get_data(bio);

	(void)num;
	(void)ptr;
	switch (cmd) {
	case BIO_CTRL_FLUSH:
		return 1;
	case BIO_CTRL_EOF:
		return !s || s->eof;
	default:
		return 0;
	}
}

BIO_METHOD *stream_bio_method_new(void)
{
	int index = BIO_get_new_index();
	BIO_METHOD *method;

	if (index == -1)
		return NULL;
	method = BIO_meth_new(index | BIO_TYPE_SOURCE_SINK, "ktls handshake");
	if (!method)
		return NULL;
	if (!BIO_meth_set_read(method, bio_read) || !BIO_meth_set_write(method, bio_write) ||
	    !BIO_meth_set_ctrl(method, bio_ctrl)) {
		BIO_meth_free(method);
		return NULL;
	}
	return method;
}

BIO *stream_bio_new(const BIO_METHOD *method, struct stream *s)
{
	BIO *bio = BIO_new(method);

	if (!bio)
		return NULL;
	BIO_set_data(bio, s);
	BIO_set_init(bio, 1);
	return bio;
}

void stream_bio_detach(BIO *bio)
{
	BIO_set_data(bio, NULL);
	BIO_clear_retry_flags(bio);
}
