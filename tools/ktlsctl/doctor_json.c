/* SPDX-License-Identifier: MIT */
/* ktlsctl doctor for programs; ktlsctl(8) documents the schema. */
#include "doctor.h"
#include "out/json.h"

static json_t *finding(const struct finding *one)
{
	return json_pack("{s:s, s:s, s:o, s:o}", "check", one->check, "state", finding_state_name(one->state), "why",
			 out_json_text(one->why), "advice", out_json_text(one->advice));
}

static json_t *findings(const struct findings *f)
{
	json_t *list = json_array();

	for (size_t i = 0; i < f->n; i++)
		out_json_append(&list, finding(&f->list[i]));
	return list;
}

static json_t *counts(const struct findings *f)
{
	json_t *object = json_object();

	for (int s = 0; s < FINDING_STATES; s++)
		out_json_set(&object, finding_state_name((enum finding_state)s),
			     json_integer((json_int_t)findings_count(f, (enum finding_state)s)));
	return object;
}

int doctor_print_json(const struct doctor_report *r, struct out *o)
{
	return out_json(o, json_pack("{s:i, s:s, s:s, s:o, s:o, s:o}", "schema", 1, "command", "doctor", "state",
				     finding_state_name(findings_worst(&r->findings)), "release", out_json_text(r->release),
				     "counts", counts(&r->findings), "findings", findings(&r->findings)));
}
