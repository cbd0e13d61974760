/* SPDX-License-Identifier: MIT */
/* One end of a sample: the process of the one side, or of the other. */
#ifndef KTLS_BENCH_END_H
#define KTLS_BENCH_END_H

#include <pthread.h>
#include <stdatomic.h>

#include "ktls-bench/latency.h"
#include "ktls-bench/options.h"
#include "ktls-bench/pairs.h"
#include "ktls-bench/sample.h"

/* What went by in an interval of the time that counts; all streams of the end together. */
struct end_interval {
	_Atomic uint64_t bytes, ops;
};

/* What an end reports, in memory that it shares with the parent. */
struct end_report {
	int err;			/* 0 or negative errno */
	char why[CARRIER_WHY_MAX];
	struct carrier_facts facts;
	uint64_t bytes;			/* received within the time that counts */
	double seconds;
	struct usage usage;
	uint64_t ops;			/* pieces of work finished within that time, by the streams that begin them */
	uint64_t rekeys;		/* KeyUpdates sent within it */
	double extra[BENCH_EXTRAS_MAX];	/* this end's part of the sample's; negative: not known */
	uint64_t dials;			/* connections made within it, in the place of ones that had ended */
	struct latency latency;		/* of these pieces */
	_Atomic uint64_t since;		/* nanoseconds of the monotonic clock when the first stream began to count; 0: not yet */
	struct end_interval intervals[BENCH_INTERVALS_MAX];
};

struct end_wish {
	const struct trial *trial;
	const struct pairs *pairs;
	const int *fds;			/* those of this end */
	bool is_server;
	bool is_sender;			/* its first stream sends */
	bool is_alone;			/* nobody reports for the other end */
	pid_t parent;
	int gate;			/* where it says that it is ready, and is told to begin; -1: the barrier is enough */
	pthread_barrier_t *barrier;	/* of all threads that begin together, in shared memory */
	struct end_report *report;
};

/* One connection of an end. */
struct stream {
	const struct end_wish *wish;
	const struct carrier_context *context;
	struct carried *end;
	int fd;			/* of the pairs, at first; who connects anew puts the new one here */
	pthread_t thread;
	bool is_first;		/* it takes the time and the usage of the process */
	bool is_sender;
	int err;
	char why[CARRIER_WHY_MAX];	/* of @err, in words; "": it has none of its own */
	uint64_t total, ops, rekeys, dials;	/* bytes and pieces of work until now */
	uint64_t rekeyed_at;		/* bytes when the key was last changed */
	uint64_t bytes_from, bytes_until, ops_from, ops_until, rekeys_from, rekeys_until, dials_from,
		dials_until;	/* around the time that counts */
	uint64_t bytes_seen, ops_seen;	/* by the intervals */
	double t_from, t_until;
	struct usage u_from, u_until;
	struct latency latency;	/* within that time */
	bool counting, counted;
};

/* Runs to its end: the status of the process. */
int end_run(const struct end_wish *wish);

/* Counts what has gone by since @start. False when the time, or the work, is over. */
bool end_tick(struct stream *s, double start);

/* Waits until it is time for piece @k of the work, where a rate is set: when it should have begun; the present where none is. */
double end_pace(double start, uint64_t k, double pieces_a_second);

/* The time that counts begins now, for work that is not measured by the clock: no end_tick(). */
void end_start_counting(struct stream *s);

/* Closes the connection of @s over @fd, without a word to the other end; @reset: by a reset, so that no port is used up for a minute. */
void end_hang_up(struct stream *s, int fd, bool reset);

/* Nothing more will come. */
void end_stop_counting(struct stream *s);

/* @len bytes of the pattern, at @total. */
bool end_is_as_sent(const struct stream *s, const char *buf, size_t len);

/* All @len bytes of a message. 1; 0: the other end has finished before it began; negative errno. */
int end_receive_whole(struct stream *s, char *buf, size_t len);

#endif
