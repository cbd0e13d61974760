/* SPDX-License-Identifier: MIT */
/* Latencies, counted: a histogram whose buckets are 3 % wide, whatever their size. */
#ifndef KTLS_BENCH_LATENCY_H
#define KTLS_BENCH_LATENCY_H

#include <stdbool.h>
#include <stdint.h>

enum {
	LATENCY_SUB_BITS = 5,
	LATENCY_BUCKETS = (64 - LATENCY_SUB_BITS + 1) << LATENCY_SUB_BITS,
};

/* Zero-initialised: empty. */
struct latency {
	uint64_t n, max_ns;
	uint64_t count[LATENCY_BUCKETS];
};

/* The percentiles that are reported. */
enum {
	LATENCY_POINTS = 4,
};

extern const struct latency_point {
	const char *key, *title;	/* in JSON, in the table */
	double percent;
} latency_points[LATENCY_POINTS];

void latency_add(struct latency *l, uint64_t ns);

/* Adds @other to @l. */
void latency_merge(struct latency *l, const struct latency *other);

/* So many, in all, took no longer than that. */
struct latency_step {
	uint64_t ns, seen;
	unsigned bucket;	/* latency_next()'s own */
};

/* Zero-initialised: the first step of the distribution, and from each the next. False: there are no more. As exact as percentiles. */
bool latency_next(const struct latency *l, struct latency_step *step);

/* The latency that @percent of all do not exceed, in nanoseconds: at most 3 % too long, never too short. 0 if there are none. */
uint64_t latency_percentile(const struct latency *l, double percent);

#endif
