/* SPDX-License-Identifier: MIT */
/* Throughput against a foreign server: it is sent to, or asked for the same again and again. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ktls-bench/comparison.h"
#include "ktls-bench/peer.h"
#include "ktls-bench/peer_exchange.h"
#include "ktls-bench/throughput.h"

enum {
	ROOM_MIN = 256 << 10,
	/* With a rate, so much of a second is received at once, or one would wait for long after each. */
	PIECES_A_SECOND = 20,
};

static size_t room_of(const struct bench_options *o)
{
	const size_t room = o->length < ROOM_MIN ? ROOM_MIN : o->length;
	const double piece = o->rate / 8 / PIECES_A_SECOND;

	if (o->rate <= 0 || piece >= (double)room)
		return room;
	return piece < 1 ? 1 : (size_t)piece;
}

static int exchange_open(struct exchange *x, struct stream *s)
{
	*x = (struct exchange){ .s = s, .room = room_of(s->wish->trial->options) };
	x->buf = malloc(x->room);
	return x->buf ? 0 : -ENOMEM;
}

/* --- sending -------------------------------------------------------------------- */

static int send_all(struct exchange *x, const struct peer_sending *sending, double start)
{
	const struct bench_options *o = x->s->wish->trial->options;
	const double writes_a_second = o->rate / 8 / (double)bench_length(o, x->s->wish->trial->what);
	uint64_t k = 0;
	int ret = sending->begin(x);

	while (!ret && end_tick(x->s, start)) {
		end_pace(start, k++, writes_a_second);
		ret = sending->before_piece(x);
		if (!ret)
			ret = throughput_send_piece(x->s);
	}
	if (!ret)
		ret = sending->end(x);
	return ret && !x->s->why[0] ? sending->explain(x, ret) : ret;
}

static int peer_send(struct stream *s, double start)
{
	struct exchange x;
	int ret = exchange_open(&x, s);

	if (!ret)
		ret = send_all(&x, s->wish->trial->options->peer->sending, start);
	end_stop_counting(s);
	free(x.buf);
	return peer_explain(s, ret);
}

/* --- receiving ------------------------------------------------------------------ */

/* What the connection knew of itself goes with it. */
static void take_facts(struct stream *s)
{
	struct carrier_facts facts;

	if (!s->is_first || !s->end)
		return;
	s->context->carrier->get_facts(s->end, &facts);
	s->wish->report->facts.rx_bytes += facts.rx_bytes;
	s->wish->report->facts.rx_records += facts.rx_records;
}

static int connect_anew(struct stream *s)
{
	take_facts(s);
	end_hang_up(s, s->fd, true);
	s->fd = pairs_connect(s->wish->pairs, s->wish->trial->options);
	if (s->fd < 0) {
		snprintf(s->why, sizeof(s->why), "connecting again: %s", strerror(-s->fd));
		return s->fd;
	}
	s->dials++;
	return s->context->carrier->open(&s->end, s->context, s->fd, s->why);
}

/* The end of @len bytes is the body's. */
static int check_body(struct exchange *x, const char *buf, size_t len)
{
	const struct bench_options *o = x->s->wish->trial->options;

	if (!o->peer->is_error || !o->peer->is_error(&o->url, buf, len))
		return 0;
	snprintf(x->s->why, sizeof(x->s->why), "the server answers \"%s\", but with an error in the place of a file", x->answer.line);
	return -EIO;
}

static bool is_enough(const struct stream *s)
{
	const uint64_t bytes = s->wish->trial->options->bytes;

	return bytes && s->total >= bytes;
}

/* Receives once. False in *@wanted: the time, or the work, is over. */
static int receive_some(struct exchange *x, double start, bool *wanted)
{
	struct stream *s = x->s;
	const uint64_t before = x->answer.body;
	ssize_t n;
	int ret = exchange_receive(x, &n);
	const size_t body = (size_t)(x->answer.body - before);

	if (!ret && !before && body)
		ret = check_body(x, x->buf + (size_t)n - body, body);
	if (ret)
		return ret;
	s->total += body;
	end_pace(start, s->total, s->wish->trial->options->rate / 8);
	*wanted = end_tick(s, start) && !is_enough(s);
	return 0;
}

static int get_once(struct exchange *x, double start, bool *wanted)
{
	int ret = exchange_ask(x, "GET", "");

	while (!ret && *wanted && !http_is_complete(&x->answer))
		ret = receive_some(x, start, wanted);
	if (ret || !http_is_complete(&x->answer))
		return ret;
	x->s->ops++;
	if (x->answer.body)
		return 0;
	snprintf(x->s->why, sizeof(x->s->why), "the server answers \"%s\" without a body: there is nothing to receive", x->answer.line);
	return -ENODATA;
}

static int receive_all(struct exchange *x, double start)
{
	bool wanted = true;
	int ret = 0;

	while (!ret && wanted) {
		ret = get_once(x, start, &wanted);
		if (!ret && wanted && !x->answer.keeps)
			ret = connect_anew(x->s);
	}
	return ret;
}

static int peer_receive(struct stream *s, double start)
{
	struct exchange x;
	int ret = exchange_open(&x, s);

	if (!ret)
		ret = receive_all(&x, start);
	end_stop_counting(s);
	take_facts(s);
	free(x.buf);
	return peer_explain(s, ret);
}

/* -------------------------------------------------------------------------------- */

static double dials(const struct sample *s)
{
	return s->seconds > 0 ? (double)s->dials / s->seconds : -1;
}

static const struct bench_extra extras[] = {
	{ .key = "reconnections_per_second", .title = "reconn/s", .scale = 1, .digits = 1, .is_left_out = true, .of = dials },
	{ 0 },
};

const struct bench_mode bench_peer_throughput = {
	.name = "throughput",
	.takes = TAKES_LENGTH,
	.length = 128 << 10,
	.lengths = "writes",
	.is_one_end = true,
	.list = throughput_list,
	.take = peer_take,
	.send = peer_send,
	.receive = peer_receive,
	THROUGHPUT_RATE,
	.cost_title = "own s/GiB",
	.extras = extras,
};
