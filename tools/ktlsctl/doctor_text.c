/* SPDX-License-Identifier: MIT */
/* ktlsctl doctor for people: a line for each finding, below it what to do, and the sum. */
#include "doctor.h"
#include "out/table.h"

static const enum out_tone tones[] = {
	[FINDING_OK] = OUT_GOOD,
	[FINDING_UNKNOWN] = OUT_WARN,
	[FINDING_WARNING] = OUT_WARN,
	[FINDING_FAILED] = OUT_BAD,
};

static void rows(const struct finding *one, struct out_table *t)
{
	out_table_cell(t, tones[one->state], "%s", finding_state_name(one->state));
	out_table_cell(t, OUT_PLAIN, "%s", one->check);
	out_table_cell(t, OUT_PLAIN, "%s", one->why);
	if (!one->advice[0])
		return;
	out_table_cell(t, OUT_PLAIN, "%s", "");
	out_table_cell(t, OUT_PLAIN, "%s", "");
	out_table_cell(t, OUT_HEAD, "-> %s", one->advice);
}

/* "2 failed, 1 warning, 9 ok" */
static void print_sum(const struct findings *f, struct out *o)
{
	bool any = false;

	for (int s = FINDING_STATES - 1; s >= 0; s--) {
		const size_t n = findings_count(f, (enum finding_state)s);

		if (!n)
			continue;
		out_text(o, tones[s], "%s%zu %s%s", any ? ", " : "", n, finding_state_name((enum finding_state)s),
			 s == FINDING_WARNING && n > 1 ? "s" : "");
		any = true;
	}
	out_line(o);
}

int doctor_print_text(const struct doctor_report *r, struct out *o)
{
	static const struct out_column columns[] = { { NULL, OUT_LEFT }, { NULL, OUT_LEFT }, { NULL, OUT_LEFT } };
	struct out_table *t;
	int ret = out_table_new(&t, columns, sizeof(columns) / sizeof(columns[0]));

	if (ret)
		return ret;
	for (size_t i = 0; i < r->findings.n; i++)
		rows(&r->findings.list[i], t);
	ret = out_table_print(t, o);
	out_table_free(t);
	if (ret)
		return ret;
	out_line(o);
	print_sum(&r->findings, o);
	return 0;
}
