/* SPDX-License-Identifier: MIT */
/* ktls-bench --server. */
#ifndef KTLS_BENCH_SERVER_H
#define KTLS_BENCH_SERVER_H

#include "cli/failure.h"
#include "ktls-bench/options.h"

/* Serves clients, one after the other, until a signal ends it, or after one with --one-off. 0 or the exit code of @f. */
int server_run(const struct bench_options *o, struct cli_failure *f);

#endif
