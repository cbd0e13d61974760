/* SPDX-License-Identifier: MIT */
/* Numbered notes below a table: what is said more than once is written once. */
#ifndef OUT_NOTES_H
#define OUT_NOTES_H

#include "out/out.h"

enum {
	OUT_NOTES_MAX = 64,
};

struct out_notes {
	const char *text[OUT_NOTES_MAX];
	unsigned n;
};

/* The number of @text, from 1; the same for the same text. 0 when no more fit. @text outlives the notes. */
unsigned out_note(struct out_notes *notes, const char *text);

/* One line each, "(1) text", broken between words. */
void out_notes_print(const struct out_notes *notes, struct out *o);

#endif
