/* SPDX-License-Identifier: MIT */
/* ktlsctl stats for people. */
#include <inttypes.h>

#include "out/table.h"
#include "stats.h"
#include "system/stat_state.h"

static void change_cell(const struct stats_report *r, const struct tls_counter *c, enum stats_column column, enum out_tone tone,
			struct out_table *t)
{
	int64_t change;

	if (column == STATS_VALUES)
		return;
	if (!r->before || !stat_state_change(r->before, c, &change))
		out_table_cell(t, tone, "?");
	else if (column == STATS_CHANGE)
		out_table_cell(t, tone, "%s%" PRId64, change > 0 ? "+" : "", change);
	else if (r->seconds > 0)
		out_table_cell(t, tone, "%.1f", (double)change / r->seconds);
	else
		out_table_cell(t, tone, "?");
}

static void row(const struct stats_report *r, const struct tls_counter *c, enum stats_column column, struct out_table *t)
{
	const enum out_tone tone = c->value > 0 && tls_counter_kind(c) == TLS_COUNTER_ERROR ? OUT_WARN : OUT_PLAIN;

	out_table_cell(t, tone, "%s", c->name);
	if (c->value < 0)
		out_table_cell(t, tone, "?");
	else
		out_table_cell(t, tone, "%" PRId64, c->value);
	change_cell(r, c, column, tone, t);
	out_table_cell(t, tone, "%s", c->info ? c->info->meaning : "");
}

static void print_since(const struct stats_report *r, struct out *o)
{
	if (r->before)
		out_text(o, OUT_PLAIN, "since the last call, %.1f s ago", r->seconds);
	else
		out_text(o, OUT_PLAIN, "no earlier values are kept; the next call will say what changed");
	out_line(o);
}

int stats_print_text(const struct stats_report *r, enum stats_column column, struct out *o)
{
	static const struct out_column columns[][4] = {
		[STATS_VALUES] = { { "counter", OUT_LEFT }, { "value", OUT_RIGHT }, { "meaning", OUT_LEFT } },
		[STATS_CHANGE] = { { "counter", OUT_LEFT }, { "value", OUT_RIGHT }, { "change", OUT_RIGHT }, { "meaning", OUT_LEFT } },
		[STATS_RATE] = { { "counter", OUT_LEFT }, { "value", OUT_RIGHT }, { "per second", OUT_RIGHT }, { "meaning", OUT_LEFT } },
	};
	struct out_table *t;
	int ret = out_table_new(&t, columns[column], column == STATS_VALUES ? 3 : 4);

	if (ret)
		return ret;
	if (column == STATS_CHANGE)
		print_since(r, o);
	for (size_t i = 0; i < r->stat.n; i++)
		row(r, &r->stat.counters[i], column, t);
	ret = out_table_print(t, o);
	out_table_free(t);
	return ret;
}
