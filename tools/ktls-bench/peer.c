/* SPDX-License-Identifier: MIT */
/* A foreign server in the place of ours: what kinds there are, who is there, and measurements against it. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ktls-bench/peer.h"
#include "ktls-bench/peer_exchange.h"
#include "ktls-bench/sample.h"
#include "net/dial.h"

/* --- kinds ---------------------------------------------------------------------- */

/* A tiny request and its answer, which show that the server has finished its part of the handshake, too. */
static int ask_for_head(struct stream *s)
{
	char buf[4096];
	struct exchange x = { .s = s, .buf = buf, .room = sizeof(buf) };
	const int ret = exchange_ask(&x, "HEAD", "Connection: close\r\n");

	return ret ? ret : exchange_finish(&x);
}

/* s_server answers "200 ok" to everything. In the place of a file that it cannot give comes the reason. */
static bool is_error_of_s_server(const struct net_url *u, const char *body, size_t len)
{
	static const char cannot_open[] = "Error opening '";
	char quoted[NET_PATH_LEN + 4];
	const int n = snprintf(quoted, sizeof(quoted), "'%s' ", u->path + 1);

	return (len >= sizeof(cannot_open) - 1 && memcmp(body, cannot_open, sizeof(cannot_open) - 1) == 0) ||
	       (len >= (size_t)n && memcmp(body, quoted, (size_t)n) == 0);
}

static const struct peer_kind kinds[] = {
	{ .name = "openssl", .title = "openssl s_server", .streams_max = 1, .sending = &peer_sends_data, .is_error = is_error_of_s_server },
	{ .name = "nginx", .title = "nginx", .sending = &peer_posts, .converse = ask_for_head },
};

const struct peer_kind *peer_kind_find(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

/* --- who is there --------------------------------------------------------------- */

static bool is_loopback(const struct sockaddr_storage *addr)
{
	const struct sockaddr_in *v4 = (const void *)addr;
	const struct sockaddr_in6 *v6 = (const void *)addr;

	if (addr->ss_family == AF_INET)
		return ntohl(v4->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	return addr->ss_family == AF_INET6 &&
	       (IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr) ||
		(IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr) && v6->sin6_addr.s6_addr[12] == IN_LOOPBACKNET));
}

static int shake_hands(const struct bench_options *o, const struct bench_tls *tls, int fd, struct cli_wait *w, struct peer_found *found,
		       struct cli_failure *f)
{
	struct session_opts opts = *tls->trust;
	struct session *session = NULL;

	bench_tls_offer(tls, &opts);
	/* Whatever this kernel can do is found out by the cases. */
	opts.conn.want[KTLS_TX] = opts.conn.want[KTLS_RX] = KTLS_OFF;
	if (!session_new(&session, &opts, false, tls->host, f) && !session_start(session, fd, o->url.addr.text, w, f)) {
		found->is_verified = session_info(session)->verified;
		ktls_conn_shutdown(session_conn(session));
	}
	session_free(session);
	return f->code;
}

int peer_look(const struct bench_options *o, const struct bench_tls *tls, struct cli_wait *w, struct peer_found *found,
	      struct cli_failure *f)
{
	int fd = -1;

	*found = (struct peer_found){ .addr_len = sizeof(found->addr) };
	cli_wait_limit(w, o->wait_ms);
	if (net_dial(&o->url.addr, AF_UNSPEC, w, &fd, &found->at, f))
		return f->code;
	if (getpeername(fd, (struct sockaddr *)&found->addr, &found->addr_len))
		cli_fail(f, CLI_IO, "%s: %s", o->url.addr.text, strerror(errno));
	found->is_loopback = is_loopback(&found->addr);
	if (!f->code)
		shake_hands(o, tls, fd, w, found, f);
	cli_wait_limit(w, -1);
	close(fd);
	return f->code;
}

/* --- measuring ------------------------------------------------------------------ */

int peer_explain(struct stream *s, int err)
{
	const struct bench_options *o = s->wish->trial->options;

	if (err == -EAGAIN) {
		snprintf(s->why, sizeof(s->why), "the server did nothing for %.1f s (--wait gives it more)", (double)o->wait_ms / 1e3);
		return -ETIMEDOUT;
	}
	if (err && !s->end && !s->why[0])
		snprintf(s->why, sizeof(s->why), "connecting: %s", strerror(-err));
	/* Not data that came out wrong, but a record that did. */
	return err == -EBADMSG ? -EPROTO : err;
}

int peer_take(const struct trial *t, struct sample *s, struct latency *latency, char why[CARRIER_WHY_MAX], struct cli_failure *f)
{
	const struct bench_options *o = t->options;
	const unsigned connections = o->mode->connects ? 0 : bench_connections(o);
	struct pairs pairs;
	int ret = -EIO;

	if (!pairs_dial(&pairs, o, &t->peer->addr, t->peer->addr_len, o->url.addr.text, connections, f))
		ret = sample_take_over(&pairs, o->reverse ? SAMPLE_RECEIVER : SAMPLE_SENDER, t, s, latency, why, f);
	pairs_close(&pairs);
	return ret;
}
