/* SPDX-License-Identifier: MIT */
/* Early data (RFC 8446 section 2.3). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "session/source.h"
#include "session/state.h"

enum {
	PIECE_LEN = 16384,	/* a record */
};

/* A piece more of room, with the old place wiped. 0 or -ENOMEM. */
static int grow(struct session_early *e)
{
	const size_t cap = e->cap ? 2 * e->cap : PIECE_LEN;
	uint8_t *data;

	if (e->cap - e->len)
		return 0;
	data = malloc(cap);
	if (!data)
		return -ENOMEM;
	if (e->data) {
		memcpy(data, e->data, e->len);
		OPENSSL_cleanse(e->data, e->cap);
		free(e->data);
	}
	e->data = data;
	e->cap = cap;
	return 0;
}

static int read_all(struct session_early *e, int fd, const char *path, struct cli_failure *f)
{
	ssize_t n;

	do {
		if (e->len > SESSION_EARLY_MAX)
			return cli_fail(f, CLI_USAGE, "--early-data: %s has more than %d MiB", path, SESSION_EARLY_MAX >> 20);
		if (grow(e))
			return cli_fail(f, CLI_IO, "out of memory");
		n = read(fd, e->data + e->len, e->cap - e->len);
		if (n < 0 && errno != EINTR)
			return cli_fail(f, CLI_IO, "%s: %s", path, strerror(errno));
		e->len += n > 0 ? (size_t)n : 0;
	} while (n);
	return 0;
}

int session_early_load(struct session_early *e, const struct session_opts *opts, struct cli_failure *f)
{
	int fd;

	if (session_check_file(opts->early_data, false, f))
		return f->code;
	fd = open(opts->early_data, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return cli_fail(f, CLI_IO, "%s: %s", opts->early_data, strerror(errno));
	read_all(e, fd, opts->early_data, f);
	close(fd);
	return f->code;
}

/* --- client --------------------------------------------------------------- */

static bool offers(const char *list, const unsigned char *name, size_t len)
{
	for (size_t n; list; list = list[n] ? list + n + 1 : NULL) {
		n = strcspn(list, ",");
		if (n == len && memcmp(list, name, len) == 0)
			return true;
	}
	return false;
}

static int not_early(struct session *s, const char *why)
{
	snprintf(s->info.early_note, sizeof(s->info.early_note), "%s", why);
	return 0;
}

/* How much may go early; 0 and the reason where nothing may. */
static size_t allowed(struct session *s)
{
	const SSL_SESSION *session = s->resume.offered;
	const unsigned char *name;
	uint32_t max = s->psk.max_early;
	size_t len;

	if (s->opts.tls_max && s->opts.tls_max < TLS1_3_VERSION)
		return (size_t)not_early(s, "TLS 1.2 has none");
	if (!s->psk.len) {
		if (!session)
			return (size_t)not_early(s, "there is no session to resume");
		max = SSL_SESSION_get_max_early_data(session);
		if (!max)
			return (size_t)not_early(s, "the session allows none");
		SSL_SESSION_get0_alpn_selected(session, &name, &len);
		if (len && !offers(s->opts.alpn, name, len))
			return (size_t)not_early(s, "the application protocol of the session is none of --alpn");
		if (s->opts.max_early_data && s->opts.max_early_data < max)
			max = s->opts.max_early_data;
	}
	return s->early.len < max ? s->early.len : max;
}

int session_early_send(struct session *s, const struct session_place *at, struct cli_failure *f)
{
	const size_t len = allowed(s);

	while (s->early.done < len) {
		const size_t left = len - s->early.done;
		ssize_t n = ktls_handshake_send_early_data(s->hs, s->early.data + s->early.done, left < PIECE_LEN ? left : PIECE_LEN);

		/* libssl has reasons of its own not to: a version that is not enabled, say. */
		if (n == -EINVAL && !s->early.done)
			return not_early(s, "the session does not fit");
		if (n > 0)
			s->early.done += (size_t)n;
		else if (session_await(s, (int)n, at, f))
			return f->code;
	}
	return 0;
}

/* --- server --------------------------------------------------------------- */

int session_early_receive(struct session *s, const struct session_place *at, struct cli_failure *f)
{
	struct session_early *e = &s->early;
	ssize_t n;

	for (;;) {
		if (grow(e))
			return cli_fail(f, CLI_IO, "out of memory");
		n = ktls_handshake_recv_early_data(s->hs, e->data + e->len, e->cap - e->len);
		if (n == 0)
			return 0;
		if (n > 0)
			e->len += (size_t)n;
		else if (session_await(s, (int)n, at, f))
			return f->code;
	}
}

/* --- both ----------------------------------------------------------------- */

void session_early_note(struct session *s)
{
	const int status = SSL_get_early_data_status(s->ssl);

	if (status == SSL_EARLY_DATA_ACCEPTED)
		s->info.early = SESSION_EARLY_ACCEPTED;
	else if (status == SSL_EARLY_DATA_REJECTED)
		s->info.early = SESSION_EARLY_REJECTED;
	if (!SSL_is_server(s->ssl) && s->info.early != SESSION_EARLY_ACCEPTED)
		s->early.done = 0;
	s->info.early_bytes = SSL_is_server(s->ssl) ? s->early.len : s->early.done;
}

void session_early_free(struct session_early *e)
{
	if (e->data)
		OPENSSL_cleanse(e->data, e->cap);
	free(e->data);
}
