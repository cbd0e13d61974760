/* SPDX-License-Identifier: MIT */
/* Rows beside each other, a bar each: the rate, and what it costs. */
#include <string.h>

#include "ktls-bench/plot.h"

enum {
	ROW = 26,		/* pixels */
	LETTER = 8,		/* of a title, rather too many */
	SIDE = 24,		/* around and between */
};

static int measured(const struct comparison *c)
{
	int n = 0;

	for (size_t i = 0; i < c->n; i++)
		n += c->rows[i].n > 0;
	return n;
}

static bool fits(const struct comparison *c)
{
	return measured(c) > 0;
}

static int rows(const struct comparison *c)
{
	return measured(c) * ROW + ROW / 2;
}

static void print_data(const struct plot *p, const struct plot_measure *m, int number)
{
	struct plot_curve curves[BENCH_CASES_MAX];
	size_t of_row[BENCH_CASES_MAX];
	int at = 0;

	plot_curves(p->c, curves, of_row);
	fprintf(p->f, "# line, median, minimum, maximum, colour\n$bars%d << EOD\n", number);
	for (size_t i = 0; i < p->c->n; i++) {
		const struct row *row = &p->c->rows[i];
		struct stats s;

		if (!row->n)
			continue;
		s = m->of(row);
		fprintf(p->f, "%d %.9g %.9g %.9g %u\n", at++, s.median * m->scale, s.min * m->scale, s.max * m->scale,
			curves[of_row[i]].colour);
	}
	fputs("EOD\n", p->f);
}

/* The names of the rows, which stand left of the first bars only. */
static void print_titles(const struct plot *p)
{
	int at = 0;

	fputs("set ytics nomirror scale 0 noenhanced (", p->f);
	for (size_t i = 0; i < p->c->n; i++) {
		const char *title = p->c->rows[i].what.title;

		if (!p->c->rows[i].n)
			continue;
		fputs(at ? ", " : "", p->f);
		plot_quote(p->f, title, strlen(title));
		fprintf(p->f, " %d", at++);
	}
	fputs(")\n", p->f);
}

static int title_pixels(const struct comparison *c)
{
	size_t most = 0;

	for (size_t i = 0; i < c->n; i++)
		if (c->rows[i].n && strlen(c->rows[i].what.title) > most)
			most = strlen(c->rows[i].what.title);
	return (int)most * LETTER;
}

static void draw_measure(const struct plot *p, const struct plot_measure *m, int number)
{
	const double most = plot_range_of(p->c, m).max * m->scale;

	print_data(p, m, number);
	/* Numbers stand behind the longest line, too. */
	fprintf(p->f, "set xrange [0:%.9g]\nset xlabel '%s (%s)'\n", most > 0 ? most * 1.25 : 1, m->title, m->better);
	fprintf(p->f, "plot $bars%d using 2:1:(0):2:($1-0.36):($1+0.36):5 with boxxyerror fillstyle solid 1 noborder \\\n"
		"\tlinecolor rgb variable, \\\n"
		"     $bars%d using 2:1:3:4 with xerrorbars linecolor rgb '#222222' linewidth 1.5 pointtype -1, \\\n"
		"     $bars%d using 4:1:(sprintf('%%.%df', $2)) with labels left offset character 0.8,0\n",
		number, number, number, m->digits);
}

static void draw(const struct plot *p)
{
	struct plot_measure measures[PLOT_MEASURES];
	const int left = SIDE + title_pixels(p->c), width = (PLOT_WIDTH - left - (PLOT_MEASURES - 1) * SIDE - SIDE) / PLOT_MEASURES;

	plot_measures(p->c, measures);
	print_titles(p);
	fprintf(p->f, "set yrange [%d.5:-0.5]\nset grid xtics linetype 1 linecolor rgb '#dddddd'\nset bars 0.6\nset xtics nomirror\n",
		measured(p->c) - 1);
	for (int i = 0; i < PLOT_MEASURES; i++) {
		const int from = left + i * (width + SIDE);

		if (i)
			fputs("unset ytics\n", p->f);
		plot_margins(p, from, from + width);
		draw_measure(p, &measures[i], i + 1);
		fputs("unset label\n", p->f);
	}
}

const struct plot_kind plot_bars = {
	.fits = fits,
	.rows = rows,
	.legend = "Bars are medians; the lines go from the lowest measurement to the highest.",
	.draw = draw,
};
