/* SPDX-License-Identifier: MIT */
/* Handshakes with a foreign server, and what it is asked over each connection, if anything. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/wait.h"
#include "ktls-bench/handshake.h"
#include "ktls-bench/peer.h"

enum {
	/* A server that gives tickets does so at once. */
	TICKET_MS = 2000,
};

static int peer_connect(struct stream *s, double start)
{
	const struct peer_kind *kind = s->wish->trial->options->peer;
	int ret = 0;

	while (!ret && end_tick(s, start))
		ret = handshake_once(s, kind->converse);
	end_stop_counting(s);
	return peer_explain(s, ret);
}

/* TLS 1.3 (RFC 8446 section 4.6.1): tickets follow the handshake, and are read with whatever else comes. */
static bool get_ticket(SSL *ssl, int fd)
{
	const int64_t until = cli_now_ms() + TICKET_MS;
	int ret, left;
	char byte;

	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK))
		return false;
	while (!SSL_SESSION_is_resumable(SSL_get_session(ssl))) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		left = (int)(until - cli_now_ms());
		if (left <= 0 || poll(&p, 1, left) <= 0)
			return false;
		ret = SSL_read(ssl, &byte, 1);
		if (ret <= 0 && SSL_get_error(ssl, ret) != SSL_ERROR_WANT_READ)
			break;
	}
	return SSL_SESSION_is_resumable(SSL_get_session(ssl));
}

static int take_session(struct carrier_context *context, SSL *ssl, int fd, char why[CARRIER_WHY_MAX])
{
	if (!ssl || SSL_do_handshake(ssl) != 1) {
		snprintf(why, CARRIER_WHY_MAX, "TLS handshake: %s", bench_tls_reason());
		return -EPROTO;
	}
	if (!get_ticket(ssl, fd)) {
		bench_tls_reason();
		snprintf(why, CARRIER_WHY_MAX, "the server gives no session that could be resumed");
		return -EOPNOTSUPP;
	}
	context->session = SSL_get1_session(ssl);
	/* A server that serves one connection at a time is to go on to the next. */
	SSL_shutdown(ssl);
	return 0;
}

static int prime(struct carrier_context *context, const struct end_wish *w)
{
	const int fd = pairs_connect(w->pairs, w->trial->options);
	SSL *ssl;
	int ret;

	if (fd < 0)
		return fd;
	ssl = bench_tls_connection(context->tls, context->ctx, fd, false, NULL);
	ret = take_session(context, ssl, fd, w->report->why);
	bench_tls_drop(ssl);
	close(fd);
	return ret;
}

const struct bench_mode bench_peer_handshake = {
	.name = "handshake",
	.lengths = "bytes",
	.has_latency = true,
	.connects = true,
	.length = 1,
	.is_one_end = true,
	.list = handshake_list,
	.take = peer_take,
	.prime = prime,
	.send = peer_connect,
	.work = handshake_work,
	CONNECTION_RATE,
	.cost_title = "own us",
	.conclude = handshake_conclude,
};
