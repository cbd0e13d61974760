/* SPDX-License-Identifier: MIT */
/* Which rows make a curve, and how curves are told apart. */
#include <string.h>

#include "ktls-bench/plot.h"

/*
 * Okabe and Ito's colours, which people who see colours differently can tell apart as well. Relatives are neighbours: libssl is
 * blue, the kernel is red, orange and purple. Each carrier has a row.
 */
static const struct {
	const char *carrier;
	unsigned colour;
	int point;
} of_carriers[] = {
	{ "plain", 0x7f7f7f, 4 },
	{ "libssl", 0x0072b2, 7 },
	{ "libssl-ktls", 0x56b4e9, 6 },
	{ "engine", 0x009e73, 9 },
	{ "kernel", 0xd55e00, 5 },
	{ "kernel-sendfile", 0xe69f00, 13 },
	{ "kernel-zerocopy", 0xcc79a7, 11 },
};

/* For what has no carrier, by kind. */
static const struct {
	unsigned colour;
	int point;
} of_others[] = {
	{ 0x0072b2, 7 }, { 0xd55e00, 5 }, { 0x009e73, 9 }, { 0xe69f00, 13 },
	{ 0x56b4e9, 6 }, { 0xcc79a7, 11 }, { 0x7f7f7f, 4 }, { 0x000000, 8 },
};

/* How many kinds are named before the row. */
static size_t kinds_before(const struct comparison *c, size_t row)
{
	size_t n = 0;

	for (size_t i = 0; i < row; i++) {
		size_t k = 0;

		if (strcmp(c->rows[i].what.group, c->rows[row].what.group) == 0)
			return kinds_before(c, i);
		while (k < i && strcmp(c->rows[k].what.group, c->rows[i].what.group) != 0)
			k++;
		n += k == i;
	}
	return n;
}

static void set_style(struct plot_curve *curve, const struct comparison *c, size_t row)
{
	const struct carrier *carrier = c->rows[row].what.carrier;
	const size_t other = kinds_before(c, row) % (sizeof(of_others) / sizeof(of_others[0]));

	curve->colour = of_others[other].colour;
	curve->point = of_others[other].point;
	for (size_t i = 0; carrier && i < sizeof(of_carriers) / sizeof(of_carriers[0]); i++)
		if (strcmp(of_carriers[i].carrier, carrier->id) == 0) {
			curve->colour = of_carriers[i].colour;
			curve->point = of_carriers[i].point;
		}
}

/* Of several curves in one colour each has dashes of its own. */
static void set_dash(struct plot_curve *curves, size_t n)
{
	static const char *const dashes[] = { "solid", "(8,4)", "(2,3)", "(10,3,2,3)", "(10,3,2,3,2,3)" };
	size_t before = 0;

	for (size_t i = 0; i < n; i++)
		before += curves[i].colour == curves[n].colour;
	curves[n].dash = dashes[before % (sizeof(dashes) / sizeof(dashes[0]))];
}

/* Whether the row goes on with the curve: the same series, with a size that is not there yet (a case may be named twice). */
static bool continues(const struct comparison *c, size_t row, const struct plot_curve *curve, const size_t *of_row, size_t k)
{
	const struct bench_case *what = &c->rows[row].what;

	if (!what->series[0] || strcmp(what->series, curve->title) != 0)
		return false;
	for (size_t i = 0; i < row; i++)
		if (of_row[i] == k && c->rows[i].what.size == what->size)
			return false;
	return true;
}

size_t plot_curves(const struct comparison *c, struct plot_curve curves[BENCH_CASES_MAX], size_t of_row[BENCH_CASES_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		const struct bench_case *what = &c->rows[i].what;
		size_t k = 0;

		of_row[i] = PLOT_NO_CURVE;
		if (!c->rows[i].n)
			continue;
		while (k < n && !continues(c, i, &curves[k], of_row, k))
			k++;
		of_row[i] = k;
		if (k < n)
			continue;
		curves[n].title = what->series[0] ? what->series : what->title;
		set_style(&curves[n], c, i);
		set_dash(curves, n);
		n++;
	}
	return n;
}
