/* SPDX-License-Identifier: MIT */
/* A request and an answer of the same size, one at a time: how long it takes. */
#include <errno.h>
#include <stdlib.h>

#include "cli/wait.h"
#include "ktls-bench/end.h"
#include "ktls-bench/pattern.h"

/* @due: when it should begin. Waiting for one that took too long is part of the next one's latency. */
static int one_transaction(struct stream *s, char *buf, double due)
{
	const struct trial *t = s->wish->trial;
	const size_t len = t->options->length;
	int ret = s->context->carrier->send(s->end, t->pattern->bytes + s->total % t->pattern->len, len);

	if (!ret)
		ret = end_receive_whole(s, buf, len);
	if (ret <= 0)
		return ret ? ret : -ECONNABORTED;
	if (s->counting && !s->counted)
		latency_add(&s->latency, (uint64_t)((cli_now_seconds() - due) * 1e9));
	s->total += len;
	s->ops++;
	return 0;
}

static int rr_send(struct stream *s, double start)
{
	const struct bench_options *o = s->wish->trial->options;
	char *buf = malloc(o->length);
	int ret = buf ? 0 : -ENOMEM;
	uint64_t k = 0;

	while (!ret && end_tick(s, start))
		ret = one_transaction(s, buf, end_pace(start, k++, o->rate));
	free(buf);
	end_stop_counting(s);
	return ret ? ret : s->context->carrier->finish(s->end);
}

static int rr_receive(struct stream *s, double start)
{
	const size_t len = s->wish->trial->options->length;
	char *buf = malloc(len);
	int ret = buf ? 1 : -ENOMEM;

	while (ret > 0) {
		ret = end_receive_whole(s, buf, len);
		if (ret <= 0)
			break;
		ret = s->context->carrier->send(s->end, buf, len);
		s->total += len;
		s->ops++;
		end_tick(s, start);
		ret = ret ? ret : 1;
	}
	free(buf);
	end_stop_counting(s);
	return ret;
}

static size_t list(const struct bench_options *o, struct bench_case cases[BENCH_CASES_MAX])
{
	(void)o;
	return cases_of_carriers(cases, false);
}

static double work(const struct sample *s)
{
	return (double)s->ops;
}

const struct bench_mode bench_rr = {
	.name = "rr",
	.takes = TAKES_RATE | TAKES_LENGTH | TAKES_REVERSE | TAKES_PARALLEL | TAKES_CLOCK | TAKES_REMOTE,
	.length = 64,
	.lengths = "requests",
	.has_latency = true,
	.list = list,
	.take = sample_take,
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
