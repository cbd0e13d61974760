/* SPDX-License-Identifier: MIT */
/* The two ends of a measurement: started, and watched while they run. */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/wait.h"
#include "ktls-bench/ends.h"

struct ends *ends_make(unsigned threads, unsigned who)
{
	struct ends *e = mmap(NULL, sizeof(*e), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_barrierattr_t attr;

	if (e == MAP_FAILED)
		return NULL;
	pthread_barrierattr_init(&attr);
	pthread_barrierattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&e->barrier, &attr, threads);
	pthread_barrierattr_destroy(&attr);
	e->who = who;
	return e;
}

void ends_free(struct ends *e)
{
	munmap(e, sizeof(*e));
}

static void close_open(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* An end keeps its own sockets only: the other's would hide that it has gone. */
static void run_end(const struct end_wish *wish, struct pairs *pairs)
{
	const int *others = wish->is_server ? pairs->client : pairs->server;

	for (unsigned i = 0; i < pairs->n; i++)
		close_open(others[i]);
	if (!wish->is_server)
		close_open(pairs->listener);
	_exit(end_run(wish));
}

pid_t ends_start(struct ends *e, int i, struct end_wish *wish, struct pairs *pairs)
{
	sigset_t none;
	pid_t pid;

	wish->barrier = &e->barrier;
	wish->report = &e->end[i];
	/* What an end that is killed leaves behind. */
	e->end[i].err = -EPIPE;
	wish->parent = getpid();
	pid = fork();
	if (pid == 0) {
		/* The parent waits for signals by other means. */
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		run_end(wish, pairs);
	}
	if (pid < 0)
		pid = -errno;
	close_open(wish->gate);
	return pid;
}

bool ends_reap(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return true;
	return status != 0;
}

int64_t ends_until_killed(pid_t pid, int64_t *kill_at)
{
	const int64_t left = *kill_at - cli_now_ms();

	if (*kill_at < 0)
		return -1;
	if (left > 0)
		return left;
	kill(pid, SIGTERM);
	*kill_at = -1;
	return -1;
}

/* --- while they run --------------------------------------------------------------- */

void ends_read_interval(const struct ends *e, size_t i, struct sample *part)
{
	for (int end = 0; end < 2; end++) {
		part->bytes += atomic_load(&e->end[end].intervals[i].bytes);
		part->ops += atomic_load(&e->end[end].intervals[i].ops);
	}
}

int64_t watched_tell(struct watched *w)
{
	const int64_t width = w->t->options->interval_ms;
	const uint64_t since = atomic_load(&w->ends->end[w->by].since);
	int64_t passed, left;

	if (!w->t->interval || width <= 0)
		return -1;
	if (!since)
		return 20;
	/* A moment later, when both have seen its end. */
	passed = (int64_t)((cli_now_seconds() - (double)since / 1e9) * 1e3) - 20;
	while (w->shown < BENCH_INTERVALS_MAX && w->shown < w->known && (int64_t)(w->shown + 1) * width <= passed &&
	       (w->t->options->bytes || (int64_t)w->shown * width < w->t->options->time_ms)) {
		struct sample part = { .seconds = (double)width / 1e3 };

		ends_read_interval(w->ends, w->shown, &part);
		w->t->interval(w->t, (double)w->shown * part.seconds, &part);
		w->shown++;
	}
	left = (int64_t)(w->shown + 1) * width - passed;
	return left > 0 ? left : -1;
}

void watched_tell_rest(struct watched *w, const struct sample *s)
{
	for (; w->t->interval && w->shown < s->n_intervals; w->shown++) {
		double start;
		const struct sample part = sample_interval(s, w->t->options->interval_ms, w->shown, &start);

		w->t->interval(w->t, start, &part);
	}
}
