/* SPDX-License-Identifier: MIT */
/* A comparison as a picture, or rather as what gnuplot draws it from. */
#ifndef KTLS_BENCH_PLOT_H
#define KTLS_BENCH_PLOT_H

#include <stdio.h>

#include "ktls-bench/comparison.h"

enum {
	PLOT_WIDTH = 1000,	/* of a picture, in pixels; its height is as needed */
};

#define PLOT_POINT "0.7"	/* size of the points on curves */

/* A script that is being written. Pixels count from the upper left corner. */
struct plot {
	FILE *f;
	const struct comparison *c;
	int height;
	int top, bottom;	/* where the coordinates begin and end */
};

/* What may be drawn of a comparison. */
struct plot_kind {
	bool (*fits)(const struct comparison *c);
	int (*rows)(const struct comparison *c);	/* pixels between top and bottom */
	bool has_curves;				/* they are named below */
	bool has_points;				/* on them */
	const char *legend;				/* how to read it, in words */
	void (*draw)(const struct plot *p);		/* labels are drawn with the first coordinates, and unset then */
};

extern const struct plot_kind plot_bars, plot_latencies, plot_sizes;

/* How a script begins: what is drawn on, whose size in pixels follows. */
typedef void (*plot_terminal)(FILE *f, int width, int height);

/* The script of the whole picture. 0; -ENODATA: there is nothing to draw; -ENOMEM. */
int plot_write(FILE *f, const struct comparison *c, plot_terminal terminal);

/* Lets gnuplot draw the script that lies in file @script into file @picture. 0 or the exit code of @failure. */
int plot_run(int script, int picture, struct cli_failure *failure);

/* --- what the kinds share ------------------------------------------------------------- */

/* A number of a row that is drawn. */
struct plot_measure {
	const char *title;
	const char *better;		/* "more is better" */
	double scale;
	int digits;			/* behind the point */
	struct stats (*of)(const struct row *row);
};

enum {
	PLOT_MEASURES = 2,
};

/* The rate, and what it costs. */
void plot_measures(const struct comparison *c, struct plot_measure measures[PLOT_MEASURES]);

/* Of all rows: the least and the most of a measure, and of its medians. 0 and 0: there are none. */
struct plot_range {
	double min, max, min_median, max_median;
};

struct plot_range plot_range_of(const struct comparison *c, const struct plot_measure *m);

/* A curve is a series of rows that differ in size, or a row by itself. */
struct plot_curve {
	const char *title;
	unsigned colour;	/* 0xrrggbb; the same carrier has the same in every picture, and they can be told apart by everybody */
	int point;		/* gnuplot's number */
	const char *dash;	/* gnuplot's dash type */
};

enum {
	PLOT_NO_CURVE = BENCH_CASES_MAX,
};

/* The curves, and to which of them each row belongs (PLOT_NO_CURVE: it was not measured). Their number. */
size_t plot_curves(const struct comparison *c, struct plot_curve curves[BENCH_CASES_MAX], size_t of_row[BENCH_CASES_MAX]);

/* Coordinates between these pixels from the left. */
void plot_margins(const struct plot *p, int left, int right);

/* "set xtics (...)" and the like for a logarithmic axis of ten: 1, 2, 5, 10 ... from @least to @most. */
void plot_log_tics(FILE *f, const char *axis, double least, double most);

/* --- words ---------------------------------------------------------------------------- */

/* @text as gnuplot and XML can have it: UTF-8 without control characters. Freed by the caller; NULL: out of memory. */
char *plot_clean(const char *text);

/* How many bytes of clean @text fit into @width characters, ending before a blank if that is possible. */
size_t plot_fit(const char *text, size_t width);

/* @len bytes of clean text in quotes, in which gnuplot looks for nothing. */
void plot_quote(FILE *f, const char *text, size_t len);

#endif
