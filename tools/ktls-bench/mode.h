/* SPDX-License-Identifier: MIT */
/* What is measured: the rows, the work of the two ends, and what becomes of it in a report. */
#ifndef KTLS_BENCH_MODE_H
#define KTLS_BENCH_MODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/failure.h"
#include "ktls-bench/case.h"

#define BENCH_GIB (1024.0 * 1024 * 1024)

struct bench_options;
struct bench_tls;
struct carrier_context;
struct cli_wait;
struct comparison;
struct end_wish;
struct ipsec_mb;
struct latency;
struct pattern;
struct peer_found;
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
	const struct peer_found *peer;		/* a server that is not ours; NULL: both ends are */
	const struct ipsec_mb *ipsec_mb;	/* NULL: it was not asked for */
	const char *where;			/* it begins messages; NULL: there is no such place */
	struct remote *remote;			/* ktls-bench on another machine, which has the other end; NULL: none is needed */
	bool two_kernels;			/* the ends are on different machines */
};

/* A case that is measured together with others, and what becomes of it. */
struct bench_seat {
	const struct bench_case *what;
	struct sample *sample;
	char *why;		/* room for CARRIER_WHY_MAX bytes; to be set with -EOPNOTSUPP and -EBADMSG */
	int ret;		/* as bench_mode.take() returns it */
	void *arg;		/* of the caller */
};

/* Options that only some modes have. */
enum {
	TAKES_BYTES = 1,
	TAKES_DIRECTIONS = 2,	/* both at once */
	TAKES_RATE = 4,
	TAKES_EVERY = 8,
	TAKES_LENGTH = 16,
	TAKES_SIZES = 32,
	TAKES_REVERSE = 64,
	TAKES_PARALLEL = 128,
	TAKES_TIME = 256,
	TAKES_OMIT = 512,
	TAKES_INTERVAL = 1024,
	TAKES_CONNECTIONS = 2048,
	TAKES_OPERATIONS = 4096,	/* and where they are done */
	TAKES_FILE = 8192,		/* what is sent may come out of a file */
	TAKES_PEER = 16384,
	TAKES_REMOTE = 32768,		/* the other end may be on another machine */
	TAKES_BATCH = 65536,
	TAKES_HOT = 131072,
	TAKES_IPSEC_MB = 262144,	/* as a further peer */
	TAKES_MORE = 524288,		/* what is sent may wait for more */
	TAKES_CLOCK = TAKES_TIME | TAKES_OMIT | TAKES_INTERVAL,	/* it goes on for a time, not until its work is done */
};

/* A number of a sample beside its rate and its cost, as medians in reports. */
struct bench_extra {
	const char *key;	/* in JSON and CSV; NULL ends a list */
	const char *title;	/* in the table */
	double scale;		/* of the numbers there */
	int digits;		/* behind the point there */
	bool is_left_out;	/* there, when no case has any of it */
	double (*of)(const struct sample *s);	/* negative: not known */
};

enum {
	BENCH_EXTRAS_MAX = 5,
};

struct bench_mode {
	const char *name;
	unsigned takes;			/* TAKES_... */
	size_t length;			/* of what is handed over at once, unless the user says otherwise */
	const char *lengths;		/* what has that length, for people: "writes" */
	bool has_latency;
	bool only_tls13;
	bool connects;			/* the streams make their connections themselves, again and again */
	bool is_one_end;		/* nothing is known of the other end's CPU time */
	const struct bench_mode *with_peer;	/* the same against a foreign server, where it takes that */
	bool alone;			/* there are no connections: one thread of this process, whose cost is its time */
	const uint64_t *sizes;		/* unless the user names others; ends with 0; NULL: none */
	uint64_t size_max;		/* at most; 0: as far as buffers go */
	int64_t time_ms;		/* of a measurement, unless the user says otherwise; 0: as most modes have it */

	/* All cases of the mode: their number. */
	size_t (*list)(const struct bench_options *o, struct bench_case cases[BENCH_CASES_MAX]);

	/*
	 * One measurement. Latencies are added to @latency. 0; -EOPNOTSUPP and @why: this case cannot be had here; or another
	 * negative errno and the failure in @f. Data that came out wrong is -EBADMSG.
	 */
	int (*take)(const struct trial *t, struct sample *s, struct latency *latency, char why[CARRIER_WHY_MAX], struct cli_failure *f);

	/*
	 * Instead of it: one measurement of each of @n cases that have records of the same size, a little of each in turn. 0 and
	 * each case's own result in its seat, with the failure in @f; or negative errno for all of them, and the failure.
	 */
	int (*take_together)(const struct trial *t, struct bench_seat *seats, size_t n, struct cli_failure *f);

	/* Makes the sessions of @context such as can be resumed, for cases that do. 0 or negative errno and the wish's report. */
	int (*prime)(struct carrier_context *context, const struct end_wish *w);

	/* For sample_take(): the work of a stream at either end, from @start (seconds) on. 0 or negative errno. */
	int (*send)(struct stream *s, double start);
	int (*receive)(struct stream *s, double start);

	/* What a sample says: work a second, and CPU time of both ends for a piece of work. */
	double (*work)(const struct sample *s);		/* pieces: GiB, transactions */
	double rate_of_work;				/* what a piece counts for in the rate: its bits, itself */
	bool cost_by_bytes;				/* the pieces are GiB: cost in clock ticks per byte makes sense */
	const char *rate_key, *cost_key;		/* in JSON; the cost is in seconds there */
	const char *rate_title, *cost_title;		/* in the table and in pictures */
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

extern const struct bench_mode bench_throughput, bench_rr, bench_handshake, bench_rekey, bench_mode_connections,
	bench_crypto;

#endif
