/* SPDX-License-Identifier: MIT */
/* Many short measurements of the same thing, one after another. */
#ifndef KTLS_BENCH_BLOCKS_H
#define KTLS_BENCH_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	BLOCKS_MAX = 16384,	/* kept, evenly spread over all that were added */
};

struct block {
	double ticks;
	double cycles;	/* of the core; 0: not known */
	bool quiet;	/* nobody else used the core */
};

struct blocks {
	struct block *list;
	size_t n;
	uint64_t every;			/* one of so many is kept */
	uint64_t added, added_quiet;	/* of all */
};

/* What they say: medians. */
struct blocks_summary {
	uint64_t n;			/* blocks that it is made of: the quiet ones, or all if there are none */
	double ticks, cycles;		/* of them; cycles are 0 if not known */
	double all_ticks;		/* as found: of all */
};

/* 0 or -ENOMEM; blocks_free() in either case. */
int blocks_make(struct blocks *b);
void blocks_free(struct blocks *b);

void blocks_add(struct blocks *b, const struct block *block);

/* 0, -ENOMEM, or -ENODATA when there are no blocks. */
int blocks_sum_up(const struct blocks *b, struct blocks_summary *sum);

#endif
