/* SPDX-License-Identifier: MIT */
/* What is measured: the rows, the work of the two ends, and what becomes of it in a report. */
#ifndef KTLS_BENCH_MODE_H
#define KTLS_BENCH_MODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "cli/failure.h"
#include "ktls-bench/case.h"

#define BENCH_GIB (1024.0 * 1024 * 1024)

struct bench_options;
struct bench_tls;
struct cli_wait;
struct comparison;
struct latency;
struct pattern;
struct remote;
struct sample;
struct stream;

/* One measurement that is to be made. */
struct trial {
	struct cli_wait *wait;			/* what may end it before its time */
	/* Is called with each interval that has passed; NULL: nobody is interested. */
	void (*interval)(const struct trial *t, double start, const struct sample *part);
	void *arg;				/* of the caller */
	const struct bench_options *options;
	const struct bench_tls *tls;
	const struct pattern *pattern;
	const struct bench_case *what;
	struct remote *remote;			/* the server that has the other end; NULL: this machine has both */
};

/* Options that only some modes have. */
enum {
	TAKES_BYTES = 1,
	TAKES_DIRECTIONS = 2,	/* both at once */
	TAKES_RATE = 4,
	TAKES_EVERY = 8,
	TAKES_LENGTH = 16,
	TAKES_SIZES = 32,
	TAKES_FILE = 2048,	/* what is sent may come out of a file */
	TAKES_PEER = 4096,	/* the other end may be on another machine */
};

/* A number of a sample beside its rate and its cost, as medians in reports. */
struct bench_extra {
	const char *key;	/* in JSON and CSV; NULL ends a list */
	const char *title;	/* in the table */
	double scale;		/* of the numbers there */
	int digits;		/* behind the point there */
	double (*of)(const struct sample *s);	/* negative: not known */
};

enum {
	BENCH_EXTRAS_MAX = 4,
};

struct bench_mode {
	const char *name;
	unsigned takes;			/* TAKES_... */
	size_t length;			/* of what is handed over at once, unless the user says otherwise */
	const char *lengths;		/* what has that length, for people: "writes" */
	bool has_latency;
	bool only_tls13;
	bool connects;			/* the streams make their connections themselves, again and again */

	/* All cases of the mode: their number. */
	size_t (*list)(const struct bench_options *o, struct bench_case cases[BENCH_CASES_MAX]);

	/*
	 * One measurement. Latencies are added to @latency. 0; -EOPNOTSUPP and @why: this case cannot be had here; or another
	 * negative errno and the failure in @f. Data that came out wrong is -EBADMSG.
	 */
	int (*take)(const struct trial *t, struct sample *s, struct latency *latency, char why[CARRIER_WHY_MAX], struct cli_failure *f);

	/* For sample_take(): the work of a stream at either end, from @start (seconds) on. 0 or negative errno. */
	int (*send)(struct stream *s, double start);
	int (*receive)(struct stream *s, double start);

	/* What a sample says: work a second, and CPU time of both ends for a piece of work. */
	double (*work)(const struct sample *s);		/* pieces: GiB, transactions */
	double rate_of_work;				/* what a piece counts for in the rate: its bits, itself */
	bool cost_by_bytes;				/* the pieces are GiB: cost in clock ticks per byte makes sense */
	const char *rate_key, *cost_key;		/* in JSON; the cost is in seconds there */
	const char *rate_title, *cost_title;		/* in the table */
	double rate_scale, cost_scale;			/* of the numbers there */
	const struct bench_extra *extras;		/* NULL: none */

	/* For people. */
	const char *does;				/* "carries" */
	void (*conclude)(FILE *f, const struct comparison *c);	/* NULL: what holds for all modes */
};

/* Ends with NULL. */
extern const struct bench_mode *const bench_modes[];

const struct bench_mode *bench_mode_find(const char *name);

/* The rate of a sample: bits or transactions a second; 0 if it saw no time. */
double bench_mode_rate(const struct bench_mode *mode, const struct sample *s);

/* How many extras it has. */
size_t bench_mode_extras(const struct bench_mode *mode);

extern const struct bench_mode bench_throughput, bench_rr, bench_handshake, bench_rekey;

#endif
