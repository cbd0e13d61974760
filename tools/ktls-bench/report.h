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

/* Of what machine it is, and how it was measured: three lines. */
void report_machine(const struct comparison *c, struct out *o);

/* Who was not run because of @why (NULL: for whatever reason), in words, each series once. */
void report_not_run(const struct comparison *c, const char *why, FILE *f);

/* The rates as bars of letters, an empty line before them. */
void report_bars(const struct comparison *c, struct out *o);

/* A line for each measurement. 0 or the exit code of @f. */
int report_csv(const struct comparison *c, const char *path, struct cli_failure *f);

/* Whether the name of a file says what kind of picture it is to be: .svg, .png, or .gp for gnuplot's script. */
bool report_can_plot(const char *path);

/* Draws it into such a file, which is there as a whole in the end, or as it was. 0 or the exit code of @f. */
int report_plot(const struct comparison *c, const char *path, struct cli_failure *f);

/* Whether that will find a place for the file, to be known before the work is done. */
int report_plot_check(const char *path, struct cli_failure *f);

/*
 * Compares with an earlier JSON report: the speed of each case that both have, as lines of @o. 0, BENCH_BELOW if one has less than
 * --fail-below, or the exit code of @f.
 */
int report_baseline(const struct comparison *c, struct out *o, struct cli_failure *f);

#endif
