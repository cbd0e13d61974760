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
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/wait.h"
#include "ktls-bench/end.h"
#include "ktls-bench/machine.h"
#include "ktls-bench/pairs.h"

enum {
	SENDER,
	RECEIVER,
};

/* In memory that both ends and the parent share. */
struct shared {
	pthread_barrier_t barrier;
	unsigned ends;		/* enum sample_ends: who reports */
	struct end_report end[2];
};

static bool has_end(const struct shared *sh, int end)
{
	return sh->ends & 1U << end;
}

/* The one whose time counts. */
static const struct end_report *clock_of(const struct shared *sh)
{
	return &sh->end[has_end(sh, RECEIVER) ? RECEIVER : SENDER];
}

/* @streams: of each end. */
static struct shared *shared_make(unsigned streams, unsigned ends)
{
	const unsigned threads = streams * (unsigned)__builtin_popcount(ends);
	struct shared *sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_barrierattr_t attr;

	if (sh == MAP_FAILED)
		return NULL;
	pthread_barrierattr_init(&attr);
	pthread_barrierattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&sh->barrier, &attr, threads);
	pthread_barrierattr_destroy(&attr);
	sh->ends = ends;
	return sh;
}

/* An end keeps its own sockets only: the other's would hide that it has gone. */
static void run_end(const struct end_wish *wish, struct pairs *pairs)
{
	const int *others = wish->is_server ? pairs->client : pairs->server;

	for (unsigned i = 0; i < pairs->n; i++)
		close(others[i]);
	if (!wish->is_server)
		close(pairs->listener);
	_exit(end_run(wish));
}

static pid_t start_end(const struct end_wish *wish, struct pairs *pairs)
{
	pid_t pid = fork();
	sigset_t none;

	if (pid == 0) {
		/* The parent waits for signals by other means. */
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		run_end(wish, pairs);
	}
	return pid;
}

/* --- while they run --------------------------------------------------------------- */

/* What both ends saw in interval @i: bytes at the one, pieces of work at the other. */
static void read_interval(const struct shared *sh, size_t i, struct sample *part)
{
	for (int end = 0; end < 2; end++) {
		part->bytes += atomic_load(&sh->end[end].intervals[i].bytes);
		part->ops += atomic_load(&sh->end[end].intervals[i].ops);
	}
}

struct watched {
	const struct trial *t;
	const struct shared *sh;
	size_t shown;		/* intervals */
};

/* The milliseconds until the next interval has passed at both ends, after it has told of those that have; -1: nobody is interested. */
static int64_t tell(struct watched *w)
{
	const int64_t width = w->t->options->interval_ms;
	const uint64_t since = atomic_load(&clock_of(w->sh)->since);
	int64_t passed;

	if (!w->t->interval || width <= 0)
		return -1;
	if (!since)
		return 20;
	/* A moment later, when both have seen its end. */
	passed = (int64_t)((cli_now_seconds() - (double)since / 1e9) * 1e3) - 20;
	while (w->shown < BENCH_INTERVALS_MAX && (int64_t)(w->shown + 1) * width <= passed &&
	       (w->t->options->bytes || (int64_t)w->shown * width < w->t->options->time_ms)) {
		struct sample part = { .seconds = (double)width / 1e3 };

		read_interval(w->sh, w->shown, &part);
		w->t->interval(w->t, (double)w->shown * part.seconds, &part);
		w->shown++;
	}
	return (int64_t)(w->shown + 1) * width - passed;
}

/* Those that the ends did not outlive. */
static void tell_rest(struct watched *w, const struct sample *s)
{
	for (; w->t->interval && w->shown < s->n_intervals; w->shown++) {
		double start;
		const struct sample part = sample_interval(s, w->t->options->interval_ms, w->shown, &start);

		w->t->interval(w->t, start, &part);
	}
}

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

/* True: it has failed, so that the other may wait for it for ever. */
static bool reap(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return true;
	return status != 0;
}

/* 0, or -EINTR when the user does not want to wait. */
static int wait_for_ends(const pid_t pids[2], struct watched *w)
{
	struct pollfd fds[3] = { { .fd = -1 }, { .fd = open_pidfd(pids[0]), .events = POLLIN }, { .fd = open_pidfd(pids[1]), .events = POLLIN } };
	int ret = 0;

	while (fds[1].fd >= 0 || fds[2].fd >= 0) {
		const int n = cli_wait_poll(w->t->wait, fds, 3, tell(w));

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
			if (reap(pids[i]) && fds[2 - i].fd >= 0)
				stop(pids[1 - i]);
		}
	}
	return ret;
}

/* -------------------------------------------------------------------------------- */

static int run_ends(const struct trial *t, struct pairs *pairs, struct shared *sh, struct watched *w, struct cli_failure *f)
{
	pid_t pids[2] = { -1, -1 };
	int ret = 0;

	for (int i = SENDER; !ret && i <= RECEIVER; i++) {
		const bool is_server = (i == SENDER) == t->options->reverse;
		const struct end_wish wish = {
			.trial = t, .pairs = pairs, .fds = is_server ? pairs->server : pairs->client,
			.is_server = is_server, .is_sender = i == SENDER, .is_alone = !has_end(sh, 1 - i), .barrier = &sh->barrier,
			.report = &sh->end[i],
		};

		if (!has_end(sh, i))
			continue;
		/* What an end that is killed leaves behind. */
		sh->end[i].err = -EPIPE;
		pids[i] = start_end(&wish, pairs);
		if (pids[i] < 0)
			ret = -errno;
	}
	pairs_close(pairs);
	if (ret && pids[SENDER] > 0) {
		stop(pids[SENDER]);
		reap(pids[SENDER]);
	}
	if (ret)
		cli_fail(f, CLI_IO, "cannot start a measurement: %s", strerror(-ret));
	else if ((ret = wait_for_ends(pids, w)))
		cli_fail_wait(f, t->wait, ret, t->what->title, "measuring");
	return ret;
}

/* The end that failed by itself, not the one that was stopped because of it. */
static const struct end_report *failed_end(const struct shared *sh)
{
	const struct end_report *s = &sh->end[SENDER], *r = &sh->end[RECEIVER];

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

static int judge(const struct shared *sh, const struct trial *t, char why[CARRIER_WHY_MAX], struct cli_failure *f)
{
	const struct end_report *bad = failed_end(sh);

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

static struct usage usage_of(const struct shared *sh, int end)
{
	return has_end(sh, end) ? sh->end[end].usage : (struct usage){ -1, -1 };
}

static void take_results(struct sample *s, struct latency *latency, const struct shared *sh)
{
	const struct end_report *sender = &sh->end[SENDER], *receiver = &sh->end[RECEIVER];

	s->ops = sender->ops + receiver->ops;
	s->rekeys = sender->rekeys + receiver->rekeys;
	s->dials = sender->dials + receiver->dials;
	latency_merge(latency, &sender->latency);
	latency_merge(latency, &receiver->latency);
	s->bytes = receiver->bytes + sender->bytes;
	s->seconds = clock_of(sh)->seconds;
	s->sender = usage_of(sh, SENDER);
	s->receiver = usage_of(sh, RECEIVER);
	s->facts = has_end(sh, SENDER) ? sender->facts : receiver->facts;
	for (size_t i = 0; i < BENCH_EXTRAS_MAX; i++)
		s->extra[i] = sum(sender->extra[i], receiver->extra[i]);
	if (has_end(sh, RECEIVER))
		memcpy(s->facts.rx, receiver->facts.rx, sizeof(s->facts.rx));
}

/* Those of the time that was measured: the last one may be short. */
static int take_intervals(struct sample *s, const struct shared *sh, int64_t width_ms)
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

		read_interval(sh, i, &part);
		s->interval_bytes[i] = part.bytes;
		s->interval_ops[i] = part.ops;
	}
	return 0;
}

static int64_t difference(int64_t before, int64_t after)
{
	return before < 0 || after < 0 ? -1 : after - before;
}

int sample_take_over(struct pairs *pairs, unsigned ends, const struct trial *t, struct sample *s, struct latency *latency,
		     char why[CARRIER_WHY_MAX], struct cli_failure *f)
{
	struct shared *sh = shared_make(bench_connections(t->options), ends);
	struct watched watched = { .t = t, .sh = sh };
	struct machine_counters before, after;
	int ret;

	if (!sh) {
		cli_fail(f, CLI_IO, "out of memory");
		return -ENOMEM;
	}
	*s = (struct sample){ 0 };
	memcpy(s->congestion, pairs->congestion, sizeof(s->congestion));
	machine_read_counters(&before);
	ret = run_ends(t, pairs, sh, &watched, f);
	machine_read_counters(&after);
	if (!ret)
		ret = judge(sh, t, why, f);
	if (!ret)
		take_results(s, latency, sh);
	if (!ret)
		ret = take_intervals(s, sh, t->options->interval_ms);
	if (!ret)
		tell_rest(&watched, s);
	s->softirq = before.softirq < 0 || after.softirq < 0 ? -1 : after.softirq - before.softirq;
	s->kernel_tx = difference(before.kernel_tx, after.kernel_tx);
	s->kernel_rx = difference(before.kernel_rx, after.kernel_rx);
	munmap(sh, sizeof(*sh));
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
