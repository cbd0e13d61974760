/* SPDX-License-Identifier: MIT */
/* A comparison for people. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ktls-bench/report.h"
#include "out/table.h"

enum {
	BAR_WIDTH = 40,
	/* Beyond that a median says little. */
	SPREAD_WARN = 15,
};

static void print_machine(const struct comparison *c, struct out *o)
{
	const struct machine *m = &c->machine;
	const struct bench_options *b = c->options;

	if (b->title) {
		out_text(o, OUT_HEAD, "%s", b->title);
		out_line(o);
	}
	out_text(o, OUT_PLAIN, "Linux %s, %s, %ld CPUs%s%s%s%s", m->kernel, m->cpu, m->cpus, m->virt[0] ? ", " : "", m->virt,
		 m->governor[0] ? ", governor " : "", m->governor);
	out_line(o);
	out_text(o, OUT_PLAIN, "libssl %s, libktls %s with %s; TLS %s, %s, records of %u, %s of %zu", m->libssl, m->libktls, m->leaf,
		 b->tls_version == TLS1_3_VERSION ? "1.3" : "1.2", b->cipher, b->record,
		 b->mode->has_latency ? "requests" : "writes", b->length);
	out_line(o);
	out_text(o, OUT_PLAIN, "loopback, %s, %u connection%s, %u runs in turn, medians", c->congestion, b->streams,
		 b->streams == 1 ? "" : "s", b->runs);
	out_line(o);
}

/* What follows the name of a case, in the order of its columns. */
static void result_cells(const struct row *row, const struct row *base, const struct bench_mode *mode, struct out_table *t)
{
	const double spread = 100 * stats_spread(&row->rate);

	out_table_cell(t, OUT_PLAIN, "%.*f", mode->rate_scale < 1 ? 2 : 0, row->rate.median * mode->rate_scale);
	out_table_cell(t, spread > SPREAD_WARN ? OUT_WARN : OUT_PLAIN, "%.0f%%", spread);
	out_table_cell(t, OUT_PLAIN, "%.2f", stats_ratio(&row->rate, &base->rate));
	for (size_t i = 0; mode->has_latency && i < LATENCY_POINTS; i++)
		out_table_cell(t, OUT_PLAIN, "%.1f", (double)latency_percentile(&row->latency, latency_points[i].percent) / 1e3);
	out_table_cell(t, OUT_PLAIN, "%.3f", row->cost.median * mode->cost_scale);
	out_table_cell(t, OUT_PLAIN, "%.2f", stats_ratio(&row->cost, &base->cost));
	if (!mode->has_latency && row->cycles > 0)
		out_table_cell(t, OUT_PLAIN, "%.2f", row->cycles);
	else if (!mode->has_latency)
		out_table_cell(t, OUT_PLAIN, "-");
	out_table_cell(t, OUT_PLAIN, "%s", row->samples[0].facts.tx);
}

static size_t columns_of(const struct bench_mode *mode, struct out_column columns[12])
{
	const struct out_column head[] = {
		{ "case", OUT_LEFT }, { mode->rate_title, OUT_RIGHT }, { "spread", OUT_RIGHT }, { "ratio", OUT_RIGHT },
	}, cost[] = {
		{ mode->cost_title, OUT_RIGHT }, { "ratio", OUT_RIGHT }, { "ticks/B", OUT_RIGHT }, { "by", OUT_LEFT },
	};
	size_t n = 0;

	for (size_t i = 0; i < 4; i++)
		columns[n++] = head[i];
	for (size_t i = 0; mode->has_latency && i < LATENCY_POINTS; i++)
		columns[n++] = (struct out_column){ latency_points[i].title, OUT_RIGHT };
	for (size_t i = 0; i < 4; i++)
		if (i != 2 || !mode->has_latency)
			columns[n++] = cost[i];
	return n;
}

static int print_rows(const struct comparison *c, struct out *o)
{
	const struct row *base = comparison_base(c);
	struct out_column columns[12];
	struct out_table *t;
	int ret = out_table_new(&t, columns, columns_of(c->options->mode, columns));

	if (ret)
		return ret;
	for (size_t i = 0; i < c->n; i++) {
		if (!c->rows[i].n)
			continue;
		out_table_cell(t, OUT_PLAIN, "%s", c->rows[i].carrier->title);
		result_cells(&c->rows[i], base, c->options->mode, t);
	}
	ret = out_table_print(t, o);
	out_table_free(t);
	return ret;
}

static void print_bars(const struct comparison *c, struct out *o)
{
	double most = 0;

	for (size_t i = 0; i < c->n; i++)
		if (c->rows[i].n && c->rows[i].rate.median > most)
			most = c->rows[i].rate.median;
	if (most <= 0)
		return;
	out_line(o);
	for (size_t i = 0; i < c->n; i++) {
		char bar[BAR_WIDTH + 1];
		int len;

		if (!c->rows[i].n)
			continue;
		len = (int)(BAR_WIDTH * c->rows[i].rate.median / most + 0.5);
		memset(bar, '#', (size_t)len);
		bar[len] = '\0';
		out_text(o, OUT_PLAIN, "%-20s %s", c->rows[i].carrier->title, bar);
		out_line(o);
	}
}

/* Who is not in the table, and why not. */
static void print_missing(const struct comparison *c, struct out *o)
{
	bool first = true;

	for (size_t i = 0; i < c->n; i++) {
		const struct row *row = &c->rows[i];

		if (!row->why_not[0])
			continue;
		if (first)
			out_line(o);
		first = false;
		out_text(o, OUT_WARN, "not run: ");
		out_text(o, OUT_PLAIN, "%s: ", row->carrier->title);
		out_wrapped(o, OUT_PLAIN, strlen("not run: : ") + strlen(row->carrier->title), 2, row->why_not);
	}
}

/* Kernel TLS sessions: the kernel's own word on who carried the records. */
static int print_proof(const struct comparison *c, struct out *o)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return -ENOMEM;
	for (size_t i = 0; i < c->n; i++) {
		const struct row *row = &c->rows[i];

		if (row->n && row->kernel_tx >= 0 && row->kernel_rx >= 0)
			fprintf(f, "%s%s tx %" PRId64 " rx %" PRId64, ftell(f) ? "; " : "Kernel TLS sessions by tls_stat: ", row->carrier->id,
				row->kernel_tx, row->kernel_rx);
	}
	if (fclose(f)) {
		free(text);
		return -ENOMEM;
	}
	if (len)
		out_wrapped(o, OUT_PLAIN, 0, 0, text);
	free(text);
	return 0;
}

static void print_warnings(const struct comparison *c, struct out *o)
{
	bool noisy = false;

	for (size_t i = 0; i < c->n; i++)
		noisy = noisy || (c->rows[i].n > 1 && 100 * stats_spread(&c->rows[i].rate) > SPREAD_WARN);
	if (noisy)
		out_wrapped(o, OUT_WARN, 0, 0, "The measurements of a case lie far apart: this machine does other things, too. Small differences "
			    "mean nothing; more --runs help.");
}

int report_text(const struct comparison *c, struct out *o)
{
	char *conclusion = comparison_conclusion(c);
	int ret;

	if (!conclusion)
		return -ENOMEM;
	print_machine(c, o);
	out_line(o);
	ret = comparison_base(c) ? print_rows(c, o) : 0;
	if (!ret) {
		print_bars(c, o);
		print_missing(c, o);
		out_line(o);
		ret = print_proof(c, o);
		print_warnings(c, o);
		out_wrapped(o, OUT_PLAIN, 0, 0, conclusion);
	}
	free(conclusion);
	return ret;
}
