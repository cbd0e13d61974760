/* SPDX-License-Identifier: MIT */
/* Who is told how a comparison goes on while it does. */
#ifndef KTLS_BENCH_WATCH_H
#define KTLS_BENCH_WATCH_H

#include "ktls-bench/comparison.h"
#include "out/out.h"

/* Any of them may be NULL. @run counts from 0; @row is one of the comparison's. */
struct watch {
	void (*begins)(void *arg, const struct comparison *c, const struct row *row, unsigned run);
	/* Interval @i of the measurement has passed: what it saw, and when it began, in seconds of the time that counts. */
	void (*interval)(void *arg, const struct comparison *c, const struct row *row, unsigned run, double start, const struct sample *part);
	void (*ended)(void *arg, const struct comparison *c, const struct row *row, unsigned run);
	void (*all_ended)(void *arg);
	void *arg;
};

/* Tell all who watch the comparison. */
void watch_begins(const struct comparison *c, const struct row *row, unsigned run);
void watch_interval(const struct comparison *c, const struct row *row, unsigned run, double start, const struct sample *part);
void watch_ended(const struct comparison *c, const struct row *row, unsigned run);
void watch_all_ended(const struct comparison *c);

/* One line on a terminal, rewritten: what is measured now. Nothing where standard error is none. */
struct watch progress_watch(void);

/* The intervals, a line each, to a stream. */
struct watch lines_watch(struct out *o);

/* JSON, an event a line, in iperf3's shape: start, interval, sample; report_json_end() adds the end. */
struct watch stream_watch(struct out *o);

#endif
