/* SPDX-License-Identifier: MIT */
/* How long how many took: a curve for each row. */
#include <inttypes.h>
#include <math.h>

#include "ktls-bench/plot.h"

enum {
	LEFT = 92,		/* pixels for the numbers of an axis and its name */
	RIGHT = 24,
	HEIGHT = 420,
};

/* Each nine takes as much room as the one before: what is rare is what latencies are looked at for. */
#define TOP 4.0			/* 99.99 % */

static bool fits(const struct comparison *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->rows[i].n && c->rows[i].latency.n)
			return true;
	return false;
}

static int rows(const struct comparison *c)
{
	(void)c;
	return HEIGHT;
}

/* Where @seen of @all stand: nines; the last one shows no more of them than there are others before it. */
static double height_of(uint64_t seen, uint64_t all)
{
	const uint64_t left = seen < all ? all - seen : 1;

	return log10((double)all / (double)left);
}

/* How high the curves go. */
static double highest(const struct comparison *c)
{
	double most = 1;

	for (size_t i = 0; i < c->n; i++)
		if (c->rows[i].n && c->rows[i].latency.n && height_of(c->rows[i].latency.n, c->rows[i].latency.n) > most)
			most = height_of(c->rows[i].latency.n, c->rows[i].latency.n);
	return most < TOP ? most : TOP;
}

/* Microseconds, of all rows: from the shortest latency to the longest that can be seen. */
static struct stats latencies_of(const struct comparison *c)
{
	struct stats range = { 0 };

	for (size_t i = 0; i < c->n; i++) {
		struct latency_step step = { 0 };
		const struct latency *l = &c->rows[i].latency;
		double us;

		if (!c->rows[i].n || !latency_next(l, &step))
			continue;
		us = (double)step.ns / 1e3;
		if (range.max <= 0 || us < range.min)
			range.min = us;
		us = (double)latency_percentile(l, 100 * (1 - pow(10, -TOP))) / 1e3;
		if (us > range.max)
			range.max = us;
	}
	return range;
}

static void print_curve(const struct plot *p, const struct latency *l, size_t k)
{
	struct latency_step step = { 0 };
	double before = 0;

	fprintf(p->f, "# microseconds, nines: -log10(1 - part that took no longer)\n$curve%zu << EOD\n", k + 1);
	while (before < TOP && latency_next(l, &step)) {
		const double height = height_of(step.seen, l->n), us = (double)step.ns / 1e3;

		if (before <= 0)
			fprintf(p->f, "%.3f 0\n", us);
		fprintf(p->f, "%.3f %.6f\n", us, height);
		before = height;
	}
	fputs("EOD\n", p->f);
}

static void print_axes(const struct plot *p)
{
	const struct stats range = latencies_of(p->c);
	const double least = range.min / 1.1, most = range.max * 1.1;

	fprintf(p->f, "set logscale x 10\nset xrange [%.9g:%.9g]\nset xlabel 'latency, microseconds (less is better)'\n", least, most);
	plot_log_tics(p->f, "x", least, most);
	fprintf(p->f, "set yrange [0:%.6f]\nset ylabel 'per cent that took no longer'\n", highest(p->c));
	fputs("set ytics nomirror ('0' 0, '50' 0.301030, '90' 1, '99' 2, '99.9' 3, '99.99' 4)\n"
	      "set grid xtics ytics linetype 1 linecolor rgb '#dddddd'\n", p->f);
}

static void draw(const struct plot *p)
{
	struct plot_curve curves[BENCH_CASES_MAX];
	size_t of_row[BENCH_CASES_MAX];
	const char *comma = "plot ";

	plot_curves(p->c, curves, of_row);
	for (size_t i = 0; i < p->c->n; i++)
		if (p->c->rows[i].n && p->c->rows[i].latency.n)
			print_curve(p, &p->c->rows[i].latency, i);
	print_axes(p);
	plot_margins(p, LEFT, PLOT_WIDTH - RIGHT);
	for (size_t i = 0; i < p->c->n; i++) {
		if (!p->c->rows[i].n || !p->c->rows[i].latency.n)
			continue;
		fprintf(p->f, "%s$curve%zu using 1:2 with steps linecolor rgb '#%06x' linewidth 2 dashtype %s", comma, i + 1,
			curves[of_row[i]].colour, curves[of_row[i]].dash);
		comma = ", \\\n     ";
	}
	fputs("\nunset label\n", p->f);
}

const struct plot_kind plot_latencies = {
	.fits = fits,
	.rows = rows,
	.has_curves = true,
	.legend = "All measurements of a row together.",
	.draw = draw,
};
