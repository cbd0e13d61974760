/* SPDX-License-Identifier: MIT */
/* From TLS options and a connected socket to a connection of libktls. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "session/context.h"
#include "session/negotiated.h"
#include "session/state.h"
#include "session/verify.h"

static int make_ssl(struct session *s, bool is_server, const char *host, struct cli_failure *f)
{
	s->ssl = SSL_new(s->ctx);
	if (!s->ssl)
		return cli_fail(f, CLI_IO, "out of memory");
	session_keylog_attach(s->ssl, &s->keylog);
	if (is_server) {
		SSL_set_accept_state(s->ssl);
		return 0;
	}
	SSL_set_connect_state(s->ssl);
	return session_expect_peer(s->ssl, &s->opts, host, f);
}

static int open_files(struct session *s, struct cli_failure *f)
{
	const struct session_opts *o = &s->opts;
	int ret = 0;

	if (o->keylog)
		ret = session_keylog_open(&s->keylog, o->keylog, f);
	if (!ret && o->early_data)
		ret = session_early_load(&s->early, o, f);
	if (!ret && o->sess_in)
		ret = session_resume_load(&s->resume, s->ssl, o, &s->info, f);
	if (!ret && o->sess_out)
		ret = session_resume_open(&s->resume, o, f);
	return ret;
}

int session_new(struct session **out, const struct session_opts *opts, bool is_server, const char *host,
		struct cli_failure *f)
{
	struct session *s = calloc(1, sizeof(*s));
	int ret;

	if (!s)
		return cli_fail(f, CLI_IO, "out of memory");
	s->opts = *opts;
	s->opts.conn.take_tickets = opts->sess_out != NULL;
	s->keylog.fd = -1;
	ret = opts->psk || opts->psk_file ? session_psk_read(&s->psk, opts, f) : 0;
	if (!ret)
		ret = session_context_new(&s->ctx, opts, is_server, &s->psk, f);
	if (!ret)
		ret = make_ssl(s, is_server, host, f);
	if (!ret)
		ret = open_files(s, f);
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
	session_keylog_close(&s->keylog);
	session_resume_free(&s->resume);
	session_early_free(&s->early);
	OPENSSL_cleanse(&s->psk, sizeof(s->psk));
	session_free_chain(&s->chain);
	free(s);
}

static void read_negotiated(struct session *s)
{
	session_resume_note(&s->resume, s->ssl);
	session_early_note(s);
	session_read_negotiated(s->ssl, &s->info);
	if (session_psk_used(s->ssl, &s->psk))
		session_read_psk(&s->psk, s->ssl, &s->info);
	session_read_chain(s->ssl, &s->chain);
	s->info.chain = &s->chain;
}

static int fail_handshake(struct session *s, int err, const char *where, struct cli_failure *f)
{
	const char *text = ktls_handshake_error(s->hs);

	if (err == -EKEYREJECTED && s->psk.len && !SSL_is_server(s->ssl))
		return cli_fail(f, CLI_HANDSHAKE, "%s: TLS handshake failed: the server has no PSK '%s'; it showed a certificate instead",
				where, s->psk.identity);
	if (err == -EKEYREJECTED) {
		read_negotiated(s);
		return session_fail_certificate(s->ssl, where, f);
	}
	if (err == -EPROTO || err == -ECONNRESET)
		return cli_fail(f, CLI_HANDSHAKE, "%s: TLS handshake failed: %s%s", where, *text ? text : strerror(-err),
				s->psk.len ? " (have both ends the same PSK, under the same identity?)" : "");
	return cli_fail(f, CLI_IO, "%s: network error during the TLS handshake: %s", where, *text ? text : strerror(-err));
}

int session_await(struct session *s, int err, const struct session_place *at, struct cli_failure *f)
{
	int ret;

	if (err != -EAGAIN && err != -EINTR)
		return fail_handshake(s, err, at->where, f);
	ret = cli_wait_fd(at->w, at->fd, ktls_handshake_events(s->hs));
	return ret < 0 ? cli_fail_wait(f, at->w, ret, at->where, "shaking hands") : 0;
}

static int shake_hands(struct session *s, const struct session_place *at, struct cli_failure *f)
{
	int ret = 0;

	if (s->opts.early_data)
		ret = session_early_send(s, at, f);
	else if (s->opts.max_early_data && SSL_is_server(s->ssl))
		ret = session_early_receive(s, at, f);
	while (!ret) {
		ret = ktls_handshake_step(s->hs);
		if (!ret)
			return 0;
		ret = session_await(s, ret, at, f);
	}
	return ret;
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
	const struct session_place at = { .fd = fd, .where = where, .w = w };
	int ret = ktls_handshake_new(&s->hs, s->ssl, fd);

	if (ret)
		return cli_fail(f, CLI_IO, "%s: cannot begin the TLS handshake: %s", where, strerror(-ret));
	ret = shake_hands(s, &at, f);
	if (ret)
		return ret;
	read_negotiated(s);
	ret = session_keylog_check(&s->keylog, f);
	if (ret)
		return ret;
	ret = hand_over(s, where, f);
	if (ret)
		return ret;
	/* libssl's copies of the keys are not needed any more, and it wipes them; but a session to keep is still to come. */
	if (!s->opts.sess_out) {
		SSL_free(s->ssl);
		s->ssl = NULL;
	}
	return 0;
}

const uint8_t *session_early_rest(const struct session *s, size_t *len)
{
	*len = s->early.len - s->early.done;
	return *len ? s->early.data + s->early.done : NULL;
}

int session_save(struct session *s, struct cli_failure *f)
{
	return s->opts.sess_out && s->conn ? session_resume_save(&s->resume, s->ssl, f) : 0;
}

struct ktls_conn *session_conn(struct session *s)
{
	return s->conn;
}

const struct session_info *session_info(const struct session *s)
{
	return &s->info;
}
