/* SPDX-License-Identifier: MIT */
/* One end of a sample: the process that sends, or the one that receives. */
#ifndef KTLS_BENCH_END_H
#define KTLS_BENCH_END_H

#include <pthread.h>

#include "ktls-bench/latency.h"
#include "ktls-bench/sample.h"

/* What an end reports, in memory that it shares with the parent. */
struct end_report {
	int err;			/* 0 or negative errno */
	char why[CARRIER_WHY_MAX];
	struct carrier_facts facts;
	uint64_t bytes;			/* within the time that counts */
	double seconds;
	struct usage usage;
	uint64_t ops;			/* pieces of work finished within that time */
	struct latency latency;		/* of these; of the sender */
};

struct end_wish {
	const struct bench_options *options;
	const struct bench_tls *tls;
	const struct carrier *carrier;
	const int *fds;			/* one a stream */
	bool is_server, is_sender;
	const struct pattern *pattern;
	pthread_barrier_t *barrier;	/* of all threads of both ends, in shared memory */
	struct end_report *report;
};

/* One connection of an end. */
struct stream {
	const struct end_wish *wish;
	struct carried *end;
	pthread_t thread;
	bool is_first;		/* it takes the time and the usage of the process */
	int err;
	uint64_t total, ops;	/* bytes and pieces of work until now */
	uint64_t bytes_from, bytes_until, ops_from, ops_until;	/* at the beginning and the end of the time that counts */
	double t_from, t_until;
	struct usage u_from, u_until;
	struct latency latency;	/* within that time */
	bool counting, counted;
};

/* Runs to its end: the status of the process. */
int end_run(const struct end_wish *wish);

/* Counts what has gone by since @start. False when the time, or the work, is over. */
bool end_tick(struct stream *s, double start);

/* Nothing more will come. */
void end_stop_counting(struct stream *s);

/* @len bytes of the pattern, at @total. */
bool end_is_as_sent(const struct stream *s, const char *buf, size_t len);

#endif
