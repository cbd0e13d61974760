/* SPDX-License-Identifier: MIT */
/* One end of a sample: a thread for each stream, and the clock. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "cli/wait.h"
#include "ktls-bench/end.h"

static struct usage usage_now(void)
{
	struct rusage ru;

	getrusage(RUSAGE_SELF, &ru);
	return (struct usage){ .user = (double)ru.ru_utime.tv_sec + (double)ru.ru_utime.tv_usec / 1e6,
			       .system = (double)ru.ru_stime.tv_sec + (double)ru.ru_stime.tv_usec / 1e6 };
}

static void begin_counting(struct stream *s, double now)
{
	s->counting = true;
	s->bytes_from = s->total;
	s->ops_from = s->ops;
	s->t_from = now;
	if (s->is_first)
		s->u_from = usage_now();
}

static void end_counting(struct stream *s, double now)
{
	if (!s->counting || s->counted)
		return;
	s->counted = true;
	s->bytes_until = s->total;
	s->ops_until = s->ops;
	s->t_until = now;
	if (s->is_first)
		s->u_until = usage_now();
}

bool end_tick(struct stream *s, double start)
{
	const struct bench_options *o = s->wish->options;
	const double now = cli_now_seconds(), omit = (double)o->omit_ms / 1e3, time = (double)o->time_ms / 1e3;

	if (o->bytes)
		return !s->wish->is_sender || s->total < o->bytes;
	if (!s->counting && now >= start + omit)
		begin_counting(s, now);
	if (now < start + omit + time)
		return true;
	end_counting(s, now);
	return false;
}

void end_stop_counting(struct stream *s)
{
	end_counting(s, cli_now_seconds());
}

bool end_is_as_sent(const struct stream *s, const char *buf, size_t len)
{
	const struct end_wish *w = s->wish;
	uint64_t total = s->total;

	while (len) {
		const size_t off = total % w->pattern->len, rest = w->pattern->len - off, n = len < rest ? len : rest;

		if (memcmp(buf, w->pattern->bytes + off, n) != 0)
			return false;
		buf += n;
		total += n;
		len -= n;
	}
	return true;
}

static void *run_stream(void *arg)
{
	struct stream *s = arg;
	const struct bench_mode *mode = s->wish->options->mode;
	double start;

	pthread_barrier_wait(s->wish->barrier);
	start = cli_now_seconds();
	if (s->wish->options->bytes)
		begin_counting(s, start);
	s->err = s->wish->is_sender ? mode->send(s, start) : mode->receive(s, start);
	return NULL;
}

static int open_streams(const struct end_wish *w, struct stream *streams)
{
	for (unsigned i = 0; i < w->options->streams; i++) {
		struct stream *s = &streams[i];
		int ret;

		s->wish = w;
		s->is_first = i == 0;
		ret = w->carrier->open(&s->end, w->tls, w->fds[i], w->is_server, w->report->why);
		if (ret)
			return ret;
	}
	w->carrier->get_facts(streams[0].end, &w->report->facts);
	return 0;
}

static int run_streams(const struct end_wish *w, struct stream *streams)
{
	struct end_report *r = w->report;
	int ret = 0;

	for (unsigned i = 0; i < w->options->streams; i++)
		if (pthread_create(&streams[i].thread, NULL, run_stream, &streams[i]))
			return -EAGAIN;
	for (unsigned i = 0; i < w->options->streams; i++) {
		pthread_join(streams[i].thread, NULL);
		r->bytes += streams[i].bytes_until - streams[i].bytes_from;
		r->ops += streams[i].ops_until - streams[i].ops_from;
		latency_merge(&r->latency, &streams[i].latency);
		ret = ret ? ret : streams[i].err;
	}
	r->seconds = streams[0].t_until - streams[0].t_from;
	r->usage.user = streams[0].u_until.user - streams[0].u_from.user;
	r->usage.system = streams[0].u_until.system - streams[0].u_from.system;
	return ret;
}

int end_run(const struct end_wish *wish)
{
	struct stream *streams = calloc(wish->options->streams, sizeof(*streams));
	int ret = streams ? 0 : -ENOMEM;

	/* Not longer than the parent: nobody else would stop it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	if (!ret)
		ret = open_streams(wish, streams);
	if (!ret)
		ret = run_streams(wish, streams);
	wish->report->err = ret;
	if (ret && !wish->report->why[0])
		snprintf(wish->report->why, sizeof(wish->report->why), "%s: %s", wish->is_sender ? "sending" : "receiving", strerror(-ret));
	for (unsigned i = 0; streams && i < wish->options->streams; i++)
		if (streams[i].end)
			wish->carrier->close(streams[i].end);
	free(streams);
	return ret ? 1 : 0;
}
