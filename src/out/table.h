/* SPDX-License-Identifier: MIT */
/* A table of text: as wide as its cells need, the last column broken between words. */
#ifndef OUT_TABLE_H
#define OUT_TABLE_H

#include <stddef.h>

#include "out/out.h"

enum out_align {
	OUT_LEFT,
	OUT_RIGHT,
};

struct out_column {
	const char *title;	/* NULL: none */
	enum out_align align;	/* the last column is always to the left */
};

struct out_table;

/* @columns stay the caller's and outlive the table. 0 or -ENOMEM. */
int out_table_new(struct out_table **t, const struct out_column *columns, size_t n);

/* The next cell, from left to right and row after row. A failure is kept for out_table_print(). */
void out_table_cell(struct out_table *t, enum out_tone tone, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Titles, if any column has one, and rows. 0, or -ENOMEM if a cell could not be kept. */
int out_table_print(const struct out_table *t, struct out *o);

void out_table_free(struct out_table *t);

#endif
