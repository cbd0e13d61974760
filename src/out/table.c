/* SPDX-License-Identifier: MIT */
/* A table of text: as wide as its cells need, the last column broken between words. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "out/table.h"

enum {
	GAP = 2,
};

struct cell {
	const char *text;	/* the table's own */
	enum out_tone tone;
};

struct out_table {
	const struct out_column *columns;
	size_t n_columns;
	struct cell *cells;
	size_t used, room;
	int err;
	size_t width[];		/* of each column */
};

int out_table_new(struct out_table **t, const struct out_column *columns, size_t n)
{
	struct out_table *new = calloc(1, sizeof(*new) + n * sizeof(new->width[0]));

	if (!new)
		return -ENOMEM;
	new->columns = columns;
	new->n_columns = n;
	for (size_t c = 0; c < n; c++)
		new->width[c] = columns[c].title ? strlen(columns[c].title) : 0;
	*t = new;
	return 0;
}

void out_table_free(struct out_table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->used; i++)
		free((char *)t->cells[i].text);
	free(t->cells);
	free(t);
}

static int make_room(struct out_table *t)
{
	size_t room = t->room ? 2 * t->room : 32;
	struct cell *cells;

	if (t->used < t->room)
		return 0;
	cells = reallocarray(t->cells, room, sizeof(*cells));
	if (!cells)
		return -ENOMEM;
	t->cells = cells;
	t->room = room;
	return 0;
}

void out_table_cell(struct out_table *t, enum out_tone tone, const char *fmt, ...)
{
	size_t *width = &t->width[t->used % t->n_columns];
	va_list ap;
	char *text;
	int len;

	if (!t->err)
		t->err = make_room(t);
	if (t->err)
		return;
	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len < 0) {
		t->err = -ENOMEM;
		return;
	}
	t->cells[t->used++] = (struct cell){ .text = text, .tone = tone };
	*width = (size_t)len > *width ? (size_t)len : *width;
}

static bool has_titles(const struct out_table *t)
{
	for (size_t c = 0; c < t->n_columns; c++)
		if (t->columns[c].title)
			return true;
	return false;
}

static void spaces(struct out *o, size_t n)
{
	fprintf(o->to, "%*s", (int)n, "");
}

/* Blanks are owed until text follows, so that no line ends in them. */
static void print_row(const struct out_table *t, struct out *o, const struct cell *row, size_t n)
{
	size_t at = 0, start = 0;

	for (size_t c = 0; c < n; c++) {
		size_t len = strlen(row[c].text), from = start;
		bool last = c + 1 == t->n_columns;

		if (!last && t->columns[c].align == OUT_RIGHT)
			from += t->width[c] - len;
		start += t->width[c] + GAP;
		if (!len)
			continue;
		spaces(o, from - at);
		if (last) {
			out_wrapped(o, row[c].tone, from, from, row[c].text);
			return;
		}
		out_text(o, row[c].tone, "%s", row[c].text);
		at = from + len;
	}
	out_line(o);
}

static int print_titles(const struct out_table *t, struct out *o)
{
	struct cell *row = calloc(t->n_columns, sizeof(*row));

	if (!row)
		return -ENOMEM;
	for (size_t c = 0; c < t->n_columns; c++)
		row[c] = (struct cell){ .text = t->columns[c].title ? t->columns[c].title : "", .tone = OUT_HEAD };
	print_row(t, o, row, t->n_columns);
	free(row);
	return 0;
}

int out_table_print(const struct out_table *t, struct out *o)
{
	int ret = t->err;

	if (!ret && has_titles(t))
		ret = print_titles(t, o);
	for (size_t i = 0; !ret && i < t->used; i += t->n_columns) {
		size_t left = t->used - i;

		print_row(t, o, t->cells + i, left < t->n_columns ? left : t->n_columns);
	}
	return ret;
}
