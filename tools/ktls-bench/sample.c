/* SPDX-License-Identifier: MIT */
/*
 * One measurement: a sender and a receiver, each a process of its own, over fresh connections; or one of them alone, where the other is
 * not ours.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cli/wait.h"
#include "ktls-bench/ends.h"
#include "ktls-bench/machine.h"
#include "ktls-bench/pairs.h"

/* -1: there is no such end. */
static int open_pidfd(pid_t pid)
{
	return pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
}

static void stop(pid_t pid)
{
	if (pid > 0)
		kill(pid, SIGTERM);
}

/* 0, or -EINTR when the user does not want to wait. */
static int wait_for_ends(const pid_t pids[2], struct watched *w)
{
	struct pollfd fds[3] = { { .fd = -1 }, { .fd = open_pidfd(pids[0]), .events = POLLIN }, { .fd = open_pidfd(pids[1]), .events = POLLIN } };
	int ret = 0;

	while (fds[1].fd >= 0 || fds[2].fd >= 0) {
		const int n = cli_wait_poll(w->t->wait, fds, 3, watched_tell(w));

		if (n < 0 && !ret) {
			ret = n;
			stop(pids[0]);
			stop(pids[1]);
		}
		for (int i = 0; i < 2; i++) {
			if (fds[i + 1].fd < 0 || (n >= 0 && !(fds[i + 1].revents & POLLIN)))
				continue;
			close(fds[i + 1].fd);
			fds[i + 1].fd = -1;
			/* It has failed, so that the other may wait for it for ever. */
			if (ends_reap(pids[i]) && fds[2 - i].fd >= 0)
				stop(pids[1 - i]);
		}
	}
	return ret;
}

/* -------------------------------------------------------------------------------- */

static int run_ends(const struct trial *t, struct pairs *pairs, struct ends *e, struct watched *w, struct cli_failure *f)
{
	pid_t pids[2] = { -1, -1 };
	int ret = 0;

	for (int i = SENDER; !ret && i <= RECEIVER; i++) {
		const bool is_server = (i == SENDER) == t->options->reverse;
		struct end_wish wish = {
			.trial = t, .pairs = pairs, .fds = is_server ? pairs->server : pairs->client,
			.is_server = is_server, .is_sender = i == SENDER, .is_alone = !ends_has(e, !i), .gate = -1,
		};

		if (!ends_has(e, i))
			continue;
		pids[i] = ends_start(e, i, &wish, pairs);
		if (pids[i] < 0)
			ret = pids[i];
	}
	pairs_close(pairs);
	if (ret && pids[SENDER] > 0) {
		stop(pids[SENDER]);
		ends_reap(pids[SENDER]);
	}
	if (ret)
		cli_fail(f, CLI_IO, "cannot start a measurement: %s", strerror(-ret));
	else if ((ret = wait_for_ends(pids, w)))
		cli_fail_wait(f, t->wait, ret, t->what->title, "measuring");
	return ret;
}

/* The end that failed by itself, not the one that was stopped because of it. */
static const struct end_report *failed_end(const struct ends *e)
{
	const struct end_report *s = &e->end[SENDER], *r = &e->end[RECEIVER];

	if (r->err == -EOPNOTSUPP || r->err == -EBADMSG || !s->err)
		return r->err ? r : NULL;
	return s->why[0] || !r->err ? s : r;
}

static int exit_code_of(int err)
{
	switch (err) {
	case -EPROTO: return CLI_HANDSHAKE;
	case -EKEYREJECTED: return CLI_CERT;
	case -ETIMEDOUT: return CLI_TIMEOUT;
	default: return CLI_IO;
	}
}

static int judge(const struct ends *e, const struct trial *t, char why[CARRIER_WHY_MAX], struct cli_failure *f)
{
	const struct end_report *bad = failed_end(e);

	if (!bad)
		return 0;
	if (bad->err == -EOPNOTSUPP)
		snprintf(why, CARRIER_WHY_MAX, "%s", bad->why);
	else
		cli_fail(f, exit_code_of(bad->err), "%s%s%s: %s", t->where ? t->where : "", t->where ? ": " : "", t->what->title,
			 bad->why[0] ? bad->why : "it was killed");
	return bad->err;
}

/* Each end has a part of it. */
static double sum(double a, double b)
{
	return a < 0 || b < 0 ? -1 : a + b;
}

static struct usage usage_of(const struct ends *e, int end)
{
	return ends_has(e, end) ? e->end[end].usage : (struct usage){ -1, -1 };
}

static void take_results(struct sample *s, struct latency *latency, const struct ends *e)
{
	const struct end_report *sender = &e->end[SENDER], *receiver = &e->end[RECEIVER];

	s->ops = sender->ops + receiver->ops;
	s->rekeys = sender->rekeys + receiver->rekeys;
	s->dials = sender->dials + receiver->dials;
	latency_merge(latency, &sender->latency);
	latency_merge(latency, &receiver->latency);
	s->bytes = receiver->bytes + sender->bytes;
	s->seconds = e->end[ends_has(e, RECEIVER) ? RECEIVER : SENDER].seconds;
	s->sender = usage_of(e, SENDER);
	s->receiver = usage_of(e, RECEIVER);
	s->facts = ends_has(e, SENDER) ? sender->facts : receiver->facts;
	for (size_t i = 0; i < BENCH_EXTRAS_MAX; i++)
		s->extra[i] = sum(sender->extra[i], receiver->extra[i]);
	if (ends_has(e, RECEIVER))
		memcpy(s->facts.rx, receiver->facts.rx, sizeof(s->facts.rx));
}

/* Those of the time that was measured: the last one may be short. */
static int take_intervals(struct sample *s, const struct ends *e, int64_t width_ms)
{
	const double count = width_ms > 0 ? s->seconds * 1e3 / (double)width_ms : 0;

	s->n_intervals = count < BENCH_INTERVALS_MAX ? (size_t)(count + 0.5) : BENCH_INTERVALS_MAX;
	if (!s->n_intervals)
		return 0;
	s->interval_bytes = calloc(s->n_intervals, sizeof(*s->interval_bytes));
	s->interval_ops = calloc(s->n_intervals, sizeof(*s->interval_ops));
	if (!s->interval_bytes || !s->interval_ops)
		return -ENOMEM;
	for (size_t i = 0; i < s->n_intervals; i++) {
		struct sample part = { 0 };

		ends_read_interval(e, i, &part);
		s->interval_bytes[i] = part.bytes;
		s->interval_ops[i] = part.ops;
	}
	return 0;
}

void sample_set_counters(struct sample *s, const struct machine_counters *counted)
{
	s->softirq = counted->softirq;
	s->kernel_tx = counted->kernel_tx;
	s->kernel_rx = counted->kernel_rx;
}

int sample_of_ends(const struct trial *t, const struct ends *e, struct sample *s, struct latency *latency, char why[CARRIER_WHY_MAX],
		   struct cli_failure *f)
{
	const int ret = judge(e, t, why, f);

	if (ret)
		return ret;
	take_results(s, latency, e);
	return take_intervals(s, e, t->options->interval_ms);
}

int sample_take_over(struct pairs *pairs, unsigned ends, const struct trial *t, struct sample *s, struct latency *latency,
		     char why[CARRIER_WHY_MAX], struct cli_failure *f)
{
	struct ends *e = ends_make(bench_connections(t->options) * (unsigned)__builtin_popcount(ends), ends);
	struct watched watched = { .t = t, .ends = e, .by = ends & SAMPLE_RECEIVER ? RECEIVER : SENDER, .known = SIZE_MAX };
	struct machine_counters before, counted;
	int ret;

	if (!e) {
		cli_fail(f, CLI_IO, "out of memory");
		return -ENOMEM;
	}
	*s = (struct sample){ 0 };
	memcpy(s->congestion, pairs->congestion, sizeof(s->congestion));
	if (pairs->n)
		offload_describe(pairs->client[0], s->nic);
	machine_read_counters(&before);
	ret = run_ends(t, pairs, e, &watched, f);
	counted = machine_counters_since(&before);
	sample_set_counters(s, &counted);
	if (!ret)
		ret = sample_of_ends(t, e, s, latency, why, f);
	if (!ret)
		watched_tell_rest(&watched, s);
	ends_free(e);
	return ret;
}

int sample_take(const struct trial *t, struct sample *s, struct latency *latency, char why[CARRIER_WHY_MAX], struct cli_failure *f)
{
	/* One connection is there for what the streams that connect themselves do before. */
	const unsigned connections = t->options->mode->connects ? 1 : bench_connections(t->options);
	struct pairs pairs;
	int ret = -EIO;

	if (!pairs_open(&pairs, t->options, connections, f))
		ret = sample_take_over(&pairs, SAMPLE_SENDER | SAMPLE_RECEIVER, t, s, latency, why, f);
	pairs_close(&pairs);
	return ret;
}

struct sample sample_interval(const struct sample *s, int64_t width_ms, size_t i, double *start)
{
	const double width = (double)width_ms / 1e3;

	*start = (double)i * width;
	return (struct sample){ .bytes = s->interval_bytes[i], .ops = s->interval_ops[i],
				.seconds = i + 1 < s->n_intervals ? width : s->seconds - *start };
}

void sample_free(struct sample *s)
{
	free(s->interval_bytes);
	free(s->interval_ops);
	s->interval_bytes = s->interval_ops = NULL;
}
