/* SPDX-License-Identifier: MIT */
/* ktlsctl probe for people: a matrix, and below it the reasons, each once. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "out/notes.h"
#include "out/table.h"
#include "probe.h"

enum {
	NOTE_SIZE = sizeof(((struct ktls_probe_result *)NULL)->why) + 32,
};

/* The notes with room for their texts. */
struct reasons {
	struct out_notes notes;
	char text[OUT_NOTES_MAX + 1][NOTE_SIZE];
};

static const struct {
	const char *word;
	enum out_tone tone;
} answers[] = {
	[KTLS_NO] = { "no", OUT_BAD },
	[KTLS_YES] = { "yes", OUT_GOOD },
	[KTLS_UNKNOWN] = { "unknown", OUT_WARN },
};

static unsigned note_for(struct reasons *reasons, const struct ktls_probe_result *res)
{
	char *text = reasons->text[reasons->notes.n];
	const char *name = ctl_errno_name(res->err);

	if (!res->why[0])
		return 0;
	if (name)
		snprintf(text, NOTE_SIZE, "%s: %s", name, res->why);
	else
		snprintf(text, NOTE_SIZE, "%s", res->why);
	return out_note(&reasons->notes, text);
}

/* "yes", "no(1)" */
static void answer_cell(struct out_table *t, struct reasons *reasons, const struct ktls_probe_result *res)
{
	unsigned note = note_for(reasons, res);

	if (note)
		out_table_cell(t, answers[res->answer].tone, "%s(%u)", answers[res->answer].word, note);
	else
		out_table_cell(t, answers[res->answer].tone, "%s", answers[res->answer].word);
}

static int print_ciphers(const struct probe_report *r, struct reasons *reasons, struct out *o)
{
	static const struct out_column columns[] = {
		{ "cipher", OUT_LEFT }, { "1.2 TX", OUT_LEFT }, { "1.2 RX", OUT_LEFT },
		{ "1.3 TX", OUT_LEFT }, { "1.3 RX", OUT_LEFT }, { "engine", OUT_LEFT },
	};
	struct out_table *t;
	int ret = out_table_new(&t, columns, sizeof(columns) / sizeof(columns[0]));

	if (ret)
		return ret;
	for (size_t i = 0; i < r->n; i++) {
		const struct probe_cipher *c = &r->ciphers[i];

		out_table_cell(t, OUT_PLAIN, "%s", c->info.name);
		for (size_t cell = 0; cell < PROBE_VERSIONS * PROBE_DIRS; cell++) {
			if (probe_cipher_exists(&c->info, cell / PROBE_DIRS))
				answer_cell(t, reasons, &c->result[cell / PROBE_DIRS][cell % PROBE_DIRS]);
			else
				out_table_cell(t, OUT_PLAIN, "-");
		}
		out_table_cell(t, OUT_PLAIN, "%s", c->info.engine_leaf);
	}
	ret = out_table_print(t, o);
	out_table_free(t);
	return ret;
}

/* NULL: a direction for which there is no such thing. */
static void feature_row(struct out_table *t, struct reasons *reasons, const char *name, const struct ktls_probe_result *tx,
			const struct ktls_probe_result *rx)
{
	const struct ktls_probe_result *const both[PROBE_DIRS] = { [KTLS_TX] = tx, [KTLS_RX] = rx };

	out_table_cell(t, OUT_PLAIN, "%s", name);
	for (size_t d = 0; d < PROBE_DIRS; d++) {
		if (both[d])
			answer_cell(t, reasons, both[d]);
		else
			out_table_cell(t, OUT_PLAIN, "-");
	}
}

static int print_features(const struct probe_report *r, struct reasons *reasons, struct out *o)
{
	static const struct out_column columns[] = {
		{ "feature", OUT_LEFT }, { "TX", OUT_LEFT }, { "RX", OUT_LEFT }
	};
	struct out_table *t;
	int ret = out_table_new(&t, columns, sizeof(columns) / sizeof(columns[0]));

	if (ret)
		return ret;
	feature_row(t, reasons, "TLS 1.3 key update", &r->rekey[KTLS_TX], &r->rekey[KTLS_RX]);
	feature_row(t, reasons, "max payload of records", &r->max_payload, NULL);
	if (r->full) {
		feature_row(t, reasons, "splice", &r->splice[KTLS_TX], &r->splice[KTLS_RX]);
		feature_row(t, reasons, "sendfile without a copy", &r->zero_copy, NULL);
		feature_row(t, reasons, "expect no padding", NULL, &r->no_pad);
	}
	ret = out_table_print(t, o);
	out_table_free(t);
	return ret;
}

static int print_answers(const struct probe_report *r, struct out *o)
{
	struct reasons *reasons = calloc(1, sizeof(*reasons));
	int ret;

	if (!reasons)
		return -ENOMEM;
	out_line(o);
	ret = print_ciphers(r, reasons, o);
	if (!ret) {
		out_line(o);
		ret = print_features(r, reasons, o);
	}
	if (!ret && reasons->notes.n) {
		out_line(o);
		out_notes_print(&reasons->notes, o);
	}
	free(reasons);
	return ret;
}

int probe_print_text(const struct probe_report *r, struct out *o)
{
	verdict_print(&r->verdict, o);
	if (r->verdict.advice[0])
		out_wrapped(o, OUT_PLAIN, 0, 0, r->verdict.advice);
	return r->asked ? print_answers(r, o) : 0;
}
