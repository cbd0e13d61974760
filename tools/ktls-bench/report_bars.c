/* SPDX-License-Identifier: MIT */
/* The rates of a comparison as bars of letters. */
#include <string.h>

#include "ktls-bench/report.h"

enum {
	BAR_MIN = 20,		/* columns of the longest bar, however long the titles */
	BAR_MAX = 50,
};

static size_t longest_title(const struct comparison *c)
{
	size_t most = 0;

	for (size_t i = 0; i < c->n; i++)
		if (c->rows[i].n && strlen(c->rows[i].what.title) > most)
			most = strlen(c->rows[i].what.title);
	return most;
}

static double most_of(const struct comparison *c)
{
	double most = 0;

	for (size_t i = 0; i < c->n; i++)
		if (c->rows[i].n && c->rows[i].rate.max > most)
			most = c->rows[i].rate.max;
	return most;
}

/* What every measurement reached, what half of them reached, and what one of them did. */
static void make_bar(char bar[BAR_MAX + 1], const struct stats *rate, double a_column)
{
	const struct {
		char letter;
		double until;
	} parts[] = { { '#', rate->min }, { '=', rate->median }, { '-', rate->max } };
	size_t len = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		while (len < BAR_MAX && (double)len + 0.5 <= parts[i].until / a_column)
			bar[len++] = parts[i].letter;
	bar[len] = '\0';
}

static bool has_spread(const struct comparison *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->rows[i].n > 1)
			return true;
	return false;
}

void report_bars(const struct comparison *c, struct out *o)
{
	const double most = most_of(c);
	const size_t titles = longest_title(c), room = titles + BAR_MIN < OUT_WIDTH ? OUT_WIDTH - titles - 1 : BAR_MIN;
	const size_t width = room < BAR_MAX ? room : BAR_MAX;

	if (most <= 0)
		return;
	out_line(o);
	for (size_t i = 0; i < c->n; i++) {
		char bar[BAR_MAX + 1];

		if (!c->rows[i].n)
			continue;
		make_bar(bar, &c->rows[i].rate, most / (double)width);
		out_text(o, OUT_PLAIN, "%-*s %s", (int)titles, c->rows[i].what.title, bar);
		out_line(o);
	}
	if (has_spread(c)) {
		out_text(o, OUT_PLAIN, "%-*s # slowest run, = median, - fastest", (int)titles, "");
		out_line(o);
	}
}
