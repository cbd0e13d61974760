/* SPDX-License-Identifier: MIT */
/* ktlsctl probe for programs; ktlsctl(8) documents the schema. */
#include "ctl.h"
#include "out/json.h"
#include "probe.h"

static json_t *result(const struct ktls_probe_result *res)
{
	return json_pack("{s:o, s:o, s:o, s:o}", "supported", out_json_answer((int)res->answer), "errno",
			 res->err ? json_integer(res->err) : json_null(), "error", out_json_text(ctl_errno_name(res->err)),
			 "why", out_json_text(res->why));
}

static json_t *both_ways(const struct ktls_probe_result res[PROBE_DIRS])
{
	return json_pack("{s:o, s:o}", "tx", result(&res[KTLS_TX]), "rx", result(&res[KTLS_RX]));
}

static json_t *cipher(const struct probe_cipher *c)
{
	const struct ktls_cipher_info *info = &c->info;
	json_t *object = json_pack("{s:s, s:s, s:i, s:s, s:s, s:o, s:i, s:s}", "name", info->name, "id", info->id,
				   "kernel_type", (int)info->kernel_type, "kernel_aead", info->kernel_aead, "kernel_since",
				   info->kernel_since, "suite13", info->suite13 ? json_integer(info->suite13) : json_null(),
				   "key_bits", (int)info->key_bits, "engine", info->engine_leaf);

	for (size_t v = 0; v < PROBE_VERSIONS; v++)
		out_json_set(&object, probe_versions[v].key,
			     probe_cipher_exists(info, v) ? both_ways(c->result[v]) : json_null());
	return object;
}

static json_t *ciphers(const struct probe_report *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->n; i++)
		out_json_append(&list, cipher(&r->ciphers[i]));
	return list;
}

int probe_print_json(const struct probe_report *r, struct out *o)
{
	const struct verdict *v = &r->verdict;

	return out_json(o, json_pack("{s:i, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "schema", 1, "command", "probe",
				     "state", v->name, "summary", v->headline, "advice", out_json_text(v->advice), "release",
				     out_json_text(r->release), "ulp", result(&r->ulp), "ciphers", ciphers(r), "rekey",
				     both_ways(r->rekey), "max_payload", result(&r->max_payload), "zero_copy",
				     r->full ? result(&r->zero_copy) : json_null(), "no_pad",
				     r->full ? result(&r->no_pad) : json_null(), "splice",
				     r->full ? both_ways(r->splice) : json_null()));
}
