/* SPDX-License-Identifier: MIT */
/* Connections that carry one byte each way: how many a second, and how long until the answer is there. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/wait.h"
#include "ktls-bench/comparison.h"
#include "ktls-bench/end.h"
#include "ktls-bench/handshake.h"
#include "ktls-bench/peer.h"

static int report_facts(struct stream *s)
{
	struct carrier_facts facts;

	s->context->carrier->get_facts(s->end, &facts);
	if (s->is_first && !s->ops)
		s->wish->report->facts = facts;
	if (s->context->ctx && facts.resumed != s->wish->trial->what->resumed) {
		snprintf(s->why, sizeof(s->why), "a session was %s, other than it should be", facts.resumed ? "resumed" : "not resumed");
		return -EPROTO;
	}
	return 0;
}

/* The answer shows that the server has finished its part, too, and whatever it does to hand over. */
static int ask(struct stream *s)
{
	char byte = 0;
	int ret = s->context->carrier->send(s->end, &byte, 1);

	if (!ret)
		ret = (int)s->context->carrier->recv(s->end, &byte, 1);
	return ret == 1 ? 0 : ret ? ret : -ECONNABORTED;
}

int handshake_once(struct stream *s, int (*converse)(struct stream *s))
{
	const double start = cli_now_seconds();
	const int fd = pairs_connect(s->wish->pairs, s->wish->trial->options);
	int ret;

	if (fd < 0)
		return fd;
	ret = s->context->carrier->open(&s->end, s->context, fd, s->why);
	if (!ret && converse)
		ret = converse(s);
	if (!ret && s->counting && !s->counted)
		latency_add(&s->latency, (uint64_t)((cli_now_seconds() - start) * 1e9));
	if (!ret)
		ret = report_facts(s);
	end_hang_up(s, fd, true);
	s->ops++;
	return ret;
}

/* A connection without a byte tells a thread of the server that no more will come. */
static int say_end(const struct stream *s)
{
	const int fd = pairs_connect(s->wish->pairs, s->wish->trial->options);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static int handshake_send(struct stream *s, double start)
{
	int ret = 0;

	while (!ret && end_tick(s, start))
		ret = handshake_once(s, ask);
	end_stop_counting(s);
	return ret ? ret : say_end(s);
}

static int answer(struct stream *s, int fd)
{
	char byte;
	int ret = s->context->carrier->open(&s->end, s->context, fd, s->why);

	if (!ret)
		ret = (int)s->context->carrier->recv(s->end, &byte, 1);
	if (ret == 0)
		ret = -ECONNABORTED;
	if (ret > 0)
		ret = s->context->carrier->send(s->end, &byte, 1);
	return ret < 0 ? ret : report_facts(s);
}

/* 1: there may be more; 0: the client has said that there are no more; negative errno. */
static int serve_one(struct stream *s)
{
	const int fd = pairs_accept(s->wish->pairs);
	char byte;
	int ret;

	if (fd < 0)
		return fd;
	ret = (int)recv(fd, &byte, 1, MSG_PEEK);
	if (ret < 0)
		ret = -errno;
	else if (ret > 0 && !(ret = answer(s, fd)))
		ret = 1;
	end_hang_up(s, fd, false);
	return ret;
}

static int handshake_receive(struct stream *s, double start)
{
	int ret;

	while ((ret = serve_one(s)) > 0) {
		s->ops++;
		end_tick(s, start);
	}
	end_stop_counting(s);
	return ret;
}

/* Over the connection that is there for it. */
static int prime(struct carrier_context *context, const struct end_wish *w)
{
	return carrier_context_prime(context, w->fds[0], w->report->why);
}

size_t handshake_list(const struct bench_options *o, struct bench_case cases[BENCH_CASES_MAX])
{
	size_t n = 0;

	for (size_t i = 0; carriers[i]; i++) {
		struct bench_case *c;

		if (carriers[i]->from_file || (o->peer && !carriers[i]->prepare))
			continue;
		case_add(cases, &n, carriers[i], "", carriers[i]->prepare ? ", full" : "");
		c = carriers[i]->prepare ? case_add(cases, &n, carriers[i], "-resumed", ", resumed") : NULL;
		if (c)
			c->resumed = true;
	}
	return n;
}

/* Every row of libktls: what the hand-over costs. */
void handshake_conclude(FILE *f, const struct comparison *c)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct row *row = &c->rows[i], *base = comparison_base_of(c, row);

		if (row->n && base && base != row && row->what.carrier->prepare)
			comparison_say_ratio(f, c, row, base);
	}
}

double handshake_work(const struct sample *s)
{
	return (double)s->ops;
}

const struct bench_mode bench_handshake = {
	.name = "handshake",
	.takes = TAKES_PARALLEL | TAKES_CLOCK | TAKES_PEER | TAKES_REMOTE,
	.with_peer = &bench_peer_handshake,
	.lengths = "bytes",
	.has_latency = true,
	.connects = true,
	.length = 1,
	.list = handshake_list,
	.take = sample_take,
	.prime = prime,
	.send = handshake_send,
	.receive = handshake_receive,
	.work = handshake_work,
	CONNECTION_RATE,
	.cost_title = "CPU us",
	.conclude = handshake_conclude,
};
