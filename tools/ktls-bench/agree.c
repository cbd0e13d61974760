/* SPDX-License-Identifier: MIT */
/* What client and server say to each other. Everything that comes in has the limits of the command line. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/units.h"
#include "ktls-bench/agree.h"
#include "out/json.h"

/* More than any measurement has, and far from what could overflow when it is added up. */
#define COUNT_MAX (1LL << 52)
#define SUM_MAX (1LL << 60)		/* of bytes: a day of the fastest network */
#define SECONDS_MAX (2 * CLI_TIME_MAX / 1000)

json_t *agree_message(const char *name)
{
	return json_pack("{s:s}", "message", name);
}

bool agree_is(const json_t *message, const char *name)
{
	const char *is = json_string_value(json_object_get(message, "message"));

	return is && strcmp(is, name) == 0;
}

/* A message of that name, with these fields. */
static json_t *put(const char *name, const struct field *fields, const void *base)
{
	json_t *message = agree_message(name);

	if (message && !fields_add(message, fields, base))
		return message;
	json_decref(message);
	return NULL;
}

/* --- parameters ------------------------------------------------------------------- */

#define OPTION(name, kind, member, min, max) { name, kind, offsetof(struct agree_parameters, options.member), min, max }
#define BESIDE(name) { #name, FIELD_WORD, offsetof(struct agree_parameters, name), 0, sizeof(((struct agree_parameters *)0)->name) }

static const struct field parameters[] = {
	BESIDE(mode),
	BESIDE(cipher),
	BESIDE(congestion),
	BESIDE(machine),
	OPTION("tls", FIELD_INT, tls_version, TLS1_2_VERSION, TLS1_3_VERSION),
	OPTION("record_size", FIELD_U16, record, BENCH_RECORD_MIN, BENCH_RECORD_MAX),
	OPTION("length", FIELD_SIZE, length, 1, BENCH_LENGTH_MAX),
	OPTION("time_ms", FIELD_I64, time_ms, 0, CLI_TIME_MAX),
	OPTION("omit_ms", FIELD_I64, omit_ms, 0, CLI_TIME_MAX),
	OPTION("interval_ms", FIELD_I64, interval_ms, 0, CLI_TIME_MAX),
	OPTION("bytes", FIELD_U64, bytes, 0, BENCH_BYTES_MAX),
	OPTION("rate", FIELD_REAL, rate, 0, BENCH_RATE_MAX),
	OPTION("streams", FIELD_UNSIGNED, streams, 1, BENCH_STREAMS_MAX),
	OPTION("connections", FIELD_UNSIGNED, connections, BENCH_HELD_MIN, BENCH_HELD_MAX),
	OPTION("window", FIELD_SIZE, window, 0, BENCH_WINDOW_MAX),
	OPTION("server_cpu", FIELD_INT, cpu[1], -1, BENCH_CPU_MAX),
	OPTION("reverse", FIELD_BOOL, reverse, 0, 0),
	OPTION("bidir", FIELD_BOOL, bidir, 0, 0),
	OPTION("zerocopy", FIELD_BOOL, zerocopy, 0, 0),
	OPTION("verify_data", FIELD_BOOL, verify_data, 0, 0),
	{ 0 },
};

static json_t *put_list(const uint64_t *list, unsigned n)
{
	json_t *array = json_array();

	for (unsigned i = 0; i < n; i++)
		out_json_append(&array, json_integer((json_int_t)list[i]));
	return array;
}

json_t *agree_put_parameters(const struct bench_options *o, const struct identity *client)
{
	struct agree_parameters p = { .options = *o };
	json_t *message;

	memcpy(p.machine, client->machine, sizeof(p.machine));
	snprintf(p.mode, sizeof(p.mode), "%s", o->mode->name);
	snprintf(p.cipher, sizeof(p.cipher), "%s", o->cipher);
	snprintf(p.congestion, sizeof(p.congestion), "%s", o->congestion);
	message = put(AGREE_PARAMETERS, parameters, &p);
	out_json_set(&message, "every", put_list(o->every, o->n_every));
	out_json_set(&message, "sizes", put_list(o->sizes, o->n_sizes));
	return message;
}

/* Rising, as the command line sorts them. */
static int take_list(const json_t *message, const char *key, int64_t max, uint64_t *list, unsigned room, unsigned *n, char why[FIELDS_WHY_MAX])
{
	const json_t *array = json_object_get(message, key);
	const size_t count = json_array_size(array);
	int64_t last = 0;

	if (!json_is_array(array) || count > room) {
		snprintf(why, FIELDS_WHY_MAX, "%s is no list, or too long", key);
		return -EPROTO;
	}
	for (size_t i = 0; i < count; i++) {
		if (fields_integer(json_array_get(array, i), last + 1, max, &last)) {
			snprintf(why, FIELDS_WHY_MAX, "%s has a number that is not within its limits", key);
			return -EPROTO;
		}
		list[i] = (uint64_t)last;
	}
	*n = (unsigned)count;
	return 0;
}

static int find_names(struct agree_parameters *p, char why[FIELDS_WHY_MAX])
{
	struct bench_options *o = &p->options;

	o->mode = bench_mode_find(p->mode);
	o->cipher = p->cipher;
	o->congestion = p->congestion;
	if (!o->mode || !(o->mode->takes & TAKES_REMOTE))
		snprintf(why, FIELDS_WHY_MAX, "there is no mode '%s'", p->mode);
	else if (!bench_cipher_known(p->cipher))
		snprintf(why, FIELDS_WHY_MAX, "there is no cipher '%s'", p->cipher);
	else
		return 0;
	return -EPROTO;
}

/* What of them the user of this program would have had to ask for. */
static unsigned given(const struct bench_options *o)
{
	return (o->bytes ? TAKES_BYTES : 0U) | (o->bidir ? TAKES_DIRECTIONS : 0U) | (o->rate > 0 ? TAKES_RATE : 0U) |
	       (o->zerocopy ? TAKES_FILE : 0U) | (o->n_sizes ? TAKES_SIZES : 0U) | (o->reverse ? TAKES_REVERSE : 0U) |
	       (o->streams > 1 ? TAKES_PARALLEL : 0U) | (o->time_ms ? TAKES_TIME : 0U) | (o->omit_ms ? TAKES_OMIT : 0U) |
	       (o->interval_ms ? TAKES_INTERVAL : 0U);
}

/* Each number is within its limits; here they must also go together. */
static int fit(struct bench_options *o, char why[FIELDS_WHY_MAX])
{
	o->given = given(o);
	/* All buffers are as large as that. */
	if (o->n_sizes && o->length != o->sizes[o->n_sizes - 1])
		snprintf(why, FIELDS_WHY_MAX, "length is not the largest of sizes");
	else if ((o->window && o->window < BENCH_WINDOW_MIN) ||
		 (o->tls_version != TLS1_2_VERSION && o->tls_version != TLS1_3_VERSION))
		snprintf(why, FIELDS_WHY_MAX, "window or TLS version is not within its limits");
	else if (bench_options_fit(o, why, FIELDS_WHY_MAX))
		return 0;
	return -EPROTO;
}

int agree_take_parameters(const json_t *message, struct agree_parameters *p, char why[FIELDS_WHY_MAX])
{
	struct bench_options *o = &p->options;
	int ret;

	*p = (struct agree_parameters){ .options.cpu = { -1, -1 } };
	ret = fields_from_json(parameters, message, p, why);
	if (!ret)
		ret = take_list(message, "every", BENCH_BYTES_MAX, o->every, BENCH_EVERY_MAX, &o->n_every, why);
	if (!ret)
		ret = take_list(message, "sizes", BENCH_LENGTH_MAX, o->sizes, BENCH_SIZES_MAX, &o->n_sizes, why);
	if (!ret)
		ret = find_names(p, why);
	return ret ? ret : fit(o, why);
}

/* --- the server ------------------------------------------------------------------- */

#define OF_SERVER(name, kind, member) \
	{ name, kind, offsetof(struct agree_server, member), 0, sizeof(((struct agree_server *)0)->member) }

static const struct field server[] = {
	OF_SERVER("system_info", FIELD_TEXT, machine.kernel),
	OF_SERVER("cpu", FIELD_TEXT, machine.cpu),
	OF_SERVER("governor", FIELD_TEXT, machine.governor),
	OF_SERVER("virtualisation", FIELD_TEXT, machine.virt),
	OF_SERVER("libssl", FIELD_TEXT, machine.libssl),
	OF_SERVER("libktls", FIELD_TEXT, machine.libktls),
	OF_SERVER("engine_leaf", FIELD_TEXT, machine.leaf),
	{ "cpus", FIELD_LONG, offsetof(struct agree_server, machine.cpus), 0, 1 << 20 },
	{ "clock_hz", FIELD_REAL, offsetof(struct agree_server, clock_hz), 0, 1LL << 40 },
	OF_SERVER("congestion", FIELD_WORD, congestion),
	OF_SERVER("machine", FIELD_WORD, identity.machine),
	OF_SERVER("network", FIELD_WORD, identity.network),
	{ 0 },
};

json_t *agree_put_server(const struct agree_server *s)
{
	json_t *message = put(AGREE_SERVER, server, s);

	out_json_set(&message, "certificate", json_string(s->certificate));
	return message;
}

int agree_take_server(const json_t *message, struct agree_server *s, char why[FIELDS_WHY_MAX])
{
	const char *pem = json_string_value(json_object_get(message, "certificate"));

	*s = (struct agree_server){ .clock_hz = 0 };
	if (!pem || strlen(pem) >= sizeof(s->certificate)) {
		snprintf(why, FIELDS_WHY_MAX, "certificate is missing, or too long");
		return -EPROTO;
	}
	/* It has lines: libcrypto says whether it is one. */
	memcpy(s->certificate, pem, strlen(pem) + 1);
	return fields_from_json(server, message, s, why);
}

/* --- a measurement ---------------------------------------------------------------- */

static const struct field sample[] = {
	{ "number", FIELD_UNSIGNED, offsetof(struct agree_sample, number), 1, INT32_MAX },
	{ "case", FIELD_WORD, offsetof(struct agree_sample, id), 0, sizeof(((struct agree_sample *)0)->id) },
	{ 0 },
};

json_t *agree_put_sample(const struct agree_sample *s)
{
	return put(AGREE_SAMPLE, sample, s);
}

int agree_take_sample(const json_t *message, struct agree_sample *s, char why[FIELDS_WHY_MAX])
{
	return fields_from_json(sample, message, s, why);
}

static const struct field interval[] = {
	{ "bytes", FIELD_U64, offsetof(struct sample, bytes), 0, SUM_MAX },
	{ "transactions", FIELD_U64, offsetof(struct sample, ops), 0, COUNT_MAX },
	{ 0 },
};

json_t *agree_put_interval(const struct sample *part)
{
	return put(AGREE_INTERVAL, interval, part);
}

int agree_take_interval(const json_t *message, struct sample *part, char why[FIELDS_WHY_MAX])
{
	return fields_from_json(interval, message, part, why);
}

/* --- the report -------------------------------------------------------------------- */

#define OF_FACTS(name, member) \
	{ name, FIELD_WORD, offsetof(struct end_report, facts.member), 0, sizeof(((struct carrier_facts *)0)->member) }
#define OF_REPORT(name, kind, member, max) { name, kind, offsetof(struct end_report, member), 0, max }

static const struct field report[] = {
	OF_REPORT("why", FIELD_TEXT, why, CARRIER_WHY_MAX),
	OF_FACTS("version", version),
	OF_FACTS("suite", suite),
	OF_FACTS("tx", tx),
	OF_FACTS("rx", rx),
	OF_REPORT("resumed", FIELD_BOOL, facts.resumed, 0),
	OF_REPORT("bytes", FIELD_U64, bytes, SUM_MAX),
	OF_REPORT("transactions", FIELD_U64, ops, COUNT_MAX),
	OF_REPORT("key_updates", FIELD_U64, rekeys, COUNT_MAX),
	OF_REPORT("seconds", FIELD_REAL, seconds, SECONDS_MAX),
	/* Of all its CPUs together. */
	OF_REPORT("user", FIELD_REAL, usage.user, COUNT_MAX),
	OF_REPORT("system", FIELD_REAL, usage.system, COUNT_MAX),
	OF_REPORT("longest_ns", FIELD_U64, latency.max_ns, COUNT_MAX),
	{ 0 },
};

static const struct field counters[] = {
	{ "softirq", FIELD_REAL, offsetof(struct machine_counters, softirq), -1, COUNT_MAX },
	{ "kernel_tx", FIELD_I64, offsetof(struct machine_counters, kernel_tx), -1, COUNT_MAX },
	{ "kernel_rx", FIELD_I64, offsetof(struct machine_counters, kernel_rx), -1, COUNT_MAX },
	{ 0 },
};

/* Errnos have other numbers on other machines. */
static const struct {
	int err;
	const char *word;
} outcomes[] = {
	{ 0, "measured" }, { EOPNOTSUPP, "unavailable" }, { EBADMSG, "mismatch" }, { EPROTO, "tls" }, { EPIPE, "killed" }, { EIO, "io" },
};

enum {
	N_OUTCOMES = sizeof(outcomes) / sizeof(outcomes[0]),
};

static const char *outcome_word(int err)
{
	size_t i = 0;

	while (i < N_OUTCOMES - 1 && outcomes[i].err != -err)
		i++;
	return outcomes[i].word;
}

static int take_outcome(const json_t *message, int *err)
{
	const char *word = json_string_value(json_object_get(message, "outcome"));

	for (size_t i = 0; word && i < N_OUTCOMES; i++)
		if (strcmp(word, outcomes[i].word) == 0) {
			*err = -outcomes[i].err;
			return 0;
		}
	return -EPROTO;
}

/* Those buckets that are not empty: [bucket, count]. */
static json_t *put_latencies(const struct latency *l)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < LATENCY_BUCKETS; i++)
		if (l->count[i])
			out_json_append(&list, json_pack("[I, I]", (json_int_t)i, (json_int_t)l->count[i]));
	return list;
}

static json_t *put_extras(const struct end_report *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < BENCH_EXTRAS_MAX; i++)
		out_json_append(&list, json_real(r->extra[i]));
	return list;
}

/* [bytes, pieces of work] of each, up to the last that saw something. */
static json_t *put_intervals(const struct end_report *r)
{
	json_t *list = json_array();
	size_t n = BENCH_INTERVALS_MAX;

	while (n && !atomic_load(&r->intervals[n - 1].bytes) && !atomic_load(&r->intervals[n - 1].ops))
		n--;
	for (size_t i = 0; i < n; i++)
		out_json_append(&list, json_pack("[I, I]", (json_int_t)atomic_load(&r->intervals[i].bytes),
						 (json_int_t)atomic_load(&r->intervals[i].ops)));
	return list;
}

json_t *agree_put_report(const struct end_report *r, const struct machine_counters *counted)
{
	json_t *message = put(AGREE_REPORT, report, r);

	if (message && fields_add(message, counters, counted)) {
		json_decref(message);
		message = NULL;
	}
	out_json_set(&message, "outcome", json_string(outcome_word(r->err)));
	out_json_set(&message, "extra", put_extras(r));
	out_json_set(&message, "latencies", put_latencies(&r->latency));
	out_json_set(&message, "intervals", put_intervals(r));
	return message;
}

/* A list of pairs of numbers. The first of a pair has its own limit. */
static int take_pair(const json_t *list, size_t i, int64_t max, int64_t pair[2])
{
	const json_t *one = json_array_get(list, i);

	if (json_array_size(one) != 2 || fields_integer(json_array_get(one, 0), 0, max, &pair[0]))
		return -EPROTO;
	return fields_integer(json_array_get(one, 1), 0, COUNT_MAX, &pair[1]);
}

static int take_latencies(const json_t *list, struct latency *l)
{
	int64_t pair[2];

	if (!json_is_array(list) || json_array_size(list) > LATENCY_BUCKETS)
		return -EPROTO;
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (take_pair(list, i, LATENCY_BUCKETS - 1, pair))
			return -EPROTO;
		/* Not added: the same bucket twice must not overflow. */
		l->count[pair[0]] = (uint64_t)pair[1];
	}
	l->n = 0;
	for (unsigned i = 0; i < LATENCY_BUCKETS; i++)
		l->n += l->count[i];
	return 0;
}

static int take_intervals(const json_t *list, struct end_report *r)
{
	int64_t pair[2];

	if (!json_is_array(list) || json_array_size(list) > BENCH_INTERVALS_MAX)
		return -EPROTO;
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (take_pair(list, i, SUM_MAX, pair))
			return -EPROTO;
		atomic_store(&r->intervals[i].bytes, (uint64_t)pair[0]);
		atomic_store(&r->intervals[i].ops, (uint64_t)pair[1]);
	}
	return 0;
}

static int take_extras(const json_t *list, struct end_report *r)
{
	if (json_array_size(list) != BENCH_EXTRAS_MAX)
		return -EPROTO;
	for (size_t i = 0; i < BENCH_EXTRAS_MAX; i++) {
		const json_t *value = json_array_get(list, i);
		const double x = json_number_value(value);

		/* -1: not known. */
		if (!json_is_number(value) || !(x >= -1 && x <= (double)COUNT_MAX))
			return -EPROTO;
		r->extra[i] = x;
	}
	return 0;
}

int agree_take_report(const json_t *message, struct end_report *r, struct machine_counters *counted, char why[FIELDS_WHY_MAX])
{
	int ret = fields_from_json(report, message, r, why);

	if (!ret)
		ret = fields_from_json(counters, message, counted, why);
	if (ret)
		return ret;
	if (take_outcome(message, &r->err) || take_extras(json_object_get(message, "extra"), r) ||
	    take_latencies(json_object_get(message, "latencies"), &r->latency) ||
	    take_intervals(json_object_get(message, "intervals"), r)) {
		snprintf(why, FIELDS_WHY_MAX, "outcome, extra, latencies or intervals are not as they must be");
		return -EPROTO;
	}
	return 0;
}

/* --- refusal ------------------------------------------------------------------------ */

struct refusal {
	char why[CARRIER_WHY_MAX];
};

static const struct field refusal_fields[] = {
	{ "why", FIELD_TEXT, offsetof(struct refusal, why), 0, CARRIER_WHY_MAX },
	{ 0 },
};

json_t *agree_put_refusal(const char *why)
{
	struct refusal r;

	snprintf(r.why, sizeof(r.why), "%s", why);
	return put(AGREE_REFUSAL, refusal_fields, &r);
}

int agree_take_refusal(const json_t *message, char refusal[CARRIER_WHY_MAX], char why[FIELDS_WHY_MAX])
{
	return fields_from_json(refusal_fields, message, refusal, why);
}
