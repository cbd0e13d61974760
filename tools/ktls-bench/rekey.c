/* SPDX-License-Identifier: MIT */
/* What a KeyUpdate costs: throughput with one every so many bytes. */
#include <inttypes.h>

#include "cli/units.h"
#include "ktls-bench/comparison.h"
#include "ktls-bench/throughput.h"

static void add_intervals(const struct bench_options *o, const struct carrier *carrier, struct bench_case *cases, size_t *n)
{
	for (unsigned i = 0; i < o->n_every; i++) {
		char suffix[24], size[CLI_SIZE_WORDS], words[CLI_SIZE_WORDS + 8];
		struct bench_case *c;

		snprintf(suffix, sizeof(suffix), "-%" PRIu64, o->every[i]);
		cli_format_size(size, o->every[i]);
		snprintf(words, sizeof(words), ", every %s", size);
		c = case_add(cases, n, carrier, suffix, words);
		if (!c)
			return;
		c->every = o->every[i];
		snprintf(c->base, sizeof(c->base), "%s", carrier->id);
	}
}

/* Each is compared with itself without KeyUpdates: that is what they cost. */
static size_t list(const struct bench_options *o, struct bench_case cases[BENCH_CASES_MAX])
{
	size_t n = 0;

	for (size_t i = 0; carriers[i]; i++) {
		struct bench_case *c;

		if (!carriers[i]->rekey || carriers[i]->from_file)
			continue;
		c = case_add(cases, &n, carriers[i], "", ", never");
		if (c)
			snprintf(c->base, sizeof(c->base), "%s", carriers[i]->id);
		add_intervals(o, carriers[i], cases, &n);
	}
	return n;
}

static double rekeys(const struct sample *s)
{
	return s->seconds > 0 ? (double)s->rekeys / s->seconds : -1;
}

static const struct bench_extra extras[] = {
	{ .key = "key_updates_per_second", .title = "rekeys/s", .scale = 1, .of = rekeys },
	{ 0 },
};

/* As many as there really were: between writes, not within them. */
static double updates_in_a_gib(const struct row *row)
{
	double updates = 0, gib = 0;

	for (unsigned i = 0; i < row->n; i++) {
		updates += (double)row->samples[i].rekeys;
		gib += throughput_work(&row->samples[i]);
	}
	return gib > 0 ? updates / gib : 0;
}

/* CPU time of both ends for one KeyUpdate: what a GiB costs more, by the KeyUpdates in a GiB; 0: there were none. */
static double microseconds_each(const struct row *row, const struct row *never)
{
	const double updates = updates_in_a_gib(row);

	return updates > 0 ? (row->cost.median - never->cost.median) * 1e6 / updates : 0;
}

static void conclude(FILE *f, const struct comparison *c)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct row *row = &c->rows[i], *never = row->n ? comparison_base_of(c, row) : NULL;
		double us;

		/* The most frequent of them shows the cost best. */
		if (!never || row->what.every != c->options->every[0])
			continue;
		us = microseconds_each(row, never);
		fprintf(f, "%s: a KeyUpdate costs %.1f us of CPU time, both ends together%s. ", row->what.carrier->title, us,
			stats_overlap(&row->cost, &never->cost) ? ", but that lies within the spread of the measurements" : "");
	}
}

const struct bench_mode bench_rekey = {
	.name = "rekey",
	.only_tls13 = true,
	.takes = TAKES_BYTES | TAKES_DIRECTIONS | TAKES_LENGTH | TAKES_EVERY | TAKES_REVERSE | TAKES_PARALLEL | TAKES_CLOCK | TAKES_FILE |
		 TAKES_REMOTE,
	.length = 16 << 10,
	.lengths = "writes",
	.list = list,
	.take = sample_take,
	.send = throughput_send,
	.receive = throughput_receive,
	THROUGHPUT_RATE,
	.cost_title = "CPU s/GiB",
	.extras = extras,
	.conclude = conclude,
};
