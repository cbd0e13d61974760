/* SPDX-License-Identifier: MIT */
/* A request and an answer of the same size, one at a time: how long it takes. */
#include <errno.h>
#include <stdlib.h>

#include "cli/wait.h"
#include "ktls-bench/end.h"
#include "ktls-bench/mode.h"

/* 1: all of it; 0: the other end has finished before it began; negative errno. */
static int receive_whole(struct stream *s, char *buf, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = s->wish->carrier->recv(s->end, buf + done, len - done);

		if (n < 0)
			return (int)n;
		if (n == 0)
			return done ? -ECONNABORTED : 0;
		done += (size_t)n;
	}
	if (s->wish->options->verify_data && !end_is_as_sent(s, buf, len))
		return -EBADMSG;
	return 1;
}

static int one_transaction(struct stream *s, char *buf)
{
	const struct end_wish *w = s->wish;
	const size_t len = w->options->length;
	const double start = cli_now_seconds();
	int ret = w->carrier->send(s->end, w->pattern->bytes + s->total % w->pattern->len, len);

	if (!ret)
		ret = receive_whole(s, buf, len);
	if (ret <= 0)
		return ret ? ret : -ECONNABORTED;
	if (s->counting && !s->counted)
		latency_add(&s->latency, (uint64_t)((cli_now_seconds() - start) * 1e9));
	s->total += len;
	s->ops++;
	return 0;
}

static int rr_send(struct stream *s, double start)
{
	char *buf = malloc(s->wish->options->length);
	int ret = buf ? 0 : -ENOMEM;

	while (!ret && end_tick(s, start))
		ret = one_transaction(s, buf);
	free(buf);
	end_stop_counting(s);
	return ret ? ret : s->wish->carrier->finish(s->end);
}

static int rr_receive(struct stream *s, double start)
{
	const size_t len = s->wish->options->length;
	char *buf = malloc(len);
	int ret = buf ? 1 : -ENOMEM;

	while (ret > 0) {
		ret = receive_whole(s, buf, len);
		if (ret <= 0)
			break;
		ret = s->wish->carrier->send(s->end, buf, len);
		s->total += len;
		s->ops++;
		end_tick(s, start);
		ret = ret ? ret : 1;
	}
	free(buf);
	end_stop_counting(s);
	return ret;
}

static double work(const struct sample *s)
{
	return (double)s->ops;
}

const struct bench_mode bench_rr = {
	.name = "rr",
	.length = 64,
	.has_latency = true,
	.send = rr_send,
	.receive = rr_receive,
	.work = work,
	.rate_of_work = 1,
	.rate_key = "transactions_per_second",
	.cost_key = "cpu_seconds_per_transaction",
	.rate_title = "trans/s",
	.cost_title = "CPU us",
	.rate_scale = 1,
	.cost_scale = 1e6,
	.does = "answers",
};
