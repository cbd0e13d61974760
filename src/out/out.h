/* SPDX-License-Identifier: MIT */
/* Where results go: a stream, with colour or without. */
#ifndef OUT_OUT_H
#define OUT_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum {
	OUT_WIDTH = 80,		/* columns that text is laid out for */
};

/* What a piece of text means; shown as a colour, and never by colour alone. */
enum out_tone {
	OUT_PLAIN,
	OUT_HEAD,	/* a title */
	OUT_GOOD,
	OUT_WARN,
	OUT_BAD,
};

struct out {
	FILE *to;
	bool colour;
};

/* Whether a person looks at it, who can make something of what is drawn with letters. */
bool out_is_terminal(const struct out *o);

/*
 * Decides on colour: @when is "always", "never" or "auto" (a terminal, NO_COLOR unset or empty, TERM not "dumb").
 * 0, or -EINVAL for another word.
 */
int out_set_colour(struct out *o, const char *when);

/* Writes text. Bytes that are not printable ASCII come out as '?': what is shown may have been named by somebody else. */
void out_text(struct out *o, enum out_tone tone, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * Writes @text and a newline, broken between words so that no line passes OUT_WIDTH. The first line starts at column
 * @column, where the stream is already; the others are indented by @indent.
 */
void out_wrapped(struct out *o, enum out_tone tone, size_t column, size_t indent, const char *text);

/* Ends a line, or leaves one empty. */
void out_line(struct out *o);

/* Flushes. 0, or negative errno (-EIO when nothing better is known) if anything written so far did not get out. */
int out_finish(struct out *o);

#endif
