/* SPDX-License-Identifier: MIT */
/* Where results go: a stream, with colour or without. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "out/out.h"

/* SGR parameters (ECMA-48), from the eight colours that every terminal has. */
static const char *const tone_codes[] = {
	[OUT_PLAIN] = NULL,
	[OUT_HEAD] = "1",
	[OUT_GOOD] = "32",
	[OUT_WARN] = "33",
	[OUT_BAD] = "31",
};

/* https://no-color.org: present and not empty, whatever its value. */
static bool environment_wants_colour(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return (!no_color || !*no_color) && term && strcmp(term, "dumb") != 0;
}

bool out_is_terminal(const struct out *o)
{
	return isatty(fileno(o->to));
}

int out_set_colour(struct out *o, const char *when)
{
	if (strcmp(when, "always") == 0)
		o->colour = true;
	else if (strcmp(when, "never") == 0)
		o->colour = false;
	else if (strcmp(when, "auto") == 0)
		o->colour = out_is_terminal(o) && environment_wants_colour();
	else
		return -EINVAL;
	return 0;
}

static void put(struct out *o, enum out_tone tone, const char *text, size_t len)
{
	const char *code = o->colour && len ? tone_codes[tone] : NULL;

	if (code)
		fprintf(o->to, "\033[%sm", code);
	for (size_t i = 0; i < len; i++)
		fputc(text[i] >= ' ' && text[i] <= '~' ? text[i] : '?', o->to);
	if (code)
		fputs("\033[0m", o->to);
}

void out_text(struct out *o, enum out_tone tone, const char *fmt, ...)
{
	char *text;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len < 0)
		return;
	put(o, tone, text, (size_t)len);
	free(text);
}

void out_line(struct out *o)
{
	fputc('\n', o->to);
}

/* How much of @text fits into @room columns, ending before a blank; at least one word. */
static size_t line_length(const char *text, size_t room)
{
	size_t best = strcspn(text, " ");

	for (size_t end = best; text[end] == ' ';) {
		end += 1 + strcspn(text + end + 1, " ");
		if (end > room)
			break;
		best = end;
	}
	return best;
}

void out_wrapped(struct out *o, enum out_tone tone, size_t column, size_t indent, const char *text)
{
	for (;;) {
		size_t len = line_length(text, column < OUT_WIDTH ? OUT_WIDTH - column : 0);

		put(o, tone, text, len);
		out_line(o);
		text += len;
		text += strspn(text, " ");
		if (!*text)
			return;
		fprintf(o->to, "%*s", (int)indent, "");
		column = indent;
	}
}

int out_finish(struct out *o)
{
	if (fflush(o->to))
		return -errno;
	return ferror(o->to) ? -EIO : 0;
}
