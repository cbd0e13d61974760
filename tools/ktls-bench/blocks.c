/* SPDX-License-Identifier: MIT */
/* Many short measurements of the same thing, one after another. */
#include <errno.h>
#include <stdlib.h>

#include "ktls-bench/blocks.h"
#include "ktls-bench/stats.h"

int blocks_make(struct blocks *b)
{
	*b = (struct blocks){ .list = calloc(BLOCKS_MAX, sizeof(*b->list)), .every = 1 };
	return b->list ? 0 : -ENOMEM;
}

void blocks_free(struct blocks *b)
{
	free(b->list);
	b->list = NULL;
}

/* Every other one goes, and from then on half as many come. */
static void thin_out(struct blocks *b)
{
	b->n = BLOCKS_MAX / 2;
	for (size_t i = 0; i < b->n; i++)
		b->list[i] = b->list[2 * i];
	b->every *= 2;
}

void blocks_add(struct blocks *b, const struct block *block)
{
	if (b->n == BLOCKS_MAX)
		thin_out(b);
	if (b->added % b->every == 0)
		b->list[b->n++] = *block;
	b->added++;
	b->added_quiet += block->quiet;
}

static double ticks_of(const struct block *block)
{
	return block->ticks;
}

static double cycles_of(const struct block *block)
{
	return block->cycles;
}

/* @values has room for all. 0 if there are none. */
static double median(const struct blocks *b, bool quiet_only, double (*of)(const struct block *block), double *values, size_t *n)
{
	*n = 0;
	for (size_t i = 0; i < b->n; i++)
		if (b->list[i].quiet || !quiet_only)
			values[(*n)++] = of(&b->list[i]);
	return *n ? stats_of(values, *n).median : 0;
}

int blocks_sum_up(const struct blocks *b, struct blocks_summary *sum)
{
	double *values;
	bool quiet;
	size_t n;

	if (!b->n)
		return -ENODATA;
	values = malloc(b->n * sizeof(*values));
	if (!values)
		return -ENOMEM;
	*sum = (struct blocks_summary){ .all_ticks = median(b, false, ticks_of, values, &n) };
	sum->ticks = median(b, true, ticks_of, values, &n);
	quiet = n > 0;
	if (!quiet)
		sum->ticks = sum->all_ticks;
	sum->cycles = median(b, quiet, cycles_of, values, &n);
	sum->n = quiet ? b->added_quiet : b->added;
	free(values);
	return 0;
}
