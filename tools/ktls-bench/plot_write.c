/* SPDX-License-Identifier: MIT */
/* The script for a picture: its frame, with what belongs to all kinds of them. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ktls-bench/plot.h"
#include "ktls-bench/report.h"

enum {
	EDGE = 16,		/* pixels all around */
	TITLE_LINE = 24,
	TITLE_WIDTH = 80,	/* letters */
	AXIS = 60,		/* for the numbers of the lower axis and its name */
	KEY_LINE = 20,
	KEY_SAMPLE = 40,	/* of a curve, before its name */
	KEY_LETTER = 8,
	SMALL_LINE = 15,
	SMALL_WIDTH = 150,	/* letters */
	LINES_MAX = 16,
};

/* The first that fits. */
static const struct plot_kind *const kinds[] = { &plot_sizes, &plot_latencies, &plot_bars };

/* --- lines of words ------------------------------------------------------------------- */

struct lines {
	struct {
		const char *text;
		size_t len;
		bool is_cut;
	} line[LINES_MAX];
	size_t n;
};

/* Adds @text, broken between words: @most lines, of which the last is cut. */
static void add_lines(struct lines *lines, const char *text, size_t width, size_t most)
{
	for (size_t i = 0; *text && i < most && lines->n < LINES_MAX; i++) {
		size_t len = plot_fit(text, width);

		lines->line[lines->n].text = text;
		lines->line[lines->n].len = len;
		text += len;
		text += strspn(text, " ");
		lines->line[lines->n++].is_cut = *text && i + 1 == most;
	}
}

static void print_lines(const struct plot *p, const struct lines *lines, int top, int height, const char *style)
{
	for (size_t i = 0; i < lines->n; i++) {
		fputs("set label ", p->f);
		plot_quote(p->f, lines->line[i].text, lines->line[i].len);
		fprintf(p->f, "%s at screen %.4f,%.4f left noenhanced %s\n", lines->line[i].is_cut ? ".' ...'" : "",
			(double)EDGE / PLOT_WIDTH, 1 - (double)(top + height / 2 + (int)i * height) / p->height, style);
	}
}

/* --- what the kinds share ------------------------------------------------------------- */

static struct stats rate_of(const struct row *row)
{
	return row->rate;
}

static struct stats cost_of(const struct row *row)
{
	return row->cost;
}

void plot_measures(const struct comparison *c, struct plot_measure measures[PLOT_MEASURES])
{
	const struct bench_mode *mode = c->options->mode;

	measures[0] = (struct plot_measure){ mode->rate_title, "more is better", mode->rate_scale, mode->rate_scale < 1 ? 2 : 0, rate_of };
	measures[1] = (struct plot_measure){ mode->cost_title, "less is better", mode->cost_scale, 3, cost_of };
}

struct plot_range plot_range_of(const struct comparison *c, const struct plot_measure *m)
{
	struct plot_range range = { 0 };
	bool first = true;

	for (size_t i = 0; i < c->n; i++) {
		struct stats s;

		if (!c->rows[i].n)
			continue;
		s = m->of(&c->rows[i]);
		range.min = first || s.min < range.min ? s.min : range.min;
		range.max = first || s.max > range.max ? s.max : range.max;
		range.min_median = first || s.median < range.min_median ? s.median : range.min_median;
		range.max_median = first || s.median > range.max_median ? s.median : range.max_median;
		first = false;
	}
	return range;
}

void plot_margins(const struct plot *p, int left, int right)
{
	fprintf(p->f, "set lmargin at screen %.4f\nset rmargin at screen %.4f\nset tmargin at screen %.4f\nset bmargin at screen %.4f\n",
		(double)left / PLOT_WIDTH, (double)right / PLOT_WIDTH, 1 - (double)p->top / p->height, 1 - (double)p->bottom / p->height);
}

void plot_log_tics(FILE *f, const char *axis, double least, double most)
{
	static const int steps[] = { 1, 2, 5 };
	/* Over many powers of ten there is no room but for these. */
	const int n = most / least < 1e4 ? 3 : 1;
	const char *comma = "";

	fprintf(f, "set %stics nomirror (", axis);
	for (int power = (int)floor(log10(least)); power <= (int)floor(log10(most)); power++)
		for (int i = 0; i < n; i++) {
			const double at = steps[i] * pow(10, power);

			if (at < least || at > most)
				continue;
			fprintf(f, "%s'%.10g' %.10g", comma, at, at);
			comma = ", ";
		}
	fputs(")\n", f);
}

/* --- the picture ---------------------------------------------------------------------- */

static const struct plot_kind *kind_of(const struct comparison *c)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i]->fits(c))
			return kinds[i];
	return NULL;
}

/* Who is not in the picture. */
static void say_missing(const struct comparison *c, FILE *f)
{
	bool any = false;

	for (size_t i = 0; i < c->n; i++)
		any = any || c->rows[i].why_not[0];
	if (!any)
		return;
	fputs("not run: ", f);
	report_not_run(c, NULL, f);
}

/* What stands below, in small: lines, freed by the caller. NULL: out of memory. */
static char *caption(const struct comparison *c, const struct plot_kind *kind)
{
	struct out o = { 0 };
	char *text = NULL, *clean = NULL;
	size_t len;

	o.to = open_memstream(&text, &len);
	if (!o.to)
		return NULL;
	fprintf(o.to, "%s\n", kind->legend);
	report_machine(c, &o);
	say_missing(c, o.to);
	if (!fclose(o.to))
		clean = text;
	else
		free(text);
	return clean;
}

static void add_caption(struct lines *lines, char *text)
{
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		add_lines(lines, line, SMALL_WIDTH, 4);
}

/* The names of the curves, in columns: gnuplot's own would have to share the room of one of the coordinate systems. */
struct key {
	struct plot_curve curves[BENCH_CASES_MAX];
	int n, columns, lines;
	int width;		/* pixels of a column */
	bool has_points;
};

static void make_key(struct key *key, const struct comparison *c, const struct plot_kind *kind)
{
	size_t of_row[BENCH_CASES_MAX], longest = 1;

	*key = (struct key){ .columns = 1, .has_points = kind->has_points };
	if (!kind->has_curves)
		return;
	key->n = (int)plot_curves(c, key->curves, of_row);
	for (int i = 0; i < key->n; i++)
		if (strlen(key->curves[i].title) > longest)
			longest = strlen(key->curves[i].title);
	key->width = KEY_SAMPLE + (int)(longest + 2) * KEY_LETTER;
	key->columns = (PLOT_WIDTH - 2 * EDGE) / key->width;
	if (key->columns < 1)
		key->columns = 1;
	key->lines = (key->n + key->columns - 1) / key->columns;
}

/* The left end of a curve's sample. */
static int key_left(const struct key *key, int i)
{
	return EDGE + i % key->columns * key->width;
}

static double key_middle(const struct key *key, int i, int top)
{
	return top + (i / key->columns + 0.5) * KEY_LINE;
}

static void print_key_names(const struct plot *p, const struct key *key, int top)
{
	for (int i = 0; i < key->n; i++) {
		fputs("set label ", p->f);
		plot_quote(p->f, key->curves[i].title, strlen(key->curves[i].title));
		fprintf(p->f, " at screen %.4f,%.4f left noenhanced\n", (double)(key_left(key, i) + KEY_SAMPLE) / PLOT_WIDTH,
			1 - key_middle(key, i, top) / p->height);
	}
}

/* The samples are plotted, in coordinates that are the picture's pixels: arrows have no dashes in SVG. */
static void plot_key_samples(const struct plot *p, const struct key *key, int top)
{
	for (int i = 0; i < key->n; i++) {
		const int from = key_left(key, i), until = from + KEY_SAMPLE - 8;
		const double y = key_middle(key, i, top);

		fprintf(p->f, "$key%d << EOD\n%d %.1f\n%d %.1f\n%d %.1f\nEOD\n", i + 1, from, y, (from + until) / 2, y, until, y);
	}
	fprintf(p->f, "unset logscale\nunset border\nunset tics\nunset grid\nunset xlabel\nunset ylabel\n"
		"set lmargin at screen 0\nset rmargin at screen 1\nset tmargin at screen 1\nset bmargin at screen 0\n"
		"set xrange [0:%d]\nset yrange [%d:0]\nplot", PLOT_WIDTH, p->height);
	for (int i = 0; i < key->n; i++) {
		const struct plot_curve *curve = &key->curves[i];

		fprintf(p->f, "%s \\\n     $key%d with lines linecolor rgb '#%06x' linewidth 2 dashtype %s", i ? "," : "", i + 1,
			curve->colour, curve->dash);
		if (key->has_points)
			fprintf(p->f, ", \\\n     $key%d every ::1::1 with points linecolor rgb '#%06x' pointtype %d pointsize " PLOT_POINT,
				i + 1, curve->colour, curve->point);
	}
	fputc('\n', p->f);
}

static void write_all(FILE *f, const struct comparison *c, const struct plot_kind *kind, plot_terminal terminal, const struct lines *title,
		      const struct lines *small)
{
	struct plot p = { .f = f, .c = c };
	struct key key;
	int below;

	make_key(&key, c, kind);
	p.top = EDGE + (int)title->n * TITLE_LINE + EDGE;
	p.bottom = p.top + kind->rows(c);
	below = p.bottom + AXIS + key.lines * KEY_LINE + EDGE / 2;
	p.height = below + (int)small->n * SMALL_LINE + EDGE;
	fputs("# Drawn by ktls-bench " PACKAGE_VERSION ". It goes to gnuplot's standard output: gnuplot FILE.gp >FILE.svg\n"
	      "set encoding utf8\n", f);
	terminal(f, PLOT_WIDTH, p.height);
	print_lines(&p, title, EDGE, TITLE_LINE, "font ',16'");
	print_lines(&p, small, below, SMALL_LINE, "font ',10' textcolor rgb '#555555'");
	print_key_names(&p, &key, p.bottom + AXIS);
	fputs("unset key\nset border 3 linecolor rgb '#888888'\nset tics font ',11' textcolor rgb '#222222'\nset multiplot\n", f);
	kind->draw(&p);
	if (key.n)
		plot_key_samples(&p, &key, p.bottom + AXIS);
	fputs("unset multiplot\n", f);
}

int plot_write(FILE *f, const struct comparison *c, plot_terminal terminal)
{
	const struct plot_kind *kind = kind_of(c);
	char fallback[64], *title, *small;
	struct lines titles = { 0 }, smalls = { 0 };

	if (!kind)
		return -ENODATA;
	snprintf(fallback, sizeof(fallback), "ktls-bench %s", c->options->mode->name);
	title = plot_clean(c->options->title ? c->options->title : fallback);
	small = caption(c, kind);
	if (title && small) {
		add_lines(&titles, title, TITLE_WIDTH, 3);
		add_caption(&smalls, small);
		write_all(f, c, kind, terminal, &titles, &smalls);
	}
	free(small);
	free(title);
	return title && small ? 0 : -ENOMEM;
}
