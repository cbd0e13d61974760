/* SPDX-License-Identifier: MIT */
/*
 * Records alone, measured: short blocks of records, of all cases in turn, each between two looks at the core. Blocks
 * of tens of microseconds, so that many of them lie between two of whatever else a machine does, and those are taken
 * that were quiet.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/wait.h"
#include "ktls-bench/batch.h"
#include "ktls-bench/blocks.h"
#include "ktls-bench/clock.h"
#include "ktls-bench/core.h"
#include "ktls-bench/crypter.h"
#include "ktls-bench/crypto.h"
#include "ktls-bench/options.h"
#include "ktls-bench/records.h"
#include "ktls-bench/sample.h"

static const double block_seconds = 30e-6;

enum {
	RECORDS_IN_BLOCK_MAX = 1 << 16,	/* where they do not run out */
};

/* A case at work. */
struct worker {
	struct bench_seat *seat;
	struct crypter *crypter;
	struct pass pass;		/* whose output can be compared */
	struct pass timed;
	size_t unit;			/* records that are done at once */
	size_t n;			/* records in a block */
	size_t n_max;			/* as many as there are */
	struct blocks blocks;
};

struct table {
	const struct trial *t;
	struct records records;
	struct batch batch;		/* only where somebody takes it */
	struct worker *workers;
	size_t n;
	struct core core;
	uint64_t ticks_from;		/* the clocks when it was laid */
	double seconds_from;
};

/* By all the time since then: the longer, the better. */
static double seconds_per_tick(const struct table *table)
{
	return (cli_now_seconds() - table->seconds_from) / (double)(clock_ticks() - table->ticks_from);
}

/* --- the same as libcrypto? --------------------------------------------------------- */

static int differs(struct worker *w, const char *how)
{
	snprintf(w->seat->why, CARRIER_WHY_MAX, "%s", how);
	return -EBADMSG;
}

static const char *refused(const struct work_row *row)
{
	return row->opens ? "a record that libcrypto sealed is refused" : "a record cannot be sealed";
}

/* One by one, since they come out at the same place. */
static int check_output(const struct table *table, struct worker *w)
{
	const struct bench_case *what = w->seat->what;
	const struct work_row *row = &work_rows[what->work];
	const struct records *r = &table->records;
	const uint8_t *wanted = row->opens ? r->plain : r->sealed;
	const size_t len = r->size + (row->opens ? 0 : KTLS_AEAD_TAG_LEN);

	records_refill(r, row->opens, r->n);
	for (size_t i = 0; i < r->n; i++) {
		if (!what->in_place)
			memset(pass_out(&w->pass, i), 0, len);
		if (crypter_run(w->crypter, &w->pass, i, 1))
			return differs(w, refused(row));
		if (memcmp(pass_out(&w->pass, i), wanted + i * r->stride, len) != 0)
			return differs(w, "what comes out differs from libcrypto's");
	}
	return 0;
}

/* One that does not look at the tag would be fast. */
static int check_refusal(const struct table *table, struct worker *w)
{
	const struct records *r = &table->records;
	const struct pass pass = records_pass(r, true, true);

	records_refill(r, true, 1);
	r->work[r->size + KTLS_AEAD_TAG_LEN - 1] ^= 1;
	return crypter_run(w->crypter, &pass, 0, 1) == -EBADMSG ? 0 : differs(w, "a record with a wrong tag is opened");
}

/* All of a batch, and its last tag. */
static int check_batch(const struct table *table, struct worker *w)
{
	const struct work_row *row = &work_rows[w->seat->what->work];
	const struct pass *p = &w->pass;
	uint8_t *tag = table->batch.wire + p->batch * p->stride - 1;
	int ret;

	memset(p->out, 0, p->out_room);
	if (crypter_run(w->crypter, p, 0, p->batch))
		return differs(w, refused(row));
	if (memcmp(p->out, row->opens ? table->batch.data : table->batch.wire,
		   p->batch * (row->opens ? p->size : p->stride)) != 0)
		return differs(w, "what comes out differs from libcrypto's");
	if (!row->opens)
		return 0;
	*tag ^= 1;
	ret = crypter_run(w->crypter, p, 0, p->batch);
	*tag ^= 1;
	return ret == -EBADMSG ? 0 : differs(w, "a record with a wrong tag is opened");
}

static int check(const struct table *table, struct worker *w)
{
	const struct work_row *row = &work_rows[w->seat->what->work];
	int ret;

	if (row->is_batch)
		return check_batch(table, w);
	ret = check_output(table, w);
	return ret || !row->opens ? ret : check_refusal(table, w);
}

/* --- blocks --------------------------------------------------------------------- */

static int run_block(const struct table *table, struct worker *w, uint64_t *ticks)
{
	uint64_t start;
	int ret;

	if (w->seat->what->in_place)
		records_refill(&table->records, work_rows[w->seat->what->work].opens, w->n);
	start = clock_ticks();
	ret = crypter_run(w->crypter, &w->timed, 0, w->n);
	*ticks = clock_ticks() - start;
	return ret;
}

/* How many records are a block: the shortest of some times, lest somebody who came in between make it short. */
static int choose_length(const struct table *table, struct worker *w)
{
	uint64_t ticks, least = UINT64_MAX;
	double seconds;
	int ret = 0;

	w->n = w->unit > 1 || w->n_max < 4 ? w->unit : 4;
	for (int i = 0; !ret && i < 8; i++) {
		ret = run_block(table, w, &ticks);
		least = ticks < least ? ticks : least;
	}
	seconds = (double)least * seconds_per_tick(table) / (double)w->n;
	w->n = seconds * (double)w->n_max > block_seconds ? (size_t)(block_seconds / seconds) : w->n_max;
	w->n = w->n > w->unit ? w->n / w->unit * w->unit : w->unit;
	return ret;
}

/*
 * The first time is not measured: it brings the records into the caches and wakes the units that the instructions need, which
 * takes some while for wide registers.
 */
static int measure_block(const struct table *table, struct worker *w)
{
	struct core_look before, after;
	uint64_t ticks;
	int ret = run_block(table, w, &ticks);

	if (!ret) {
		core_look(&table->core, &before);
		ret = run_block(table, w, &ticks);
		core_look(&table->core, &after);
	}
	if (!ret) {
		const struct block block = {
			.ticks = (double)ticks, .cycles = (double)ticks * (before.clock + after.clock) / 2,
			.quiet = core_was_quiet(&table->core, &before, &after),
		};

		blocks_add(&w->blocks, &block);
	}
	return ret;
}

static size_t count_able(const struct bench_seat *seats, size_t n)
{
	size_t able = 0;

	for (size_t i = 0; i < n; i++)
		able += !seats[i].ret;
	return able;
}

/* In turn, each time from another one on, until each of the @able ones has had its time. */
static int measure_rounds(struct table *table, size_t able)
{
	const double end = cli_now_seconds() + (double)able * (double)table->t->options->time_ms / 1e3;
	struct pollfd fd = { .fd = -1 };
	int ret = 0;

	for (size_t round = 0; !ret && (!round || cli_now_seconds() < end); round++) {
		for (size_t i = 0; !ret && i < table->n; i++) {
			struct worker *w = &table->workers[(round + i) % table->n];

			if (!w->seat->ret)
				w->seat->ret = measure_block(table, w);
		}
		ret = cli_wait_poll(table->t->wait, &fd, 1, 0);
	}
	return ret;
}

/* -------------------------------------------------------------------------------- */

static double per(double what, double by)
{
	return by > 0 ? what / by : -1;
}

static int sum_up(const struct table *table, struct worker *w)
{
	const double records = (double)w->n, bytes = records * (double)table->records.size, tick = seconds_per_tick(table);
	struct sample *s = w->seat->sample;
	struct blocks_summary sum;
	const int ret = blocks_sum_up(&w->blocks, &sum);

	if (ret)
		return ret;
	s->ops = sum.n * w->n;
	s->bytes = s->ops * table->records.size;
	/* As if each block had taken as long as the median one. */
	s->seconds = (double)sum.n * sum.ticks * tick;
	s->sender.user = s->seconds;
	s->extra[CRYPTO_BYTES_PER_CYCLE] = per(bytes, sum.cycles);
	s->extra[CRYPTO_CYCLES] = sum.cycles > 0 ? sum.cycles / records : -1;
	s->extra[CRYPTO_QUIET] = table->core.alone ? per((double)w->blocks.added_quiet, (double)w->blocks.added) : -1;
	s->extra[CRYPTO_AS_FOUND] = per(bytes, sum.all_ticks * tick);
	snprintf(s->facts.tx, sizeof(s->facts.tx), "%.*s", (int)sizeof(s->facts.tx) - 1, crypter_name(w->crypter));
	memcpy(s->facts.rx, s->facts.tx, sizeof(s->facts.rx));
	return 0;
}

/* --- the table -------------------------------------------------------------------- */

static void choose_pass(const struct table *table, struct worker *w)
{
	const struct bench_case *what = w->seat->what;
	const struct work_row *row = &work_rows[what->work];
	const bool is_hot = table->t->options->hot && row->has_places;

	if (row->is_batch) {
		w->unit = what->work == WORK_REKEY || what->work == WORK_SETUP ? 1 : table->batch.n;
		w->pass = w->timed = batch_pass(&table->batch, w->unit, row->opens);
		w->n_max = RECORDS_IN_BLOCK_MAX;
		return;
	}
	w->unit = 1;
	w->pass = records_pass(&table->records, row->opens, what->in_place);
	w->timed = is_hot ? records_hot_pass(&table->records, row->opens) : w->pass;
	w->n_max = is_hot ? RECORDS_IN_BLOCK_MAX : table->records.n;
}

static int prepare(struct table *table, struct worker *w)
{
	const struct bench_case *what = w->seat->what;
	const struct crypter_who who = { .leaf = what->leaf, .set = what->set, .lib = table->t->ipsec_mb };
	int ret = crypter_new(&w->crypter, &who, table->t->options->cipher, what->work, w->seat->why);

	if (ret)
		return ret;
	choose_pass(table, w);
	ret = blocks_make(&w->blocks);
	if (!ret)
		ret = check(table, w);
	return ret ? ret : choose_length(table, w);
}

static bool has_batches(const struct bench_seat *seats, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (work_rows[seats[i].what->work].is_batch)
			return true;
	return false;
}

/* Both of libcrypto's sealing: by that all others are judged. */
static int make_records(struct table *table, size_t size, bool batches, char why[CARRIER_WHY_MAX])
{
	const struct crypter_who libcrypto = { 0 };
	const struct bench_options *o = table->t->options;
	struct crypter *reference = NULL;
	int ret = crypter_new(&reference, &libcrypto, o->cipher, WORK_SEAL, why);

	if (!ret)
		ret = records_make(&table->records, size, table->t->pattern, reference);
	crypter_free(reference);
	if (ret || !batches)
		return ret;
	ret = crypter_new(&reference, &libcrypto, o->cipher, WORK_SEAL_BATCH, why);
	if (ret)
		return ret;
	ret = batch_make(&table->batch, size, o->batch, table->t->pattern, reference);
	crypter_free(reference);
	return ret;
}

static void lay(struct table *table, const struct trial *t, struct bench_seat *seats, size_t n)
{
	char why[CARRIER_WHY_MAX] = "";
	int ret;

	*table = (struct table){
		.t = t, .n = n, .workers = calloc(n, sizeof(*table->workers)),
		.ticks_from = clock_ticks(), .seconds_from = cli_now_seconds(),
	};
	core_learn(&table->core);
	ret = table->workers ? make_records(table, seats[0].what->size, has_batches(seats, n), why) : -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		seats[i].ret = ret;
		memcpy(seats[i].why, why, sizeof(why));
		*seats[i].sample = (struct sample){ .softirq = -1, .kernel_tx = -1, .kernel_rx = -1 };
		if (ret)
			continue;
		table->workers[i].seat = &seats[i];
		seats[i].ret = prepare(table, &table->workers[i]);
	}
}

static void clear(struct table *table)
{
	for (size_t i = 0; table->workers && i < table->n; i++) {
		crypter_free(table->workers[i].crypter);
		blocks_free(&table->workers[i].blocks);
	}
	free(table->workers);
	records_free(&table->records);
	batch_free(&table->batch);
}

/* What cannot be had and what came out wrong is said by others. */
static void say_failure(const struct bench_seat *seat, struct cli_failure *f)
{
	if (seat->ret && seat->ret != -EOPNOTSUPP && seat->ret != -EBADMSG)
		cli_fail(f, CLI_IO, "%s: %s", seat->what->title, seat->why[0] ? seat->why : strerror(-seat->ret));
}

int crypto_take(const struct trial *t, struct bench_seat *seats, size_t n, struct cli_failure *f)
{
	struct table table;
	size_t able;
	int ret;

	lay(&table, t, seats, n);
	able = count_able(seats, n);
	ret = able ? measure_rounds(&table, able) : 0;
	for (size_t i = 0; i < n; i++) {
		if (!ret && !seats[i].ret)
			seats[i].ret = sum_up(&table, &table.workers[i]);
		say_failure(&seats[i], f);
	}
	clear(&table);
	if (ret)
		cli_fail_wait(f, t->wait, ret, seats[0].what->title, "measuring");
	return ret;
}
