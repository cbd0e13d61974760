/* SPDX-License-Identifier: MIT */
/* Welch's t-test over timings, cropped as by dudect (Reparaz, Balasch, Verbauwhede, 2016). */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "welch.h"

static const double crops[] = { 100, 99, 95, 90, 75, 50, 25 };	/* percent kept, the fastest ones */

static const double noticed = 4.5;

struct mean {
	double n, mean, square;		/* the last: sum of squared differences */
};

/* Welford's: no great numbers are subtracted from each other. */
static void add(struct mean *m, double x)
{
	const double before = x - m->mean;

	m->n++;
	m->mean += before / m->n;
	m->square += before * (x - m->mean);
}

static double error_squared(const struct mean *m)
{
	return m->square / (m->n - 1) / m->n;
}

static int by_ticks(const void *a, const void *b)
{
	const struct timing *x = a, *y = b;

	return (x->ticks > y->ticks) - (x->ticks < y->ticks);
}

/* Of the first @n samples. False if that is too little to say anything. */
static bool test(const struct timing *samples, size_t n, double *t, double *sees)
{
	struct mean m[2] = { { .n = 0 }, { .n = 0 } };
	double error;

	for (size_t i = 0; i < n; i++)
		add(&m[samples[i].class], (double)samples[i].ticks);
	if (m[0].n < 2 || m[1].n < 2)
		return false;
	error = sqrt(error_squared(&m[0]) + error_squared(&m[1]));
	/* All the same: no difference, or one without any doubt. */
	*t = m[0].mean == m[1].mean ? 0 : (m[0].mean - m[1].mean) / error;
	*sees = noticed * error;
	return true;
}

static double median(const struct timing *sorted, size_t n, unsigned class)
{
	size_t of_class = 0, seen = 0;

	for (size_t i = 0; i < n; i++)
		of_class += sorted[i].class == class;
	for (size_t i = 0; i < n; i++)
		if (sorted[i].class == class && seen++ == of_class / 2)
			return (double)sorted[i].ticks;
	return 0;
}

/* Samples that took the same time are cropped together, or their order would decide. */
static size_t cropped(const struct timing *sorted, size_t n, double percent)
{
	size_t kept = (size_t)((double)n * percent / 100);

	while (kept && kept < n && sorted[kept].ticks == sorted[kept - 1].ticks)
		kept++;
	return kept;
}

struct verdict welch(struct timing *samples, size_t n)
{
	struct verdict v = { .kept = 100 };
	double t, sees;

	qsort(samples, n, sizeof(*samples), by_ticks);
	v.median[0] = median(samples, n, 0);
	v.median[1] = median(samples, n, 1);
	for (size_t i = 0; i < sizeof(crops) / sizeof(*crops); i++) {
		if (!test(samples, cropped(samples, n, crops[i]), &t, &sees))
			continue;
		if (i == 0)
			v.t = t;
		if (i == 0 || sees < v.sees)
			v.sees = sees;
		if (fabs(t) > fabs(v.t_cropped)) {
			v.t_cropped = t;
			v.kept = crops[i];
		}
	}
	return v;
}
