/* SPDX-License-Identifier: MIT */
/* Numbered notes below a table: what is said more than once is written once. */
#include <string.h>

#include "out/notes.h"

unsigned out_note(struct out_notes *notes, const char *text)
{
	for (unsigned i = 0; i < notes->n; i++)
		if (strcmp(notes->text[i], text) == 0)
			return i + 1;
	if (notes->n == OUT_NOTES_MAX)
		return 0;
	notes->text[notes->n++] = text;
	return notes->n;
}

void out_notes_print(const struct out_notes *notes, struct out *o)
{
	for (unsigned i = 0; i < notes->n; i++) {
		const size_t column = i + 1 < 10 ? 4 : 5;

		out_text(o, OUT_PLAIN, "(%u) ", i + 1);
		out_wrapped(o, OUT_PLAIN, column, column, notes->text[i]);
	}
}
