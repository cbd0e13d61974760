/* SPDX-License-Identifier: MIT */
/* The ways a comparison is shown. */
#ifndef KTLS_BENCH_REPORT_H
#define KTLS_BENCH_REPORT_H

#include "ktls-bench/comparison.h"
#include "out/out.h"

/* 0 or -ENOMEM. */
int report_text(const struct comparison *c, struct out *o);
int report_json(const struct comparison *c, struct out *o);

/* The last events of stream_watch(). 0 or -ENOMEM. */
int report_json_end(const struct comparison *c, struct out *o);

/* The rates as bars of letters, an empty line before them. */
void report_bars(const struct comparison *c, struct out *o);

/* A line for each measurement. 0 or the exit code of @f. */
int report_csv(const struct comparison *c, const char *path, struct cli_failure *f);

/*
 * Compares with an earlier JSON report: the speed of each case that both have, as lines of @o. 0, BENCH_BELOW if one has less than
 * --fail-below, or the exit code of @f.
 */
int report_baseline(const struct comparison *c, struct out *o, struct cli_failure *f);

#endif
