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

static bool is_of_engine(const struct row *row)
{
	return row->what.carrier == &carrier_engine;
}

/* The best of the rows of that size that are @who's. */
static const struct row *best_of(const struct comparison *c, bool (*who)(const struct row *row), size_t size)
{
	const struct row *best = NULL;

	for (size_t i = 0; i < c->n; i++) {
		const struct row *row = &c->rows[i];

		if (row->n && row->what.size == size && who(row) && (!best || row->rate.median > best->rate.median))
			best = row;
	}
	return best;
}

static bool kernel_was_refused(const struct comparison *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (is_of_kernel(&c->rows[i]) && c->rows[i].why_not[0])
			return true;
	return false;
}

static void say_of(FILE *f, const struct comparison *c, const struct row *row)
{
	const struct row *base = row ? comparison_base_of(c, row) : NULL;

	if (base && base != row)
		comparison_say_ratio(f, c, row, base);
}

/* What is to be said of a comparison of carriers: with several sizes, of the smallest and of the largest. */
static void conclude(FILE *f, const struct comparison *c)
{
	const struct bench_options *o = c->options;
	const size_t last = o->n_sizes ? o->n_sizes - 1 : 0;

	for (size_t i = 0; i <= last; i += last ? last : 1) {
		const size_t size = o->n_sizes ? (size_t)o->sizes[i] : 0;
		const struct row *kernel = best_of(c, is_of_kernel, size);

		if (!kernel && i == 0 && kernel_was_refused(c))
			fputs("Kernel TLS could not be measured here. ", f);
		say_of(f, c, kernel);
		say_of(f, c, best_of(c, is_of_engine, size));
	}
}

static bool has_reconnected(const struct comparison *c)
{
	for (size_t i = 0; i < c->n; i++)
		for (unsigned k = 0; k < c->rows[i].n; k++)
			if (c->rows[i].samples[k].dials)
				return true;
	return false;
}

static void say_of_peer(FILE *f, const struct comparison *c)
{
	if (has_reconnected(c))
		fputs("The server ends its connections: new ones, with their handshakes, are in these numbers. ", f);
	fputs("The CPU time is that of this end only; the server's is not known.", f);
	if (c->peer.is_loopback)
		fputs(" This is loopback: no network card, no other machine, the server on the same CPUs.", f);
}

static bool has_framing(const struct bench_options *o)
{
	for (enum work work = 0; work < WORKS; work++)
		if (work_rows[work].is_batch && o->operations & 1U << work)
			return true;
	return false;
}

/* What the numbers hold for. */
static void say_where(FILE *f, const struct comparison *c)
{
	const struct remote_server *there = &c->server;

	if (c->options->mode->alone)
		fprintf(f, "This is one thread with records in its caches: no sockets%s.",
			has_framing(c->options) ? "" : ", no framing, no copies");
	else if (c->options->peer)
		say_of_peer(f, c);
	else if (!c->options->client || there->same_network)
		fputs("This is loopback: no network card, no other machine, both ends on the same CPUs.", f);
	else if (there->same_machine)
		fputs("Both ends are on one machine, in network namespaces of their own: no other machine, both ends on the same CPUs.", f);
	else
		fputs("Two machines and the network between them: where that is the limit the speeds are the same, and only the CPU time tells "
		      "the cases apart. It is that of both machines together.", f);
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
	say_where(f, c);
	if (fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}
