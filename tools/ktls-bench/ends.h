/* SPDX-License-Identifier: MIT */
/* The two ends of a measurement as whoever waits for them sees them: started, watched, and what they report. */
#ifndef KTLS_BENCH_ENDS_H
#define KTLS_BENCH_ENDS_H

#include <sys/types.h>

#include "ktls-bench/end.h"

enum {
	SENDER,
	RECEIVER,
};

/* In memory that the ends of this machine share with their parent. */
struct ends {
	pthread_barrier_t barrier;
	unsigned who;		/* enum sample_ends: who reports */
	struct end_report end[2];
};

/* For so many threads of this machine, which begin together, and reports of @who (enum sample_ends). NULL: out of memory. */
struct ends *ends_make(unsigned threads, unsigned who);
void ends_free(struct ends *e);

/* Whether end @i (SENDER, RECEIVER) reports. */
static inline bool ends_has(const struct ends *e, int i)
{
	return e->who & 1U << i;
}

/*
 * Starts the process of end @i (SENDER, RECEIVER); its barrier and its report are those of @e. It keeps its own sockets of @pairs, and the
 * listener if it is the server. Its gate, where it has one, is closed here. The process or negative errno.
 */
pid_t ends_start(struct ends *e, int i, struct end_wish *wish, struct pairs *pairs);

/* Waits until it is gone. True: it has failed. */
bool ends_reap(pid_t pid);

enum {
	ENDS_GRACE_MS = 300,	/* for an end whose other end has failed: it may have a reason of its own to tell */
};

/* The milliseconds until the process is to be killed, at *@kill_at of cli_now_ms(); kills it then. -1: it is not, or has been. */
int64_t ends_until_killed(pid_t pid, int64_t *kill_at);

/* Who is told of the intervals of a measurement while it runs. */
struct watched {
	const struct trial *t;
	const struct ends *ends;
	int by;			/* the end by whose clock they pass: one of this machine */
	size_t known;		/* so many of them are known of both ends */
	size_t shown;
};

/* Tells of those that have passed. The milliseconds until the next one will have; -1: nobody is interested. */
int64_t watched_tell(struct watched *w);

/* Those that the ends did not outlive. */
void watched_tell_rest(struct watched *w, const struct sample *s);

/* What both ends saw in interval @i is added to @part: bytes at the one, pieces of work at the other. */
void ends_read_interval(const struct ends *e, size_t i, struct sample *part);

/* What both ends report as one sample; its counters are left to the caller. As bench_mode.take(). */
int sample_of_ends(const struct trial *t, const struct ends *e, struct sample *s, struct latency *latency, char why[CARRIER_WHY_MAX],
		   struct cli_failure *f);

#endif
