/* SPDX-License-Identifier: MIT */
/* From TLS options and a connected socket to a connection of libktls. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "session/context.h"
#include "session/negotiated.h"
#include "session/session.h"
#include "session/verify.h"

struct session {
	struct session_opts opts;
	SSL_CTX *ctx;
	SSL *ssl;
	struct ktls_handshake *hs;
	struct ktls_conn *conn;
	struct session_info info;
};

static int make_ssl(struct session *s, bool is_server, const char *host, struct cli_failure *f)
{
	s->ssl = SSL_new(s->ctx);
	if (!s->ssl)
		return cli_fail(f, CLI_IO, "out of memory");
	if (is_server) {
		SSL_set_accept_state(s->ssl);
		return 0;
	}
	SSL_set_connect_state(s->ssl);
	return session_expect_peer(s->ssl, &s->opts, host, f);
}

int session_new(struct session **out, const struct session_opts *opts, bool is_server, const char *host,
		struct cli_failure *f)
{
	struct session *s = calloc(1, sizeof(*s));
	int ret;

	if (!s)
		return cli_fail(f, CLI_IO, "out of memory");
	s->opts = *opts;
	ret = session_context_new(&s->ctx, opts, is_server, f);
	if (!ret)
		ret = make_ssl(s, is_server, host, f);
	if (ret) {
		session_free(s);
		return ret;
	}
	*out = s;
	return 0;
}

void session_free(struct session *s)
{
	if (!s)
		return;
	ktls_conn_free(s->conn);
	ktls_handshake_free(s->hs);
	SSL_free(s->ssl);
	SSL_CTX_free(s->ctx);
	free(s);
}

static int fail_handshake(struct session *s, int err, const char *where, struct cli_failure *f)
{
	const char *text = ktls_handshake_error(s->hs);

	if (err == -EKEYREJECTED) {
		session_read_negotiated(s->ssl, &s->info);
		return session_fail_certificate(s->ssl, where, f);
	}
	if (err == -EPROTO || err == -ECONNRESET)
		return cli_fail(f, CLI_HANDSHAKE, "%s: TLS handshake failed: %s", where, *text ? text : strerror(-err));
	return cli_fail(f, CLI_IO, "%s: network error during the TLS handshake: %s", where, *text ? text : strerror(-err));
}

static int shake_hands(struct session *s, int fd, const char *where, struct cli_wait *w, struct cli_failure *f)
{
	int ret;

	for (;;) {
		ret = ktls_handshake_step(s->hs);
		if (ret == 0)
			return 0;
		if (ret != -EAGAIN)
			return fail_handshake(s, ret, where, f);
		ret = cli_wait_fd(w, fd, ktls_handshake_events(s->hs));
		if (ret < 0)
			return cli_fail_wait(f, w, ret, where, "shaking hands");
	}
}

static int hand_over(struct session *s, const char *where, struct cli_failure *f)
{
	const int ret = ktls_conn_new(&s->conn, &s->hs, &s->opts.conn);
	const char *text;

	if (!ret)
		return 0;
	text = ktls_handshake_error(s->hs);
	if (ret == -EOPNOTSUPP)
		return cli_fail(f, CLI_NO_KERNEL, "%s: %s", where, text);
	return cli_fail(f, ret == -EPROTONOSUPPORT || ret == -EPROTO ? CLI_HANDSHAKE : CLI_IO,
			"%s: the connection cannot be taken over: %s", where, *text ? text : strerror(-ret));
}

int session_start(struct session *s, int fd, const char *where, struct cli_wait *w, struct cli_failure *f)
{
	int ret = ktls_handshake_new(&s->hs, s->ssl, fd);

	if (ret)
		return cli_fail(f, CLI_IO, "%s: cannot begin the TLS handshake: %s", where, strerror(-ret));
	ret = shake_hands(s, fd, where, w, f);
	if (ret)
		return ret;
	session_read_negotiated(s->ssl, &s->info);
	ret = hand_over(s, where, f);
	if (ret)
		return ret;
	/* libssl's copies of the keys are not needed any more, and it wipes them. */
	SSL_free(s->ssl);
	s->ssl = NULL;
	return 0;
}

struct ktls_conn *session_conn(struct session *s)
{
	return s->conn;
}

const struct session_info *session_info(const struct session *s)
{
	return &s->info;
}
