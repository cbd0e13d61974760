/* SPDX-License-Identifier: MIT */
/* A comparison for people. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ktls-bench/report.h"
#include "out/table.h"

enum {
	/* Beyond that a median says little. */
	SPREAD_WARN = 15,
};

static unsigned connections(const struct bench_options *o)
{
	return o->mode->takes & TAKES_CONNECTIONS ? o->connections : o->streams;
}

static void print_hardware(const struct machine *m, struct out *o)
{
	out_text(o, OUT_PLAIN, "Linux %s, %s, %ld CPUs%s%s%s%s", m->kernel, m->cpu, m->cpus, m->virt[0] ? ", " : "", m->virt,
		 m->governor[0] ? ", governor " : "", m->governor);
	out_line(o);
}

static void print_software(const struct machine *m, const char *library, struct out *o)
{
	out_text(o, OUT_PLAIN, "%s %s, libktls %s with %s", library, m->libssl, m->libktls, m->leaf);
}

static void print_machine(const char *which, const struct machine *m, struct out *o)
{
	out_text(o, OUT_PLAIN, "%s: ", which);
	print_hardware(m, o);
	out_text(o, OUT_PLAIN, "        ");
	print_software(m, "libssl", o);
	out_line(o);
}

/* What is between the ends. */
static void print_network(const struct comparison *c, struct out *o)
{
	const struct remote_server *there = &c->server;

	if (!c->options->client) {
		out_text(o, OUT_PLAIN, "%s%s", !c->options->peer || c->peer.is_loopback ? "loopback, " : "", c->congestion);
		return;
	}
	out_text(o, OUT_PLAIN, "to %s, %s%s", there->address, there->same_network ? "loopback, " : there->same_machine ? "the same machine, " : "", c->congestion);
	if (strcmp(there->congestion, c->congestion) != 0)
		out_text(o, OUT_PLAIN, " (server %s)", there->congestion);
}

static void print_nic(const struct comparison *c, struct out *o)
{
	if (!c->nic[0])
		return;
	out_text(o, OUT_PLAIN, "by %s", c->nic);
	out_line(o);
}

/* A foreign server's records have the size that it gives them. */
static void print_records(const struct comparison *c, struct out *o)
{
	const double seen = comparison_record_size(c);

	if (!comparison_has_foreign_records(c))
		out_text(o, OUT_PLAIN, "records of %u", c->options->record);
	else if (seen > 0)
		out_text(o, OUT_PLAIN, "records as the server makes them, with %.0f bytes on average", seen);
	else
		out_text(o, OUT_PLAIN, "records as the server makes them");
}

static void print_peer(const struct comparison *c, struct out *o)
{
	const struct bench_options *b = c->options;

	out_text(o, OUT_PLAIN, "%s at %s (%s), certificate %s", b->peer->title, b->url.text, c->peer.at.text,
		 c->peer.is_verified ? "verified" : "NOT verified");
	if (!b->mode->connects)
		out_text(o, OUT_PLAIN, "; it %s", b->reverse ? "sends" : "receives");
	out_line(o);
	out_text(o, OUT_HEAD, "CPU time of this end only");
	out_text(o, OUT_PLAIN, "; ");
}

static void print_connections(const struct comparison *c, struct out *o)
{
	const struct bench_options *b = c->options;

	if (b->client) {
		print_machine("client", &c->machine, o);
		print_machine("server", &c->server.machine, o);
	} else {
		print_hardware(&c->machine, o);
		print_software(&c->machine, "libssl", o);
		out_text(o, OUT_PLAIN, "; ");
	}
	out_text(o, OUT_PLAIN, "TLS %s, %s, ", b->tls_version == TLS1_3_VERSION ? "1.3" : "1.2", b->cipher);
	print_records(c, o);
	if (b->mode->takes & TAKES_LENGTH && !b->n_sizes && !comparison_has_foreign_records(c))
		out_text(o, OUT_PLAIN, ", %s of %zu", b->mode->lengths, b->length);
	if (b->zerocopy)
		out_text(o, OUT_PLAIN, ", from a file");
	if (b->coalesce)
		out_text(o, OUT_PLAIN, ", coalesced");
	out_line(o);
	if (b->peer)
		print_peer(c, o);
	print_network(c, o);
	out_text(o, OUT_PLAIN, ", %u connection%s%s%s", connections(b), connections(b) == 1 ? "" : "s", b->bidir ? " each way" : "",
		 b->client && b->reverse ? ", the server sends" : "");
}

static void print_alone(const struct comparison *c, struct out *o)
{
	print_hardware(&c->machine, o);
	print_software(&c->machine, "libcrypto", o);
	if (c->ipsec_mb)
		out_text(o, OUT_PLAIN, ", IPsec-MB %s", ipsec_mb_version(c->ipsec_mb));
	out_text(o, OUT_PLAIN, "; %s", c->options->cipher);
	out_line(o);
	out_text(o, OUT_PLAIN, "one thread%s", c->options->hot ? ", the same record over and over" : "");
}

void report_machine(const struct comparison *c, struct out *o)
{
	const struct bench_options *b = c->options;

	(b->mode->alone ? print_alone : print_connections)(c, o);
	out_text(o, OUT_PLAIN, ", %u run%s in turn, medians", b->runs, b->runs == 1 ? "" : "s");
	out_line(o);
	print_nic(c, o);
}

/* Negative: not known. */
static void number_cell(struct out_table *t, double value, int digits)
{
	if (value < 0)
		out_table_cell(t, OUT_PLAIN, "-");
	else
		out_table_cell(t, OUT_PLAIN, "%.*f", digits, value);
}

static void ratio_cell(struct out_table *t, const struct stats *s, const struct stats *base)
{
	number_cell(t, base ? stats_ratio(s, base) : -1, 2);
}

static void cost_cells(const struct row *row, const struct row *base, const struct bench_mode *mode, struct out_table *t)
{
	out_table_cell(t, OUT_PLAIN, "%.3f", row->cost.median * mode->cost_scale);
	ratio_cell(t, &row->cost, base ? &base->cost : NULL);
	if (mode->cost_by_bytes)
		number_cell(t, row->cycles > 0 ? row->cycles : -1, 2);
}

/* Whether an extra has a column: those that may be left out have one where a case has more than nothing of it. */
static bool has_column(const struct comparison *c, size_t extra)
{
	bool has = !c->options->mode->extras[extra].is_left_out;

	for (size_t i = 0; i < c->n; i++)
		has = has || (c->rows[i].n && c->rows[i].extras[extra] > 0);
	return has;
}

/* What follows the name of a case, in the order of its columns. */
static void result_cells(const struct comparison *c, const struct row *row, struct out_table *t)
{
	const struct row *base = comparison_base_of(c, row);
	const struct bench_mode *mode = c->options->mode;
	const struct carrier_facts *facts = &row->samples[0].facts;
	const double spread = 100 * stats_spread(&row->rate);

	out_table_cell(t, OUT_PLAIN, "%.*f", mode->rate_scale < 1 ? 2 : 0, row->rate.median * mode->rate_scale);
	out_table_cell(t, spread > SPREAD_WARN ? OUT_WARN : OUT_PLAIN, "%.0f%%", spread);
	ratio_cell(t, &row->rate, base ? &base->rate : NULL);
	for (size_t i = 0; mode->has_latency && i < LATENCY_POINTS; i++)
		out_table_cell(t, OUT_PLAIN, "%.1f", (double)latency_percentile(&row->latency, latency_points[i].percent) / 1e3);
	if (!mode->alone)
		cost_cells(row, base, mode, t);
	for (size_t i = 0; i < bench_mode_extras(mode); i++)
		if (has_column(c, i))
			number_cell(t, row->extras[i] * mode->extras[i].scale, mode->extras[i].digits);
	if (!mode->alone)
		out_table_cell(t, OUT_PLAIN, "%s", comparison_has_foreign_records(c) ? facts->rx : facts->tx);
}

enum {
	COLUMNS_MAX = 20,
};

static size_t columns_of(const struct comparison *c, struct out_column columns[COLUMNS_MAX])
{
	const struct bench_mode *mode = c->options->mode;
	const struct out_column head[] = {
		{ "case", OUT_LEFT }, { mode->rate_title, OUT_RIGHT }, { "spread", OUT_RIGHT }, { "ratio", OUT_RIGHT },
	};
	size_t n = 0;

	for (size_t i = 0; i < 4; i++)
		columns[n++] = head[i];
	for (size_t i = 0; mode->has_latency && i < LATENCY_POINTS; i++)
		columns[n++] = (struct out_column){ latency_points[i].title, OUT_RIGHT };
	for (size_t i = 0; !mode->alone && i < 2; i++)
		columns[n++] = (struct out_column){ i ? "ratio" : mode->cost_title, OUT_RIGHT };
	if (!mode->alone && mode->cost_by_bytes)
		columns[n++] = (struct out_column){ mode->is_one_end ? "own t/B" : "ticks/B", OUT_RIGHT };
	for (size_t i = 0; i < bench_mode_extras(mode); i++)
		if (has_column(c, i))
			columns[n++] = (struct out_column){ mode->extras[i].title, OUT_RIGHT };
	if (!mode->alone)
		columns[n++] = (struct out_column){ "by", OUT_LEFT };
	return n;
}

static int print_rows(const struct comparison *c, struct out *o)
{
	struct out_column columns[COLUMNS_MAX];
	struct out_table *t;
	int ret = out_table_new(&t, columns, columns_of(c, columns));

	if (ret)
		return ret;
	for (size_t i = 0; i < c->n; i++) {
		if (!c->rows[i].n)
			continue;
		out_table_cell(t, OUT_PLAIN, "%s", c->rows[i].what.title);
		result_cells(c, &c->rows[i], t);
	}
	ret = out_table_print(t, o);
	out_table_free(t);
	return ret;
}

/* Whether no row before it has this reason. */
static bool reason_is_new(const struct comparison *c, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(c->rows[k].why_not, c->rows[i].why_not) == 0)
			return false;
	return true;
}

/* Rows that differ in size only have the same reason: their series stands for them. */
static const char *name_of(const struct row *row)
{
	return row->what.series[0] ? row->what.series : row->what.title;
}

static bool is_because(const struct row *row, const char *why)
{
	return row->why_not[0] && (!why || strcmp(row->why_not, why) == 0);
}

static bool is_named(const struct comparison *c, const char *why, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (is_because(&c->rows[k], why) && strcmp(name_of(&c->rows[k]), name_of(&c->rows[i])) == 0)
			return true;
	return false;
}

void report_not_run(const struct comparison *c, const char *why, FILE *f)
{
	const char *between = "";

	for (size_t i = 0; i < c->n; i++) {
		if (!is_because(&c->rows[i], why) || is_named(c, why, i))
			continue;
		fprintf(f, "%s%s", between, name_of(&c->rows[i]));
		between = "; ";
	}
}

static int print_reason(const struct comparison *c, size_t first, struct out *o)
{
	static const char label[] = "not run: ";
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return -ENOMEM;
	report_not_run(c, c->rows[first].why_not, f);
	fprintf(f, ": %s", c->rows[first].why_not);
	if (fclose(f)) {
		free(text);
		return -ENOMEM;
	}
	out_text(o, OUT_WARN, label);
	out_wrapped(o, OUT_PLAIN, strlen(label), 2, text);
	free(text);
	return 0;
}

/* Who is not in the table, and why not: each reason once. */
static int print_missing(const struct comparison *c, struct out *o)
{
	bool first = true;
	int ret = 0;

	for (size_t i = 0; !ret && i < c->n; i++) {
		if (!c->rows[i].why_not[0] || !reason_is_new(c, i))
			continue;
		if (first)
			out_line(o);
		first = false;
		ret = print_reason(c, i, o);
	}
	return ret;
}

/* A line about all rows that were measured: a note of each, if it has one. */
static int print_notes(const struct comparison *c, const char *title, bool (*note)(FILE *f, const struct comparison *c, const struct row *row),
		       struct out *o)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	bool any = false;

	if (!f)
		return -ENOMEM;
	fprintf(f, "%s:", title);
	for (size_t i = 0; i < c->n; i++) {
		const long before = ftell(f);

		if (!c->rows[i].n)
			continue;
		fprintf(f, "%s %s ", any ? ";" : "", c->rows[i].what.id);
		if (note(f, c, &c->rows[i]))
			any = true;
		else
			fseek(f, before, SEEK_SET);
	}
	if (fclose(f)) {
		free(text);
		return -ENOMEM;
	}
	text[len] = '\0';
	if (any)
		out_wrapped(o, OUT_PLAIN, 0, 0, text);
	free(text);
	return 0;
}

/* The kernel's own word on who carried the records. */
static bool note_sessions(FILE *f, const struct comparison *c, const struct row *row)
{
	(void)c;
	if (row->kernel_tx < 0 || row->kernel_rx < 0)
		return false;
	fprintf(f, "tx %" PRId64 " rx %" PRId64, row->kernel_tx, row->kernel_rx);
	return true;
}

/* What no process is charged with. */
static bool note_softirq(FILE *f, const struct comparison *c, const struct row *row)
{
	if (row->softirq < 0 || row->cost.median <= 0)
		return false;
	fprintf(f, "%.*f", 3, row->softirq * c->options->mode->cost_scale);
	return true;
}

static int print_proof(const struct comparison *c, struct out *o)
{
	char title[80];
	int ret = print_notes(c, "Kernel TLS sessions by tls_stat", note_sessions, o);

	if (ret)
		return ret;
	snprintf(title, sizeof(title), "Softirq of the whole machine, %s", c->options->mode->cost_title);
	return print_notes(c, title, note_softirq, o);
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
	if (c->options->title) {
		out_text(o, OUT_HEAD, "%s", c->options->title);
		out_line(o);
	}
	report_machine(c, o);
	out_line(o);
	ret = comparison_base(c) ? print_rows(c, o) : 0;
	if (!ret) {
		if (out_is_terminal(o))
			report_bars(c, o);
		ret = print_missing(c, o);
		out_line(o);
	}
	if (!ret)
		ret = print_proof(c, o);
	if (!ret) {
		print_warnings(c, o);
		out_wrapped(o, OUT_PLAIN, 0, 0, conclusion);
		if (c->interrupted)
			out_wrapped(o, OUT_WARN, 0, 0, "Interrupted: this is what was measured until then.");
	}
	free(conclusion);
	return ret;
}
