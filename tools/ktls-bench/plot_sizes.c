/* SPDX-License-Identifier: MIT */
/* Rows that differ in size: a curve for each series, over the size. */
#include <math.h>

#include "cli/units.h"
#include "ktls-bench/plot.h"

enum {
	LEFT = 88,		/* pixels for the numbers of an axis and its name */
	RIGHT = 36,		/* for half a name of a size */
	HEIGHT = 380,
	LABELS = 7,		/* of sizes: more of them would run into each other */
	ASIDE = 4,		/* pixels from one curve to the next, lest their lines of one size hide each other */
	OUTLIER = 4,
	WIDE = 20,		/* most by least: beyond that equal differences show nothing of the small */
};

/* The smallest and the largest; 0 is that of a row that has none. */
static struct stats sizes_of(const struct comparison *c)
{
	struct stats range = { .min = INFINITY };

	for (size_t i = 0; i < c->n; i++) {
		const double size = (double)c->rows[i].what.size;

		if (!c->rows[i].n)
			continue;
		range.min = fmin(range.min, size);
		range.max = fmax(range.max, size);
	}
	return range;
}

/* As far as the axis goes. */
static struct stats axis_of(const struct comparison *c)
{
	const struct stats range = sizes_of(c);

	return (struct stats){ .min = range.min / 1.3, .max = range.max * 1.3 };
}

static bool fits(const struct comparison *c)
{
	const struct stats range = sizes_of(c);

	return range.min > 0 && range.max > range.min;
}

static int rows(const struct comparison *c)
{
	(void)c;
	return HEIGHT;
}

static bool is_first_of_size(const struct comparison *c, size_t row)
{
	for (size_t i = 0; i < row; i++)
		if (c->rows[i].n && c->rows[i].what.size == c->rows[row].what.size)
			return false;
	return true;
}

/* Whether a name for the row's size would run into the name of a smaller one that has one. */
static bool is_crowded(const struct comparison *c, size_t row, const bool *named)
{
	const struct stats range = sizes_of(c);
	const double room = log2(range.max / range.min) / (LABELS - 1) - 1e-9;

	for (size_t i = 0; i < c->n; i++)
		if (named[i] && fabs(log2((double)c->rows[i].what.size / (double)c->rows[row].what.size)) < room)
			return true;
	return false;
}

/* The sizes that were measured; a name for each that has the room. */
static void print_size_tics(const struct plot *p)
{
	bool named[BENCH_CASES_MAX] = { false };
	const char *comma = "";

	fputs("set xtics nomirror (", p->f);
	for (size_t i = 0; i < p->c->n; i++) {
		char words[CLI_SIZE_WORDS] = "";

		if (!p->c->rows[i].n || !is_first_of_size(p->c, i))
			continue;
		if (!is_crowded(p->c, i, named)) {
			cli_format_size(words, p->c->rows[i].what.size);
			named[i] = true;
		}
		fprintf(p->f, "%s'%s' %zu", comma, words, p->c->rows[i].what.size);
		comma = ", ";
	}
	fputs(")\n", p->f);
}

static void print_curve(const struct plot *p, const struct plot_measure *m, size_t k, const size_t *of_row, int number)
{
	fprintf(p->f, "# size, median, minimum, maximum\n$curve%d_%zu << EOD\n", number, k + 1);
	for (size_t i = 0; i < p->c->n; i++) {
		const struct row *row = &p->c->rows[i];
		struct stats s;

		if (of_row[i] != k)
			continue;
		s = m->of(row);
		fprintf(p->f, "%zu %.9g %.9g %.9g\n", row->what.size, s.median * m->scale, s.min * m->scale, s.max * m->scale);
	}
	fputs("EOD\n", p->f);
}

/* Where the axis of the measure begins. One outlier of a short run, which may be nothing at all, must not flatten the rest. */
static double floor_of(const struct plot *p, const struct plot_measure *m)
{
	const struct plot_range range = plot_range_of(p->c, m);
	const double least = range.min > range.min_median / OUTLIER ? range.min : range.min_median / OUTLIER;

	return range.min_median > 0 && range.max_median / range.min_median > WIDE ? least * m->scale / 1.3 : 0;
}

static void print_axes(const struct plot *p, const struct plot_measure *m)
{
	const double least = floor_of(p, m), most = plot_range_of(p->c, m).max * m->scale * (least > 0 ? 1.3 : 1.1);

	fprintf(p->f, "set ylabel '%s (%s)'\nset yrange [%.9g:%.9g]\n", m->title, m->better, least, most > 0 ? most : 1);
	if (least > 0) {
		fputs("set logscale y 10\n", p->f);
		plot_log_tics(p->f, "y", least, most);
	} else {
		fputs("unset logscale y\nset ytics nomirror autofreq\n", p->f);
	}
}

/* By what the sizes of curve @k of @n are multiplied to stand a little aside. */
static double aside(const struct plot *p, size_t k, size_t n)
{
	const struct stats range = axis_of(p->c);
	const double octaves_a_pixel = log2(range.max / range.min) / (PLOT_WIDTH / PLOT_MEASURES - LEFT - RIGHT);

	return pow(2, ((double)k - (double)(n - 1) / 2) * ASIDE * octaves_a_pixel);
}

static void draw_measure(const struct plot *p, const struct plot_measure *m, int number)
{
	struct plot_curve curves[BENCH_CASES_MAX];
	size_t of_row[BENCH_CASES_MAX];
	const size_t n = plot_curves(p->c, curves, of_row);

	for (size_t k = 0; k < n; k++)
		print_curve(p, m, k, of_row, number);
	print_axes(p, m);
	fprintf(p->f, "least = %.9g\nplot", floor_of(p, m));
	for (size_t k = 0; k < n; k++) {
		const struct plot_curve *curve = &curves[k];
		const double by = aside(p, k, n);

		fprintf(p->f, "%s \\\n     $curve%d_%zu using ($1*%.6f):2:($3 > least ? $3 : least):4 with yerrorbars \\\n"
			"\tlinecolor rgb '#%06x' pointtype -1, \\\n", k ? "," : "", number, k + 1, by, curve->colour);
		fprintf(p->f, "     $curve%d_%zu using ($1*%.6f):2 with linespoints linecolor rgb '#%06x' \\\n"
			"\tlinewidth 2 pointtype %d pointsize " PLOT_POINT " dashtype %s", number, k + 1, by, curve->colour,
			curve->point, curve->dash);
	}
	fputc('\n', p->f);
}

static void draw(const struct plot *p)
{
	struct plot_measure measures[PLOT_MEASURES];
	const struct stats range = axis_of(p->c);
	const int width = PLOT_WIDTH / PLOT_MEASURES;

	plot_measures(p->c, measures);
	fprintf(p->f, "set logscale x 2\nset xrange [%.9g:%.9g]\nset grid xtics ytics linetype 1 linecolor rgb '#dddddd'\nset bars 0.5\n",
		range.min, range.max);
	fprintf(p->f, "set xlabel 'length of the %s'\n", p->c->options->mode->lengths);
	print_size_tics(p);
	for (int i = 0; i < PLOT_MEASURES; i++) {
		plot_margins(p, i * width + LEFT, (i + 1) * width - RIGHT);
		draw_measure(p, &measures[i], i + 1);
		fputs("unset label\n", p->f);
	}
}

const struct plot_kind plot_sizes = {
	.fits = fits,
	.rows = rows,
	.has_curves = true,
	.has_points = true,
	.legend = "Points are medians; the lines through them go from the lowest measurement to the highest.",
	.draw = draw,
};
