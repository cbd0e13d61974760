/* SPDX-License-Identifier: MIT */
/* Records alone: every leaf of libktls beside libcrypto, no sockets and no processes. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <ktls/aead.h>

#include "cli/args.h"
#include "ktls-bench/comparison.h"
#include "ktls-bench/crypto.h"
#include "ktls-bench/ipsec_mb.h"
#include "ktls-bench/records.h"

/* --- the rows ------------------------------------------------------------------- */

/* @like has what it does, and how; @who does it. */
static void add(struct bench_case *cases, size_t *n, const struct bench_case *like, const char *who)
{
	const struct work_row *work = &work_rows[like->work];
	const char *place = like->in_place ? "-in-place" : "";
	struct bench_case *c = &cases[*n];

	if (*n == BENCH_CASES_MAX)
		cli_usage_error("--sizes: more than %d rows", BENCH_CASES_MAX);
	*c = *like;
	snprintf(c->group, sizeof(c->group), "%s", who);
	snprintf(c->id, sizeof(c->id), "%s-%s%s", who, work->name, place);
	snprintf(c->base, sizeof(c->base), "libcrypto-%s%s", work->name, place);
	snprintf(c->title, sizeof(c->title), "%s, %s%s", who, work->title, like->in_place ? " in place" : "");
	case_set_size(c, like->size);
	(*n)++;
}

static void add_all(struct bench_case *cases, size_t *n, const struct bench_case *like, bool ipsec_mb)
{
	struct ktls_aead_leaf_info leaf;
	struct bench_case one = *like;

	add(cases, n, like, "libcrypto");
	for (size_t i = 0; ipsec_mb && (one.set = ipsec_mb_set_at(i)); i++) {
		char who[sizeof(one.group)];

		snprintf(who, sizeof(who), "ipsec-mb-%s", one.set);
		add(cases, n, &one, who);
	}
	one.set = NULL;
	for (size_t i = 0; !ktls_aead_leaf_at(i, NULL, &leaf); i++) {
		one.leaf = leaf.name;
		add(cases, n, &one, leaf.name);
	}
}

static size_t list(const struct bench_options *o, struct bench_case cases[BENCH_CASES_MAX])
{
	size_t n = 0;

	for (unsigned i = 0; i < o->n_sizes; i++)
		for (enum work work = 0; work < WORKS; work++)
			for (int in_place = 0; in_place <= (o->in_place && work_rows[work].has_places); in_place++) {
				const struct bench_case like = {
					.size = o->sizes[i], .work = work, .in_place = in_place,
				};

				if (o->operations & 1U << work)
					add_all(cases, &n, &like, o->ipsec_mb);
			}
	return n;
}

/* --- what it says ----------------------------------------------------------------- */

static double work(const struct sample *s)
{
	return (double)s->bytes / BENCH_GIB;
}

static double bytes_per_cycle(const struct sample *s)
{
	return s->extra[CRYPTO_BYTES_PER_CYCLE];
}

static double cycles_per_record(const struct sample *s)
{
	return s->extra[CRYPTO_CYCLES];
}

static double quiet_share(const struct sample *s)
{
	return s->extra[CRYPTO_QUIET];
}

static double as_found(const struct sample *s)
{
	return s->extra[CRYPTO_AS_FOUND];
}

static const struct bench_extra extras[] = {
	{ .key = "bytes_per_cycle", .title = "B/cycle", .scale = 1, .digits = 2, .of = bytes_per_cycle },
	{ .key = "cycles_per_record", .title = "cycles", .scale = 1, .of = cycles_per_record },
	{ .key = "as_found_bytes_per_second", .title = "as found", .scale = 1e-9, .digits = 2, .of = as_found },
	{ .key = "quiet_share", .title = "quiet%", .scale = 100, .of = quiet_share },
	{ 0 },
};

/* Every leaf at the longest records: that is where most of the bytes are. */
static void say_ratios(FILE *f, const struct comparison *c)
{
	const uint64_t longest = c->options->sizes[c->options->n_sizes - 1];

	for (size_t i = 0; i < c->n; i++) {
		const struct row *row = &c->rows[i], *base = row->n ? comparison_base_of(c, row) : NULL;

		if (!base || !row->what.leaf || row->what.size != longest || row->what.in_place)
			continue;
		fprintf(f, "%s: %.2f times libcrypto's speed%s. ", row->what.title, stats_ratio(&row->rate, &base->rate),
			stats_overlap(&row->rate, &base->rate) ? " (within each other's spread)" : "");
	}
}

/* 1: all of its samples are of quiet blocks; 0: not all; -1: nobody knows. */
static int is_quiet(const struct row *row)
{
	for (unsigned i = 0; i < row->n; i++)
		if (quiet_share(&row->samples[i]) <= 0)
			return quiet_share(&row->samples[i]) < 0 ? -1 : 0;
	return 1;
}

static void warn(FILE *f, const struct comparison *c)
{
	size_t loud = 0, unknown = 0;

	for (size_t i = 0; i < c->n; i++) {
		loud += is_quiet(&c->rows[i]) == 0;
		unknown += is_quiet(&c->rows[i]) < 0;
	}
	if (unknown)
		fputs("On this CPU it cannot be seen who else uses its cores: all is as found. ", f);
	if (loud)
		fprintf(f, "Warning: somebody else used the core all the time while %zu row%s measured, whose figures are as found. ", loud,
			loud == 1 ? " was" : "s were");
}

static void conclude(FILE *f, const struct comparison *c)
{
	say_ratios(f, c);
	warn(f, c);
}

static const uint64_t sizes[] = { 64, 256, 1024, 4096, RECORD_MAX, 0 };

const struct bench_mode bench_crypto = {
	.name = "crypto",
	.takes = TAKES_SIZES | TAKES_OPERATIONS | TAKES_BATCH | TAKES_HOT | TAKES_IPSEC_MB | TAKES_TIME,
	.alone = true,
	.lengths = "records",
	.sizes = sizes,
	.size_max = RECORD_MAX,
	.time_ms = 200,
	.list = list,
	.take_together = crypto_take,
	.work = work,
	.rate_of_work = BENCH_GIB,
	.cost_by_bytes = true,
	.rate_key = "bytes_per_second",
	.cost_key = "cpu_seconds_per_gib",
	.rate_title = "GB/s",
	.cost_title = "CPU s/GiB",
	.rate_scale = 1e-9,
	.cost_scale = 1,
	.extras = extras,
	.does = "seals and opens",
	.conclude = conclude,
};
