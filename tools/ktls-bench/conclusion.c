/* SPDX-License-Identifier: MIT */
/* What a comparison means, in plain words. */
#include <stdio.h>
#include <stdlib.h>

#include "ktls-bench/comparison.h"

void comparison_say_ratio(FILE *f, const struct comparison *c, const struct row *row, const struct row *base)
{
	const double speed = stats_ratio(&row->rate, &base->rate), cost = stats_ratio(&row->cost, &base->cost);

	fprintf(f, "%s %s %.2f times what %s does, with %.2f times the CPU time for each", row->what.title, c->options->mode->does, speed,
		base->what.title, cost);
	if (stats_overlap(&row->rate, &base->rate))
		fputs(" (the speeds lie within each other's spread, so that they cannot be told apart)", f);
	fputs(". ", f);
}

static bool is_of_kernel(const struct row *row)
{
	return row->what.carrier && row->what.carrier->is_kernel;
}

/* The better one of the rows that the kernel carries. */
static const struct row *best_of_kernel(const struct comparison *c)
{
	const struct row *best = NULL;

	for (size_t i = 0; i < c->n; i++)
		if (c->rows[i].n && is_of_kernel(&c->rows[i]) && (!best || c->rows[i].rate.median > best->rate.median))
			best = &c->rows[i];
	return best;
}

static bool kernel_was_refused(const struct comparison *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (is_of_kernel(&c->rows[i]) && c->rows[i].why_not[0])
			return true;
	return false;
}

/* What is to be said of a comparison of carriers. */
static void conclude(FILE *f, const struct comparison *c)
{
	const struct row *base = comparison_base(c), *engine = comparison_row(c, "engine"), *kernel = best_of_kernel(c);

	if (kernel && base && kernel != base)
		comparison_say_ratio(f, c, kernel, base);
	else if (!kernel && kernel_was_refused(c))
		fputs("Kernel TLS could not be measured here. ", f);
	if (engine && base && engine != base)
		comparison_say_ratio(f, c, engine, base);
}

char *comparison_conclusion(const struct comparison *c)
{
	const struct bench_mode *mode = c->options->mode;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	(mode->conclude ? mode->conclude : conclude)(f, c);
	fputs("This is loopback: no network card, no other machine, both ends on the same CPUs.", f);
	if (fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}
