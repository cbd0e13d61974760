/* SPDX-License-Identifier: MIT */
/* Connected TCP sockets over loopback. */
#ifndef KTLS_BENCH_PAIRS_H
#define KTLS_BENCH_PAIRS_H

#include "cli/failure.h"
#include "ktls-bench/options.h"

struct pairs {
	int client[BENCH_STREAMS_MAX], server[BENCH_STREAMS_MAX];
	unsigned n;
	char congestion[16];	/* what they really use */
};

/* 0 or the exit code of @f; pairs_close() in either case. */
int pairs_open(struct pairs *p, const struct bench_options *o, struct cli_failure *f);
void pairs_close(struct pairs *p);

#endif
