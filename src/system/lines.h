/* SPDX-License-Identifier: MIT */
/* Walking over the lines of a text that has a length and need not end in a newline. */
#ifndef SYSTEM_LINES_H
#define SYSTEM_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct lines {
	const char *at, *end;
};

struct line {
	const char *s;		/* of an empty line it may be NULL, which memcmp() and its kin do not take */
	size_t len;		/* without the newline */
};

static inline struct lines lines_of(const char *text, size_t len)
{
	return (struct lines){ .at = text, .end = text + len };
}

/* The next line, if there is one. */
static inline bool lines_next(struct lines *l, struct line *line)
{
	const char *newline;
	size_t left = (size_t)(l->end - l->at);

	if (!left)
		return false;
	newline = memchr(l->at, '\n', left);
	line->s = l->at;
	line->len = newline ? (size_t)(newline - l->at) : left;
	l->at += newline ? line->len + 1 : left;
	return true;
}

static inline bool line_is_blank_char(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Takes blanks off both ends. */
static inline struct line line_trim(struct line line)
{
	while (line.len && line_is_blank_char(line.s[0])) {
		line.s++;
		line.len--;
	}
	while (line.len && line_is_blank_char(line.s[line.len - 1]))
		line.len--;
	return line;
}

/* Cuts the first word off the front; empty when there is none. */
static inline struct line line_word(struct line *rest)
{
	struct line word = line_trim(*rest);
	size_t n = 0;

	while (n < word.len && !line_is_blank_char(word.s[n]))
		n++;
	rest->s = word.s + n;
	rest->len = word.len - n;
	word.len = n;
	return word;
}

static inline bool line_equals(struct line line, const char *s)
{
	return line.len == strlen(s) && (!line.len || memcmp(line.s, s, line.len) == 0);
}

static inline bool line_starts_with(struct line line, const char *s)
{
	size_t len = strlen(s);

	return line.len >= len && (!len || memcmp(line.s, s, len) == 0);
}

/* Copies what fits into @size bytes, NUL included. False, and nothing written, if it does not fit or holds a NUL. */
static inline bool line_copy(struct line line, char *to, size_t size)
{
	if (line.len >= size || (line.len && memchr(line.s, '\0', line.len)))
		return false;
	if (line.len)
		memcpy(to, line.s, line.len);
	to[line.len] = '\0';
	return true;
}

#endif
