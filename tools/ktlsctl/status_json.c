/* SPDX-License-Identifier: MIT */
/* ktlsctl status for programs; ktlsctl(8) documents the schema. */
#include "nic.h"
#include "status.h"

static json_t *config(const struct kernel_view *k)
{
	return json_pack("{s:o, s:o, s:o, s:o}", "source", out_json_text(k->config_err ? NULL : k->config_source), "CONFIG_TLS",
			 out_json_text(kconfig_value_name(k->config_tls)), "CONFIG_TLS_DEVICE",
			 out_json_text(kconfig_value_name(k->config_tls_device)), "CONFIG_TLS_TOE",
			 out_json_text(kconfig_value_name(k->config_tls_toe)));
}

static json_t *module(const struct kernel_view *k, const struct module_rules *rules)
{
	return json_pack("{s:o, s:o, s:o, s:b, s:o, s:o}", "state", out_json_text(module_state_name(k->module_state)), "use_count",
			 out_json_count(k->module.users), "file", out_json_text(k->module.file),
			 "blacklisted", (int)rules->blacklisted, "install", out_json_text(rules->install), "boot_file",
			 out_json_text(rules->boot_file));
}

static json_t *ulps(const struct kernel_view *k)
{
	json_t *list;

	if (k->ulp_err)
		return json_null();
	list = json_array();
	for (size_t i = 0; i < k->ulps.n; i++)
		out_json_append(&list, out_json_text(k->ulps.names[i]));
	return list;
}

/* The two numbers of a direction, or of both ways of carrying it. */
static json_t *modes(const struct kernel_view *k, const char *tx, const char *rx)
{
	return json_pack("{s:o, s:o}", "tx", out_json_count(k->stat_err ? -1 : tls_stat_get(&k->stat, tx)), "rx",
			 out_json_count(k->stat_err ? -1 : tls_stat_get(&k->stat, rx)));
}

static json_t *connections(const struct status *st)
{
	return json_pack("{s:o, s:o, s:o, s:o}", "tx", out_json_count(st->verdict.sending), "rx",
			 out_json_count(st->verdict.receiving), "software", modes(&st->kernel, "TlsCurrTxSw", "TlsCurrRxSw"),
			 "device", modes(&st->kernel, "TlsCurrTxDevice", "TlsCurrRxDevice"));
}

static json_t *one_switch(const struct tls_switch *s)
{
	return json_pack("{s:o, s:o}", "ktls", out_json_text(tls_switch_name(s->state)), "file", out_json_text(s->file));
}

static json_t *libraries(const struct apps *a)
{
	return json_pack("{s:{s:o, s:o, s:o}, s:o, s:o}", "libssl", "version", out_json_text(a->libssl_version), "built_with_ktls",
			 out_json_answer(a->libssl_built), "receives_tls13", out_json_answer(a->libssl_receives_13), "openssl_conf",
			 one_switch(&a->openssl), "gnutls_conf", one_switch(&a->gnutls));
}

static json_t *handshake(const struct handshake_agent *a)
{
	return json_pack("{s:o, s:o}", "family", out_json_answer(a->family), "listening", out_json_count(a->listening));
}

static json_t *counters(const struct kernel_view *k)
{
	json_t *object;

	if (k->stat_err)
		return json_null();
	object = json_object();
	for (size_t i = 0; i < k->stat.n; i++)
		out_json_set(&object, k->stat.counters[i].name, out_json_count(k->stat.counters[i].value));
	return object;
}

static json_t *driver(const struct status_aead *a)
{
	if (a->found != 1)
		return json_pack("{s:s, s:n, s:n, s:n, s:n}", "aead", a->name, "driver", "priority", "accelerated", "async");
	return json_pack("{s:s, s:o, s:i, s:o, s:b}", "aead", a->name, "driver", out_json_text(a->best.driver), "priority",
			 (int)a->best.priority, "accelerated", out_json_answer(a->speed), "async", (int)a->best.async);
}

static json_t *drivers(const struct status *st)
{
	json_t *list = json_array();

	for (size_t i = 0; i < st->n_aeads; i++)
		out_json_append(&list, driver(&st->aeads[i]));
	return list;
}

static json_t *engine(const struct status *st)
{
	json_t *list = json_array();

	for (size_t i = 0; i < st->n_engine; i++)
		out_json_append(&list, json_pack("{s:s, s:s}", "cipher", st->engine[i].cipher, "leaf", st->engine[i].leaf));
	return list;
}

static json_t *nics(const struct status *st)
{
	json_t *list;

	if (st->nics_err)
		return json_null();
	list = json_array();
	for (size_t i = 0; i < st->n_nics; i++) {
		json_t *features = json_object();

		for (unsigned f = 0; f < NIC_FEATURES; f++)
			out_json_set(&features, nic_feature_name((enum nic_feature)f), nic_feature_json(&st->nics[i].feature[f]));
		out_json_append(&list, json_pack("{s:o, s:o}", "device", out_json_text(st->nics[i].name), "features", features));
	}
	return list;
}

int status_print_json(const struct status *st, struct out *o)
{
	const struct verdict *v = &st->verdict;
	const struct kernel_view *k = &st->kernel;

	return out_json(o, json_pack("{s:i, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "schema", 1,
				     "command", "status", "state", v->name, "summary", v->headline, "advice",
				     out_json_text(v->advice), "release", out_json_text(k->release), "config", config(k),
				     "module", module(k, &st->rules), "ulps", ulps(k), "connections", connections(st), "counters",
				     counters(k), "errors", out_json_count(k->stat_err ? -1 : tls_stat_errors(&k->stat)), "crypto",
				     drivers(st), "engine", engine(st), "libraries", libraries(&st->apps), "handshake",
				     handshake(&st->apps.agent), "nics", nics(st)));
}
