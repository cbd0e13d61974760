/* SPDX-License-Identifier: MIT */
/* What many samples say together. */
#ifndef KTLS_BENCH_STATS_H
#define KTLS_BENCH_STATS_H

#include <stdbool.h>
#include <stddef.h>

struct stats {
	double median, min, max;
};

/* @values are sorted by it. @n is at least 1. */
struct stats stats_of(double *values, size_t n);

/* How far the samples lie apart, as a part of the median. */
double stats_spread(const struct stats *s);

/* The one median as a multiple of the other; 0 where nothing was measured to compare with. */
double stats_ratio(const struct stats *s, const struct stats *base);

/* Whether the two could be the same thing measured twice: the one's median lies within the other's samples. */
bool stats_overlap(const struct stats *a, const struct stats *b);

#endif
