/* SPDX-License-Identifier: MIT */
/* What many samples say together. */
#include <stdlib.h>

#include "ktls-bench/stats.h"

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct stats stats_of(double *values, size_t n)
{
	qsort(values, n, sizeof(*values), compare);
	return (struct stats){ .median = n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2, .min = values[0],
			       .max = values[n - 1] };
}

double stats_spread(const struct stats *s)
{
	return s->median > 0 ? (s->max - s->min) / s->median : 0;
}

double stats_ratio(const struct stats *s, const struct stats *base)
{
	return base->median > 0 ? s->median / base->median : 0;
}

bool stats_overlap(const struct stats *a, const struct stats *b)
{
	return (a->median >= b->min && a->median <= b->max) || (b->median >= a->min && b->median <= a->max);
}
