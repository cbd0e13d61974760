/* SPDX-License-Identifier: MIT */
/* Words for gnuplot: titles come from users. */
#include <stdlib.h>
#include <string.h>

#include "ktls-bench/plot.h"
#include "out/json.h"

/* U+FFFE and U+FFFF are UTF-8, but no character of XML (section 2.2). */
static bool is_no_character(const char *p)
{
	return memcmp(p, "\xef\xbf\xbe", 3) == 0 || memcmp(p, "\xef\xbf\xbf", 3) == 0;
}

char *plot_clean(const char *text)
{
	json_t *value = out_json_text(text);
	char *clean = strdup(json_is_string(value) ? json_string_value(value) : "");

	json_decref(value);
	for (char *p = clean; p && *p; p++) {
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';
		else if ((unsigned char)*p == 0xef && is_no_character(p))
			memcpy(p, "???", 3);
	}
	return clean;
}

static bool begins_character(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

size_t plot_fit(const char *text, size_t width)
{
	size_t n = 0, at = 0, blank = 0;

	for (; text[at]; at++) {
		if (begins_character(text[at]) && n++ == width)
			break;
		if (text[at] == ' ')
			blank = at;
	}
	return !text[at] || text[at] == ' ' || !blank ? at : blank;
}

/* In single quotes gnuplot knows no backslash, no backquote and no macro: a quote is written twice, and that is all. */
void plot_quote(FILE *f, const char *text, size_t len)
{
	fputc('\'', f);
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\'')
			fputc('\'', f);
		fputc(text[i], f);
	}
	fputc('\'', f);
}
