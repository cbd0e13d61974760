/* SPDX-License-Identifier: MIT */
/* One end of a sample: the process that sends, or the one that receives. */
#ifndef KTLS_BENCH_END_H
#define KTLS_BENCH_END_H

#include <pthread.h>

#include "ktls-bench/sample.h"

/* What an end reports, in memory that it shares with the parent. */
struct end_report {
	int err;			/* 0 or negative errno */
	char why[CARRIER_WHY_MAX];
	struct carrier_facts facts;
	uint64_t bytes;			/* within the time that counts */
	double seconds;
	struct usage usage;
};

struct end_wish {
	const struct bench_options *options;
	const struct bench_tls *tls;
	const struct carrier *carrier;
	const int *fds;			/* one a stream */
	bool is_server, is_sender;
	const char *pattern;		/* what is sent, again and again: @pattern_len bytes, a multiple of the write's length */
	size_t pattern_len;
	int pattern_file;		/* the same in a file */
	pthread_barrier_t *barrier;	/* of all threads of both ends, in shared memory */
	struct end_report *report;
};

/* Runs to its end: the status of the process. */
int end_run(const struct end_wish *wish);

#endif
