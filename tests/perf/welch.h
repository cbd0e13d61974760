/* SPDX-License-Identifier: MIT */
/* Two classes of timings, and whether their means differ: Welch's t, also without the slowest samples. */
#ifndef KTLS_TESTS_PERF_WELCH_H
#define KTLS_TESTS_PERF_WELCH_H

#include <stddef.h>
#include <stdint.h>

struct timing {
	uint64_t ticks;
	unsigned class;			/* 0 or 1 */
};

struct verdict {
	double median[2];		/* ticks of each class, all samples */
	double t;			/* all samples */
	double t_cropped;		/* the one farthest from 0 of all crops */
	double kept;			/* percent of the samples in that crop */
	double sees;			/* ticks of difference that make t 4.5 in the sharpest crop */
};

/*
 * Crops are those of both classes together, and so take away alike where the classes are alike. Puts @samples into
 * another order.
 */
struct verdict welch(struct timing *samples, size_t n);

#endif
