/* SPDX-License-Identifier: MIT */
/* Now and before: a comparison beside an earlier one. */
#include <string.h>

#include <jansson.h>

#include "ktls-bench/exit.h"
#include "ktls-bench/report.h"

/* The rate of the case in the earlier report; 0: it has none. */
static double before(const json_t *cases, const char *id, const struct bench_mode *mode)
{
	size_t i;
	json_t *one;

	json_array_foreach(cases, i, one) {
		const char *name = json_string_value(json_object_get(one, "case"));

		if (name && strcmp(name, id) == 0)
			return json_number_value(json_object_get(json_object_get(json_object_get(one, "results"), mode->rate_key), "median"));
	}
	return 0;
}

/* Where the server was, if it was not ours. */
static const char *url_of(const json_t *root)
{
	const char *url = json_string_value(json_object_get(json_object_get(json_object_get(root, "start"), "peer"), "url"));

	return url ? url : "this machine alone";
}

/* Speeds of different things cannot be compared. */
static int check_same(const struct comparison *c, const json_t *root, struct cli_failure *f)
{
	const json_int_t record = comparison_has_foreign_records(c) ? 0 : c->options->record;
	const json_t *tls = json_object_get(root, "tls");
	const char *cipher = json_string_value(json_object_get(tls, "cipher")), *mode = json_string_value(json_object_get(root, "mode"));

	if (!cipher || !json_is_array(json_object_get(json_object_get(root, "end"), "cases")))
		return cli_fail(f, CLI_IO, "%s: is not a JSON report of ktls-bench", c->options->baseline);
	if (strcmp(mode ? mode : "", c->options->mode->name) != 0)
		return cli_fail(f, CLI_USAGE, "%s: is of the mode %s, which does not compare", c->options->baseline, mode ? mode : "?");
	if (strcmp(url_of(root), c->options->peer ? c->options->url.text : "this machine alone") != 0)
		return cli_fail(f, CLI_USAGE, "%s: is of %s, which does not compare", c->options->baseline, url_of(root));
	if (strcmp(cipher, c->options->cipher) != 0 || json_integer_value(json_object_get(tls, "record_size")) != record)
		return cli_fail(f, CLI_USAGE, "%s: is of %s with records of %lld, which does not compare", c->options->baseline, cipher,
				(long long)json_integer_value(json_object_get(tls, "record_size")));
	return 0;
}

static bool compare_rows(const struct comparison *c, const json_t *cases, struct out *o)
{
	const struct bench_mode *mode = c->options->mode;
	bool below = false;

	for (size_t i = 0; i < c->n; i++) {
		const struct row *row = &c->rows[i];
		const double old = row->n ? before(cases, row->what.id, mode) : 0, percent = old > 0 ? 100 * row->rate.median / old : 0;
		const bool is_below = old > 0 && percent < c->options->fail_below;

		if (old <= 0)
			continue;
		below = below || is_below;
		out_text(o, is_below ? OUT_BAD : OUT_PLAIN, "%-20s %.2f %s, before %.2f: %.0f%%%s", row->what.title,
			 row->rate.median * mode->rate_scale, mode->rate_title, old * mode->rate_scale, percent, is_below ? ", below the limit" : "");
		out_line(o);
	}
	return below;
}

int report_baseline(const struct comparison *c, struct out *o, struct cli_failure *f)
{
	json_error_t error;
	json_t *root = json_load_file(c->options->baseline, 0, &error);
	bool below;

	if (!root)
		return cli_fail(f, CLI_IO, "%s: %s", c->options->baseline, error.text);
	if (check_same(c, root, f)) {
		json_decref(root);
		return f->code;
	}
	below = compare_rows(c, json_object_get(json_object_get(root, "end"), "cases"), o);
	json_decref(root);
	return below ? BENCH_BELOW : 0;
}
