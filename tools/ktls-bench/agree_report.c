/* SPDX-License-Identifier: MIT */
/* What the server's end reports, as a message. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/units.h"
#include "ktls-bench/agree.h"
#include "out/json.h"

#define SECONDS_MAX (2 * CLI_TIME_MAX / 1000)

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
	OF_REPORT("bytes", FIELD_U64, bytes, AGREE_SUM_MAX),
	OF_REPORT("transactions", FIELD_U64, ops, AGREE_COUNT_MAX),
	OF_REPORT("key_updates", FIELD_U64, rekeys, AGREE_COUNT_MAX),
	OF_REPORT("seconds", FIELD_REAL, seconds, SECONDS_MAX),
	/* Of all its CPUs together. */
	OF_REPORT("user", FIELD_REAL, usage.user, AGREE_COUNT_MAX),
	OF_REPORT("system", FIELD_REAL, usage.system, AGREE_COUNT_MAX),
	OF_REPORT("longest_ns", FIELD_U64, latency.max_ns, AGREE_COUNT_MAX),
	{ 0 },
};

static const struct field counters[] = {
	{ "softirq", FIELD_REAL, offsetof(struct machine_counters, softirq), -1, AGREE_COUNT_MAX },
	{ "kernel_tx", FIELD_I64, offsetof(struct machine_counters, kernel_tx), -1, AGREE_COUNT_MAX },
	{ "kernel_rx", FIELD_I64, offsetof(struct machine_counters, kernel_rx), -1, AGREE_COUNT_MAX },
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
	json_t *message = agree_put(AGREE_REPORT, report, r);

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
	return fields_integer(json_array_get(one, 1), 0, AGREE_COUNT_MAX, &pair[1]);
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
		if (take_pair(list, i, AGREE_SUM_MAX, pair))
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
		if (!json_is_number(value) || !(x >= -1 && x <= (double)AGREE_COUNT_MAX))
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
