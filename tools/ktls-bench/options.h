/* SPDX-License-Identifier: MIT */
/* What a run is to do. */
#ifndef KTLS_BENCH_OPTIONS_H
#define KTLS_BENCH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "ktls-bench/carrier.h"
#include "ktls-bench/mode.h"

enum {
	BENCH_CASES_MAX = 16,
	BENCH_RUNS_MAX = 1000,
	BENCH_STREAMS_MAX = 64,
};

struct bench_options {
	const struct bench_mode *mode;
	const struct carrier *cases[BENCH_CASES_MAX];
	size_t n_cases;
	bool cases_named;			/* by the user: each of them must run */
	int tls_version;
	const char *cipher;
	uint16_t record;
	size_t length;				/* bytes a write */
	int64_t time_ms, omit_ms;		/* of a sample */
	uint64_t bytes;				/* of a sample, instead of a time; 0: time */
	unsigned streams, runs;
	size_t window;				/* socket buffers; 0: the system's */
	const char *congestion;
	bool reverse;				/* the TLS server sends */
	bool verify_data;
	bool json;
	const char *csv, *baseline, *title, *colour;
	double fail_below;			/* per cent of the baseline; 0: no limit */
};

/* Parses the command line; mistakes do not return. */
void bench_parse_options(struct bench_options *o, int argc, char **argv);

#endif
