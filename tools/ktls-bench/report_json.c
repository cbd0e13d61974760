/* SPDX-License-Identifier: MIT */
/* A comparison for programs, in iperf3's shape as far as it goes: start, intervals, end, and tls beside them. */
#include <stdlib.h>

#include "ktls-bench/report.h"
#include "ktls-bench/watch.h"
#include "out/json.h"

static json_t *server(const struct comparison *c)
{
	const struct machine *m = &c->server.machine;

	if (!c->options->client)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:b}", "address", out_json_text(c->server.address), "congestion",
			 out_json_text(c->server.congestion), "system_info", out_json_text(m->kernel), "cpu", out_json_text(m->cpu), "governor",
			 out_json_text(m->governor), "cpus", (json_int_t)m->cpus, "virtualisation", out_json_text(m->virt), "libssl",
			 out_json_text(m->libssl), "libktls", out_json_text(m->libktls), "engine_leaf", out_json_text(m->leaf), "host",
			 out_json_text(c->server.text), "same_machine", (int)c->server.same_machine);
}

/* The server that is not ours. */
static json_t *peer(const struct comparison *c)
{
	const struct bench_options *o = c->options;

	if (!o->peer)
		return json_null();
	return json_pack("{s:s, s:o, s:o, s:b}", "kind", o->peer->name, "url", out_json_text(o->url.text), "address",
			 out_json_text(c->peer.at.text), "verified", (int)c->peer.is_verified);
}

static bool is_loopback(const struct comparison *c)
{
	if (c->options->client)
		return c->server.same_network;
	return c->options->peer ? c->peer.is_loopback : !c->options->mode->alone;
}

static json_t *start(const struct comparison *c)
{
	const struct machine *m = &c->machine;
	const struct bench_options *o = c->options;

	return json_pack("{s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:{s:o, s:I, s:o, s:f, s:f, s:I, s:o, s:I, s:o, s:b, s:b, s:b, s:b, s:b, s:b, s:o}}",
			 "version", out_json_text("ktls-bench " PACKAGE_VERSION), "system_info", out_json_text(m->kernel), "cpu",
			 out_json_text(m->cpu), "governor", out_json_text(m->governor), "cpus", (json_int_t)m->cpus, "virtualisation",
			 out_json_text(m->virt), "title", out_json_text(o->title), "loopback", (int)is_loopback(c), "peer", peer(c), "server",
			 server(c), "congestion", out_json_text(c->congestion), "nic", out_json_text(c->nic), "test_start", "protocol",
			 out_json_text(o->mode->alone ? NULL : "TCP"), "num_streams", (json_int_t)o->streams, "blksize",
			 o->mode->alone ? json_null() : json_integer((json_int_t)o->length), "omit", (double)o->omit_ms / 1e3, "duration",
			 (double)o->time_ms / 1e3, "bytes", (json_int_t)o->bytes, "connections",
			 o->mode->takes & TAKES_CONNECTIONS ? json_integer(o->connections) : json_null(), "runs", (json_int_t)o->runs,
			 "affinity", json_pack("[o, o]", out_json_count(o->cpu[0]), out_json_count(o->cpu[1])), "reverse", (int)o->reverse,
			 "bidir", (int)o->bidir, "zerocopy", (int)o->zerocopy, "coalesce", (int)o->coalesce, "verify_data",
			 (int)o->verify_data, "hot", (int)o->hot, "batch", o->batch ? json_integer((json_int_t)o->batch) : json_null());
}

static json_t *tls(const struct comparison *c)
{
	const struct row *base = comparison_base(c);
	const struct carrier_facts none = { 0 }, *facts = base ? &base->samples[0].facts : &none;
	const double seen = comparison_record_size(c);

	for (size_t i = 0; i < c->n; i++)
		if (c->rows[i].n && c->rows[i].samples[0].facts.suite[0])
			facts = &c->rows[i].samples[0].facts;
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "version", out_json_text(facts->version), "suite",
			 out_json_text(facts->suite), "cipher", out_json_text(c->options->cipher), "record_size",
			 comparison_has_foreign_records(c) ? json_null() : json_integer(c->options->record), "record_size_seen",
			 comparison_has_foreign_records(c) && seen > 0 ? json_real(seen) : json_null(), "libssl",
			 out_json_text(c->machine.libssl), "libktls", out_json_text(c->machine.libktls), "engine_leaf",
			 out_json_text(c->machine.leaf), "ipsec_mb", out_json_text(c->ipsec_mb ? ipsec_mb_version(c->ipsec_mb) : NULL));
}

static json_t *spread(const struct stats *s)
{
	return json_pack("{s:f, s:f, s:f}", "median", s->median, "min", s->min, "max", s->max);
}

static json_t *seconds(const struct usage *u)
{
	if (u->user < 0)
		return json_null();
	return json_pack("{s:f, s:f}", "user", u->user, "system", u->system);
}

static json_t *sample(const struct sample *s, const struct bench_mode *mode)
{
	return json_pack("{s:I, s:I, s:f, s:f, s:o, s:o, s:o}", "bytes", (json_int_t)s->bytes, "transactions", (json_int_t)s->ops, "seconds",
			 s->seconds, mode->rate_key, bench_mode_rate(mode, s), "sender_cpu_seconds", seconds(&s->sender),
			 "receiver_cpu_seconds", seconds(&s->receiver), "softirq_seconds", s->softirq < 0 ? json_null() : json_real(s->softirq));
}

static json_t *latency(const struct row *row, const struct bench_mode *mode)
{
	json_t *object;

	if (!mode->has_latency)
		return json_null();
	object = json_pack("{s:f}", "max", (double)row->latency.max_ns / 1e9);
	for (size_t i = 0; i < LATENCY_POINTS; i++)
		out_json_set(&object, latency_points[i].key,
			     json_real((double)latency_percentile(&row->latency, latency_points[i].percent) / 1e9));
	return object;
}

static json_t *extras(const struct row *row, const struct bench_mode *mode)
{
	json_t *object = json_object();

	for (size_t i = 0; i < bench_mode_extras(mode); i++)
		out_json_set(&object, mode->extras[i].key, row->extras[i] < 0 ? json_null() : json_real(row->extras[i]));
	return object;
}

static json_t *ratio(const struct stats *s, const struct stats *base)
{
	return base ? json_real(stats_ratio(s, base)) : json_null();
}

static json_t *results(const struct row *row, const struct row *base, const struct bench_mode *mode)
{
	json_t *samples = json_array();

	for (unsigned i = 0; i < row->n; i++)
		out_json_append(&samples, sample(&row->samples[i], mode));
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:s, s:b, s:o, s:o, s:o}", mode->rate_key, spread(&row->rate),
			 "ratio", ratio(&row->rate, base ? &base->rate : NULL), mode->cost_key, spread(&row->cost), "cpu_ratio",
			 ratio(&row->cost, base ? &base->cost : NULL), "latency_seconds", latency(row, mode), "extra", extras(row, mode),
			 "sender_cost", seconds(&row->sender), "receiver_cost", seconds(&row->receiver), "softirq_cost",
			 row->softirq < 0 ? json_null() : json_real(row->softirq), "ticks_per_byte",
			 row->cycles > 0 ? json_real(row->cycles) : json_null(), "tx", row->samples[0].facts.tx, "rx", row->samples[0].facts.rx, "resumed",
			 (int)row->samples[0].facts.resumed,
			 "kernel_sessions_tx", out_json_count(row->kernel_tx), "kernel_sessions_rx", out_json_count(row->kernel_rx), "samples",
			 samples);
}

static json_t *one_case(const struct row *row, const struct row *base, const struct bench_mode *mode)
{
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "case", row->what.id, "title", row->what.title, "series",
			 out_json_text(row->what.series), "size", out_json_count(row->what.size ? (int64_t)row->what.size : -1), "base",
			 out_json_text(base ? base->what.id : NULL), "not_run", out_json_text(row->why_not), "results",
			 row->n ? results(row, base, mode) : json_null());
}

static json_t *interval(const struct comparison *c, const struct row *row, unsigned run, double start, const struct sample *part)
{
	return json_pack("{s:s, s:I, s:{s:f, s:f, s:f, s:I, s:I, s:f}}", "case", row->what.id, "run", (json_int_t)run + 1, "sum", "start",
			 start, "end", start + part->seconds, "seconds", part->seconds, "bytes", (json_int_t)part->bytes, "transactions",
			 (json_int_t)part->ops, c->options->mode->rate_key, bench_mode_rate(c->options->mode, part));
}

/* In the order in which they were measured. */
static json_t *intervals(const struct comparison *c)
{
	json_t *list = json_array();

	for (unsigned run = 0; run < c->options->runs; run++)
		for (size_t i = 0; i < c->n; i++)
			for (size_t k = 0; run < c->rows[i].n && k < c->rows[i].samples[run].n_intervals; k++) {
				double start;
				const struct sample part = sample_interval(&c->rows[i].samples[run], c->options->interval_ms, k, &start);

				out_json_append(&list, interval(c, &c->rows[i], run, start, &part));
			}
	return list;
}

/* What all rows are compared with; NULL: not all with the same. */
static const struct row *common_base(const struct comparison *c)
{
	const struct row *base = comparison_base(c);

	for (size_t i = 0; i < c->n; i++)
		if (c->rows[i].n && comparison_base_of(c, &c->rows[i]) != base)
			return NULL;
	return base;
}

static json_t *end(const struct comparison *c)
{
	const struct row *base = common_base(c);
	char *conclusion = comparison_conclusion(c);
	json_t *cases = json_array(), *object;

	for (size_t i = 0; i < c->n; i++)
		out_json_append(&cases, one_case(&c->rows[i], comparison_base_of(c, &c->rows[i]), c->options->mode));
	object = json_pack("{s:o, s:o, s:o, s:b}", "base", out_json_text(base ? base->what.id : NULL), "cases", cases, "conclusion",
			   out_json_text(conclusion), "interrupted", (int)c->interrupted);
	free(conclusion);
	return object;
}

int report_json(const struct comparison *c, struct out *o)
{
	return out_json(o, json_pack("{s:i, s:s, s:o, s:o, s:o, s:o}", "schema", 1, "mode", c->options->mode->name, "start", start(c),
				     "intervals", intervals(c), "end", end(c), "tls", tls(c)));
}

/* --- as it goes on: an event a line ------------------------------------------------- */

static void print_event(struct out *o, const char *name, json_t *data)
{
	out_json_line(o, json_pack("{s:s, s:o}", "event", name, "data", data));
}

static void stream_begins(void *arg, const struct comparison *c, const struct row *row, unsigned run)
{
	if (run || row != c->rows)
		return;
	print_event(arg, "start", json_pack("{s:i, s:s, s:o}", "schema", 1, "mode", c->options->mode->name, "start", start(c)));
}

static void stream_interval(void *arg, const struct comparison *c, const struct row *row, unsigned run, double start,
			    const struct sample *part)
{
	print_event(arg, "interval", interval(c, row, run, start, part));
}

static void stream_ended(void *arg, const struct comparison *c, const struct row *row, unsigned run)
{
	print_event(arg, "sample", json_pack("{s:s, s:I, s:o}", "case", row->what.id, "run", (json_int_t)run + 1, "sample",
					     sample(&row->samples[row->n - 1], c->options->mode)));
}

struct watch stream_watch(struct out *o)
{
	return (struct watch){ .begins = stream_begins, .interval = stream_interval, .ended = stream_ended, .arg = o };
}

int report_json_end(const struct comparison *c, struct out *o)
{
	print_event(o, "tls", tls(c));
	return out_json_line(o, json_pack("{s:s, s:o}", "event", "end", "data", end(c)));
}
