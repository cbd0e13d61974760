/* SPDX-License-Identifier: MIT */
/* ktlsctl status for people: one screen. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "nic.h"
#include "out/table.h"
#include "status.h"

/* Words joined into one string, for lists that are broken between words. */
struct words {
	FILE *f;
	char *text;
	size_t len;
};

static int words_open(struct words *w)
{
	*w = (struct words){ 0 };
	w->f = open_memstream(&w->text, &w->len);
	return w->f ? 0 : -ENOMEM;
}

static int words_close(struct words *w)
{
	return fclose(w->f) ? -ENOMEM : 0;
}

/* --- facts ---------------------------------------------------------------- */

static void fact_config(const struct kernel_view *k, struct out_table *t)
{
	const char *tls = kconfig_value_name(k->config_tls), *device = kconfig_value_name(k->config_tls_device);

	out_table_cell(t, OUT_PLAIN, "configuration");
	if (k->config_err == -ENOENT)
		out_table_cell(t, OUT_PLAIN, "not known: none of this kernel is installed");
	else if (k->config_err)
		out_table_cell(t, OUT_PLAIN, "not known: %s: %s", k->config_source, strerror(-k->config_err));
	else
		out_table_cell(t, OUT_PLAIN, "CONFIG_TLS=%s TLS_DEVICE=%s%s%s (%s)", tls ? tls : "?", device ? device : "?",
			       k->config_tls_toe == KCONFIG_YES ? " TLS_TOE=" : "",
			       k->config_tls_toe == KCONFIG_YES ? kconfig_value_name(k->config_tls_toe) : "", k->config_source);
}

/* What modprobe.d adds to the state of a module that is not loaded. */
static const char *rule_against(const struct module_rules *rules)
{
	if (module_install_forbids(rules->install))
		return ", forbidden by modprobe.d";
	return rules->blacklisted ? ", blacklisted by modprobe.d" : "";
}

static void fact_module(const struct kernel_view *k, const struct module_rules *rules, struct out_table *t)
{
	const struct module_facts *m = &k->module;

	out_table_cell(t, OUT_PLAIN, "module tls");
	switch (k->module_state) {
	case MODULE_LOADED:
		if (m->users >= 0)
			out_table_cell(t, OUT_PLAIN, "loaded, use count %" PRId64, m->users);
		else
			out_table_cell(t, OUT_PLAIN, "loaded");
		return;
	case MODULE_BUILT_IN:
		out_table_cell(t, OUT_PLAIN, "built in");
		return;
	case MODULE_LOADABLE:
		out_table_cell(t, OUT_PLAIN, "not loaded: %s%s", m->file, rule_against(rules));
		return;
	case MODULE_ABSENT:
		out_table_cell(t, OUT_PLAIN, "absent");
		return;
	case MODULE_UNKNOWN:
	default:
		out_table_cell(t, OUT_PLAIN, "not loaded; no modules of this kernel are installed here");
		return;
	}
}

static int fact_ulps(const struct kernel_view *k, struct out_table *t)
{
	struct words w;
	int ret;

	out_table_cell(t, OUT_PLAIN, "TCP ULPs");
	if (k->ulp_err) {
		out_table_cell(t, OUT_PLAIN, "%s", k->ulp_err == -ENOENT ?
			       "not visible: only the initial network namespace shows them" : strerror(-k->ulp_err));
		return 0;
	}
	if (words_open(&w))
		return -ENOMEM;
	for (size_t i = 0; i < k->ulps.n; i++)
		fprintf(w.f, "%s%s", i ? " " : "", k->ulps.names[i]);
	ret = words_close(&w);
	if (!ret)
		out_table_cell(t, OUT_PLAIN, "%s", w.len ? w.text : "none");
	free(w.text);
	return ret;
}

/* "aesni-pclmul for AES-128-GCM AES-256-GCM; evp for the others" */
static int fact_engine(const struct status *st, struct out_table *t)
{
	const char *usual = "evp";
	struct words w;
	int ret;

	out_table_cell(t, OUT_PLAIN, "libktls engine");
	if (words_open(&w))
		return -ENOMEM;
	for (size_t i = 0; i < st->n_engine; i++) {
		const char *leaf = st->engine[i].leaf;

		if (strcmp(leaf, usual) == 0)
			continue;
		if (!i || strcmp(leaf, st->engine[i - 1].leaf) != 0)
			fprintf(w.f, "%s for", leaf);
		fprintf(w.f, " %s%s", st->engine[i].cipher,
			i + 1 == st->n_engine || strcmp(leaf, st->engine[i + 1].leaf) != 0 ? "; " : "");
	}
	ret = words_close(&w);
	if (!ret)
		out_table_cell(t, OUT_PLAIN, "%s%s for %s", w.text, usual, w.len ? "the others" : "every cipher");
	free(w.text);
	return ret;
}

static const char *switch_word(const struct tls_switch *s)
{
	const char *name = tls_switch_name(s->state);

	return name ? name : "not readable";
}

static void fact_libraries(const struct apps *a, struct out_table *t)
{
	out_table_cell(t, OUT_PLAIN, "TLS libraries");
	out_table_cell(t, OUT_PLAIN, "%s%s%sOptions = KTLS %s in %s; ktls %s in %s", a->libssl_version[0] ? "libssl " : "",
		       a->libssl_version, a->libssl_version[0] ? "; " : "", switch_word(&a->openssl), a->openssl.file,
		       switch_word(&a->gnutls), a->gnutls.file);
}

/* Where the kernel has no users of its own, there is nothing to say. */
static void fact_agent(const struct handshake_agent *a, struct out_table *t)
{
	if (a->family != 1)
		return;
	out_table_cell(t, OUT_PLAIN, "handshakes");
	if (a->listening < 0)
		out_table_cell(t, OUT_PLAIN, "for NFS and NVMe: whether an agent listens is not known");
	else
		out_table_cell(t, OUT_PLAIN, "for NFS and NVMe: %s", a->listening ? "an agent listens" : "no agent (tlshd) listens");
}

/* "eth0 tx on rx off; eth1 tx off": the features that can be switched, or are on. */
static void write_capable(const struct status *st, FILE *f)
{
	for (size_t i = 0; i < st->n_nics; i++) {
		const char *name = st->nics[i].name;

		for (unsigned k = 0; k < NIC_FEATURES; k++) {
			const struct nic_feature_state *s = &st->nics[i].feature[k];

			if (!s->known || (!s->changeable && !s->active))
				continue;
			/* Only before its first. */
			if (name)
				fprintf(f, "%s%s", ftell(f) ? "; " : "", name);
			name = NULL;
			fprintf(f, " %s %s", nic_feature_key((enum nic_feature)k), nic_state_word(s));
		}
	}
}

static int fact_nics(const struct status *st, struct out_table *t)
{
	struct words w;
	int ret;

	if (st->nics_err == -ENODATA || (!st->nics_err && !st->n_nics))
		return 0;
	out_table_cell(t, OUT_PLAIN, "NIC offload");
	if (st->nics_err) {
		out_table_cell(t, OUT_PLAIN, "not known: %s", st->nics_err == -EOPNOTSUPP ? "this kernel has no ethtool netlink (Linux 5.6)"
											   : strerror(-st->nics_err));
		return 0;
	}
	if (words_open(&w))
		return -ENOMEM;
	write_capable(st, w.f);
	ret = words_close(&w);
	if (!ret && w.len)
		out_table_cell(t, OUT_PLAIN, "%s", w.text);
	else if (!ret)
		out_table_cell(t, OUT_PLAIN, "none: %zu device%s, not capable (ktlsctl nic says why)", st->n_nics,
			       st->n_nics == 1 ? "" : "s");
	free(w.text);
	return ret;
}

static int print_facts(const struct status *st, struct out *o)
{
	static const struct out_column columns[] = { { NULL, OUT_LEFT }, { NULL, OUT_LEFT } };
	struct out_table *t;
	int ret = out_table_new(&t, columns, 2);

	if (ret)
		return ret;
	out_table_cell(t, OUT_PLAIN, "kernel");
	out_table_cell(t, OUT_PLAIN, "%s", st->kernel.release);
	fact_config(&st->kernel, t);
	fact_module(&st->kernel, &st->rules, t);
	ret = fact_ulps(&st->kernel, t);
	if (!ret)
		ret = fact_engine(st, t);
	fact_libraries(&st->apps, t);
	fact_agent(&st->apps.agent, t);
	if (!ret)
		ret = fact_nics(st, t);
	if (!ret)
		ret = out_table_print(t, o);
	out_table_free(t);
	return ret;
}

/* --- crypto drivers ------------------------------------------------------- */

static void driver_row(const struct status_aead *a, struct out_table *t)
{
	static const struct {
		const char *word;
		enum out_tone tone;
	} speeds[] = { { "?", OUT_PLAIN }, { "no", OUT_WARN }, { "yes", OUT_GOOD } };
	const int i = a->speed + 1;

	out_table_cell(t, OUT_PLAIN, "%s", a->name);
	out_table_cell(t, OUT_PLAIN, "%" PRId32, a->best.priority);
	out_table_cell(t, speeds[i].tone, "%s", speeds[i].word);
	out_table_cell(t, OUT_PLAIN, "%s%s", a->best.driver, a->best.async ? " (async)" : "");
}

/* The kernel puts most of them together when they are first asked for. */
static int print_missing_drivers(const struct status *st, struct out *o)
{
	static const char label[] = "kernel crypto not listed (yet): ";
	struct words w;
	int ret;

	if (words_open(&w))
		return -ENOMEM;
	for (size_t i = 0; i < st->n_aeads; i++)
		if (st->aeads[i].found != 1)
			fprintf(w.f, "%s%s", ftell(w.f) ? " " : "", st->aeads[i].name);
	ret = words_close(&w);
	if (!ret && w.len) {
		out_text(o, OUT_PLAIN, "%s", label);
		out_wrapped(o, OUT_PLAIN, strlen(label), 2, w.text);
	}
	free(w.text);
	return ret;
}

static int print_drivers(const struct status *st, struct out *o)
{
	static const struct out_column columns[] = {
		{ "kernel crypto", OUT_LEFT }, { "prio", OUT_RIGHT }, { "fast", OUT_LEFT }, { "driver", OUT_LEFT }
	};
	struct out_table *t;
	bool any = false;
	int ret = out_table_new(&t, columns, 4);

	if (ret)
		return ret;
	for (size_t i = 0; i < st->n_aeads; i++) {
		if (st->aeads[i].found != 1)
			continue;
		driver_row(&st->aeads[i], t);
		any = true;
	}
	if (any)
		ret = out_table_print(t, o);
	out_table_free(t);
	return ret ? ret : print_missing_drivers(st, o);
}

/* --- counters ------------------------------------------------------------- */

static void counter_row(const struct tls_counter *c, struct out_table *t)
{
	const enum out_tone tone = c->info && c->info->kind == TLS_COUNTER_ERROR ? OUT_WARN : OUT_PLAIN;

	out_table_cell(t, tone, "%s", c->name);
	if (c->value < 0)
		out_table_cell(t, tone, "?");
	else
		out_table_cell(t, tone, "%" PRId64, c->value);
	out_table_cell(t, tone, "%s", c->info ? c->info->meaning : "");
}

static int print_zero_counters(const struct tls_stat *stat, struct out *o)
{
	static const char label[] = "counters at zero: ";
	struct words w;
	int ret;

	if (words_open(&w))
		return -ENOMEM;
	for (size_t i = 0; i < stat->n; i++)
		if (stat->counters[i].value == 0)
			fprintf(w.f, "%s%s", ftell(w.f) ? " " : "", stat->counters[i].name);
	ret = words_close(&w);
	if (!ret && w.len) {
		out_text(o, OUT_PLAIN, "%s", label);
		out_wrapped(o, OUT_PLAIN, strlen(label), 2, w.text);
	}
	free(w.text);
	return ret;
}

static int print_counters(const struct tls_stat *stat, struct out *o)
{
	static const struct out_column columns[] = {
		{ "counter", OUT_LEFT }, { "value", OUT_RIGHT }, { "meaning", OUT_LEFT }
	};
	struct out_table *t;
	bool any = false;
	int ret = out_table_new(&t, columns, 3);

	if (ret)
		return ret;
	for (size_t i = 0; i < stat->n; i++) {
		if (stat->counters[i].value == 0)
			continue;
		counter_row(&stat->counters[i], t);
		any = true;
	}
	if (any)
		ret = out_table_print(t, o);
	out_table_free(t);
	return ret ? ret : print_zero_counters(stat, o);
}

/* -------------------------------------------------------------------------- */

int status_print_text(const struct status *st, struct out *o)
{
	int ret;

	verdict_print(&st->verdict, o);
	out_line(o);
	ret = print_facts(st, o);
	/* Where there is no kernel TLS, its drivers do not matter. */
	if (!ret && st->verdict.state != VERDICT_UNAVAILABLE && st->verdict.state != VERDICT_UNKNOWN) {
		out_line(o);
		ret = print_drivers(st, o);
	}
	if (!ret && !st->kernel.stat_err) {
		out_line(o);
		ret = print_counters(&st->kernel.stat, o);
	}
	return ret;
}
