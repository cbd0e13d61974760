/* SPDX-License-Identifier: MIT */
/* What is measured: the work of the two ends, and what becomes of it in a report. */
#ifndef KTLS_BENCH_MODE_H
#define KTLS_BENCH_MODE_H

#include <stdbool.h>
#include <stddef.h>

#define BENCH_GIB (1024.0 * 1024 * 1024)

struct stream;
struct sample;

struct bench_mode {
	const char *name;
	size_t length;			/* of a write, unless the user says otherwise */
	bool takes_bytes;		/* can be told to move so many bytes */
	bool takes_files;		/* can send from a file */
	bool has_latency;

	/* The work of a stream at either end, from @start (seconds) on. 0 or negative errno. */
	int (*send)(struct stream *s, double start);
	int (*receive)(struct stream *s, double start);

	/* What a sample says: work a second, and CPU time of both ends for a piece of work. */
	double (*work)(const struct sample *s);		/* pieces: GiB, transactions */
	double rate_of_work;				/* what a piece counts for in the rate: its bits, itself */
	const char *rate_key, *cost_key;		/* in JSON; the cost is in seconds there */
	const char *rate_title, *cost_title;		/* in the table */
	double rate_scale, cost_scale;			/* of the numbers there */
	const char *does;				/* for people: "carries" */
};

/* Ends with NULL. */
extern const struct bench_mode *const bench_modes[];

const struct bench_mode *bench_mode_find(const char *name);

/* The rate of a sample: bits or transactions a second; 0 if it saw no time. */
double bench_mode_rate(const struct bench_mode *mode, const struct sample *s);

extern const struct bench_mode bench_throughput, bench_rr;

#endif
