/* SPDX-License-Identifier: MIT */
/* One measurement: a sender and a receiver, each a process of its own, over fresh connections. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

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
	struct end_report end[2];
};

static struct shared *shared_make(unsigned threads)
{
	struct shared *sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_barrierattr_t attr;

	if (sh == MAP_FAILED)
		return NULL;
	pthread_barrierattr_init(&attr);
	pthread_barrierattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&sh->barrier, &attr, threads);
	pthread_barrierattr_destroy(&attr);
	return sh;
}

/* An end keeps its own sockets only: the other's would hide that it has gone. */
static void run_end(const struct end_wish *wish, struct pairs *pairs)
{
	int *others = wish->is_server ? pairs->client : pairs->server;

	for (unsigned i = 0; i < pairs->n; i++)
		close(others[i]);
	_exit(end_run(wish));
}

static pid_t start_end(const struct end_wish *wish, struct pairs *pairs)
{
	pid_t pid = fork();

	if (pid == 0)
		run_end(wish, pairs);
	return pid;
}

/* When one ends in failure the other may wait for it for ever. */
static void wait_for_ends(const pid_t pids[2])
{
	for (int left = 2; left;) {
		int status;
		pid_t pid = wait(&status);

		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			return;
		if (pid != pids[0] && pid != pids[1])
			continue;
		left--;
		if (left && status)
			kill(pid == pids[0] ? pids[1] : pids[0], SIGTERM);
	}
}

static int run_both(const struct bench_options *o, const struct bench_tls *tls, const struct pattern *pattern,
		    const struct carrier *carrier, struct pairs *pairs, struct shared *sh, struct cli_failure *f)
{
	pid_t pids[2] = { -1, -1 };
	int ret = 0;

	for (int i = 0; !ret && i < 2; i++) {
		const bool is_server = (i == SENDER) == o->reverse;
		const struct end_wish wish = {
			.options = o, .tls = tls, .carrier = carrier, .fds = is_server ? pairs->server : pairs->client,
			.is_server = is_server, .is_sender = i == SENDER, .pattern = pattern, .barrier = &sh->barrier, .report = &sh->end[i],
		};

		/* What an end that is killed leaves behind. */
		sh->end[i].err = -EPIPE;
		pids[i] = start_end(&wish, pairs);
		if (pids[i] < 0)
			ret = -errno;
	}
	pairs_close(pairs);
	if (ret && pids[SENDER] > 0)
		kill(pids[SENDER], SIGTERM);
	if (pids[SENDER] > 0)
		wait_for_ends(pids);
	if (ret)
		cli_fail(f, CLI_IO, "cannot start a measurement: %s", strerror(-ret));
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

static int judge(const struct shared *sh, const struct carrier *carrier, char why[CARRIER_WHY_MAX], struct cli_failure *f)
{
	const struct end_report *bad = failed_end(sh);

	if (!bad)
		return 0;
	if (bad->err == -EOPNOTSUPP)
		snprintf(why, CARRIER_WHY_MAX, "%s", bad->why);
	else
		cli_fail(f, bad->err == -EPROTO ? CLI_HANDSHAKE : CLI_IO, "%s: %s", carrier->title, bad->why[0] ? bad->why : "it was killed");
	return bad->err;
}

static void take_results(struct sample *s, struct latency *latency, const struct shared *sh)
{
	s->ops = sh->end[SENDER].ops;
	latency_merge(latency, &sh->end[SENDER].latency);
	s->bytes = sh->end[RECEIVER].bytes;
	s->seconds = sh->end[RECEIVER].seconds;
	s->sender = sh->end[SENDER].usage;
	s->receiver = sh->end[RECEIVER].usage;
	s->facts = sh->end[SENDER].facts;
	memcpy(s->facts.rx, sh->end[RECEIVER].facts.rx, sizeof(s->facts.rx));
}

int sample_take(const struct bench_options *o, const struct bench_tls *tls, const struct pattern *pattern,
		const struct carrier *carrier, struct sample *s, struct latency *latency, char why[CARRIER_WHY_MAX], struct cli_failure *f)
{
	struct shared *sh = shared_make(2 * o->streams);
	struct machine_counters before, after;
	struct pairs pairs;
	int ret;

	*s = (struct sample){ 0 };
	if (!sh) {
		cli_fail(f, CLI_IO, "out of memory");
		return -ENOMEM;
	}
	if (pairs_open(&pairs, o, f)) {
		pairs_close(&pairs);
		munmap(sh, sizeof(*sh));
		return -EIO;
	}
	memcpy(s->congestion, pairs.congestion, sizeof(s->congestion));
	machine_read_counters(&before);
	ret = run_both(o, tls, pattern, carrier, &pairs, sh, f);
	machine_read_counters(&after);
	if (!ret)
		ret = judge(sh, carrier, why, f);
	if (!ret)
		take_results(s, latency, sh);
	s->softirq = before.softirq < 0 || after.softirq < 0 ? -1 : after.softirq - before.softirq;
	s->kernel_tx = before.kernel_tx < 0 || after.kernel_tx < 0 ? -1 : after.kernel_tx - before.kernel_tx;
	s->kernel_rx = before.kernel_rx < 0 || after.kernel_rx < 0 ? -1 : after.kernel_rx - before.kernel_rx;
	munmap(sh, sizeof(*sh));
	return ret;
}
