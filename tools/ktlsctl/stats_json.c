/* SPDX-License-Identifier: MIT */
/* ktlsctl stats for programs; ktlsctl(8) documents the schema. */
#include <time.h>

#include "out/json.h"
#include "stats.h"
#include "system/stat_state.h"

static json_t *counters(const struct stats_report *r)
{
	json_t *object;

	if (r->stat_err)
		return json_null();
	object = json_object();
	for (size_t i = 0; i < r->stat.n; i++)
		out_json_set(&object, r->stat.counters[i].name, out_json_count(r->stat.counters[i].value));
	return object;
}

static json_t *changes(const struct stats_report *r)
{
	json_t *object;
	int64_t change;

	if (r->stat_err || !r->before)
		return json_null();
	object = json_object();
	for (size_t i = 0; i < r->stat.n; i++) {
		const struct tls_counter *c = &r->stat.counters[i];
		bool known = stat_state_change(r->before, c, &change);

		out_json_set(&object, c->name, known ? json_integer(change) : json_null());
	}
	return object;
}

json_t *stats_json(const struct stats_report *r)
{
	return json_pack("{s:i, s:s, s:I, s:o, s:o, s:o}", "schema", 1, "command", "stats", "time", (json_int_t)time(NULL),
			 "counters", counters(r), "delta", changes(r), "seconds",
			 r->before ? json_real(r->seconds) : json_null());
}
