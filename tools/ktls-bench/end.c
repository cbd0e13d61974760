/* SPDX-License-Identifier: MIT */
/* One end of a sample: a thread for each stream, and the clock. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "cli/wait.h"
#include "ktls-bench/end.h"
#include "ktls-bench/mode.h"
#include "ktls-bench/pattern.h"

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
	s->rekeys_from = s->rekeys;
	s->dials_from = s->dials;
	s->bytes_seen = s->total;
	s->ops_seen = s->ops;
	s->t_from = now;
	if (!s->is_first)
		return;
	s->u_from = usage_now();
	atomic_store(&s->wish->report->since, (uint64_t)(now * 1e9));
}

static void end_counting(struct stream *s, double now)
{
	if (!s->counting || s->counted)
		return;
	s->counted = true;
	s->bytes_until = s->total;
	s->ops_until = s->ops;
	s->rekeys_until = s->rekeys;
	s->dials_until = s->dials;
	s->t_until = now;
	if (s->is_first)
		s->u_until = usage_now();
}

/* Bytes count where they are received, pieces of work where they are begun; an end that is alone counts both. */
static bool counts_bytes(const struct stream *s)
{
	return !s->is_sender || s->wish->is_alone;
}

static bool counts_ops(const struct stream *s)
{
	return s->is_sender || s->wish->is_alone;
}

/* What came since the last tick belongs to the interval that the present lies in. */
static void fill_interval(struct stream *s, double now)
{
	const double width = (double)s->wish->trial->options->interval_ms / 1e3;
	const size_t i = width > 0 && s->counting && !s->counted ? (size_t)((now - s->t_from) / width) : BENCH_INTERVALS_MAX;

	if (i >= BENCH_INTERVALS_MAX)
		return;
	if (counts_bytes(s))
		atomic_fetch_add_explicit(&s->wish->report->intervals[i].bytes, s->total - s->bytes_seen, memory_order_relaxed);
	if (counts_ops(s))
		atomic_fetch_add_explicit(&s->wish->report->intervals[i].ops, s->ops - s->ops_seen, memory_order_relaxed);
	s->bytes_seen = s->total;
	s->ops_seen = s->ops;
}

bool end_tick(struct stream *s, double start)
{
	const struct bench_options *o = s->wish->trial->options;
	const double now = cli_now_seconds(), omit = (double)o->omit_ms / 1e3, time = (double)o->time_ms / 1e3;

	fill_interval(s, now);
	if (o->bytes)
		return !s->is_sender || s->total < o->bytes;
	if (!s->counting && now >= start + omit)
		begin_counting(s, now);
	if (now < start + omit + time)
		return true;
	end_counting(s, now);
	return false;
}

void end_start_counting(struct stream *s)
{
	begin_counting(s, cli_now_seconds());
}

void end_stop_counting(struct stream *s)
{
	end_counting(s, cli_now_seconds());
}

bool end_is_as_sent(const struct stream *s, const char *buf, size_t len)
{
	const struct pattern *p = s->wish->trial->pattern;
	uint64_t total = s->total;

	while (len) {
		const size_t off = total % p->len, rest = p->len - off, n = len < rest ? len : rest;

		if (memcmp(buf, p->bytes + off, n) != 0)
			return false;
		buf += n;
		total += n;
		len -= n;
	}
	return true;
}

int end_receive_whole(struct stream *s, char *buf, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = s->context->carrier->recv(s->end, buf + done, len - done);

		if (n < 0)
			return (int)n;
		if (n == 0)
			return done ? -ECONNABORTED : 0;
		done += (size_t)n;
	}
	if (s->wish->trial->options->verify_data && !end_is_as_sent(s, buf, len))
		return -EBADMSG;
	return 1;
}

double end_pace(double start, uint64_t k, double pieces_a_second)
{
	double due, now = cli_now_seconds();

	if (pieces_a_second <= 0)
		return now;
	due = start + (double)k / pieces_a_second;
	while (now < due) {
		const double left = due - now;
		const struct timespec pause = { .tv_sec = (time_t)left, .tv_nsec = (long)((left - (double)(time_t)left) * 1e9) };

		nanosleep(&pause, NULL);
		now = cli_now_seconds();
	}
	return due;
}

void end_hang_up(struct stream *s, int fd, bool reset)
{
	const struct linger at_once = { .l_onoff = 1 };

	if (s->end)
		s->context->carrier->close(s->end);
	s->end = NULL;
	if (reset)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(fd);
}

/* -------------------------------------------------------------------------------- */

static void *run_stream(void *arg)
{
	struct stream *s = arg;
	const struct trial *t = s->wish->trial;
	double start;

	pthread_barrier_wait(s->wish->barrier);
	start = cli_now_seconds();
	if (t->options->bytes)
		begin_counting(s, start);
	s->err = s->is_sender ? t->options->mode->send(s, start) : t->options->mode->receive(s, start);
	return NULL;
}

/* With both directions at once every second stream goes the other way. */
static bool sends(const struct end_wish *w, unsigned i)
{
	return w->trial->options->bidir && i % 2 ? !w->is_sender : w->is_sender;
}

static int open_streams(const struct end_wish *w, struct stream *streams, struct carrier_context *context)
{
	const struct bench_options *o = w->trial->options;
	int ret = carrier_context_open(context, w->trial->what->carrier, w->trial->tls, w->is_server, w->report->why);

	if (!ret && w->trial->what->resumed)
		ret = o->mode->prime(context, w);
	for (unsigned i = 0; !ret && i < bench_connections(o); i++) {
		streams[i].wish = w;
		streams[i].context = context;
		streams[i].is_first = i == 0;
		streams[i].is_sender = sends(w, i);
		if (o->mode->connects)
			continue;
		streams[i].fd = w->fds[i];
		ret = context->carrier->open(&streams[i].end, context, w->fds[i], w->report->why);
	}
	if (!ret && !o->mode->connects)
		context->carrier->get_facts(streams[0].end, &w->report->facts);
	return ret;
}

/* The start is agreed with another machine by the parent. */
static int pass_gate(const struct end_wish *w)
{
	char byte = 0;
	ssize_t n;

	if (w->gate < 0)
		return 0;
	if (send(w->gate, &byte, 1, MSG_NOSIGNAL) != 1)
		return -errno;
	do
		n = recv(w->gate, &byte, 1, 0);
	while (n < 0 && errno == EINTR);
	return n == 1 ? 0 : n ? -errno : -ECANCELED;
}

static void say_why(const struct end_wish *w, const struct stream *s)
{
	const struct carrier *carrier = w->trial->what->carrier;
	const char *reason = s->end && carrier->reason ? carrier->reason(s->end) : "";

	if (w->report->why[0])
		return;
	if (s->why[0])
		memcpy(w->report->why, s->why, sizeof(w->report->why));
	else
		snprintf(w->report->why, sizeof(w->report->why), "%s: %s", s->is_sender ? "sending" : "receiving",
			 *reason ? reason : strerror(-s->err));
}

/* One that failed half-way has counted nothing. */
static void add_up(struct end_report *r, const struct stream *s)
{
	if (!s->counted)
		return;
	if (s->is_first) {
		r->seconds = s->t_until - s->t_from;
		r->usage.user = s->u_until.user - s->u_from.user;
		r->usage.system = s->u_until.system - s->u_from.system;
	}
	if (counts_ops(s)) {
		r->ops += s->ops_until - s->ops_from;
		r->rekeys += s->rekeys_until - s->rekeys_from;
		r->dials += s->dials_until - s->dials_from;
		latency_merge(&r->latency, &s->latency);
	}
	if (counts_bytes(s))
		r->bytes += s->bytes_until - s->bytes_from;
}

static int run_streams(const struct end_wish *w, struct stream *streams)
{
	const unsigned n = bench_connections(w->trial->options);
	struct end_report *r = w->report;
	int ret = 0;

	for (unsigned i = 0; i < n; i++)
		if (pthread_create(&streams[i].thread, NULL, run_stream, &streams[i]))
			return -EAGAIN;
	for (unsigned i = 0; i < n; i++) {
		pthread_join(streams[i].thread, NULL);
		add_up(r, &streams[i]);
		if (streams[i].err)
			say_why(w, &streams[i]);
		ret = ret ? ret : streams[i].err;
	}
	return ret;
}

/* Before there are threads: each has it from the process. */
static int bind_to_cpu(const struct end_wish *w)
{
	const int cpu = w->trial->options->cpu[w->is_server];
	cpu_set_t set;
	int ret;

	if (cpu < 0)
		return 0;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) == 0)
		return 0;
	ret = -errno;
	snprintf(w->report->why, sizeof(w->report->why), "CPU %d: %s", cpu, ret == -EINVAL ? "this process cannot have it" : strerror(-ret));
	return ret;
}

int end_run(const struct end_wish *wish)
{
	const unsigned n = bench_connections(wish->trial->options);
	struct stream *streams = calloc(n, sizeof(*streams));
	struct carrier_context context = { 0 };
	int ret = streams ? 0 : -ENOMEM;

	/* Not longer than the parent: nobody else would stop it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != wish->parent)
		return 1;
	signal(SIGPIPE, SIG_IGN);
	if (!ret)
		ret = bind_to_cpu(wish);
	if (!ret)
		ret = open_streams(wish, streams, &context);
	if (!ret)
		ret = pass_gate(wish);
	if (!ret)
		ret = run_streams(wish, streams);
	wish->report->err = ret;
	if (ret && !wish->report->why[0])
		snprintf(wish->report->why, sizeof(wish->report->why), "%s: %s", wish->is_sender ? "sending" : "receiving", strerror(-ret));
	for (unsigned i = 0; streams && i < n; i++)
		if (streams[i].end)
			context.carrier->close(streams[i].end);
	carrier_context_close(&context);
	free(streams);
	return ret ? 1 : 0;
}
