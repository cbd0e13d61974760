/* SPDX-License-Identifier: MIT */
/* What client and server say to each other. Everything that comes in has the limits of the command line. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/units.h"
#include "ktls-bench/agree.h"
#include "out/json.h"

json_t *agree_message(const char *name)
{
	return json_pack("{s:s}", "message", name);
}

bool agree_is(const json_t *message, const char *name)
{
	const char *is = json_string_value(json_object_get(message, "message"));

	return is && strcmp(is, name) == 0;
}

json_t *agree_put(const char *name, const struct field *fields, const void *base)
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
	OPTION("coalesce", FIELD_BOOL, coalesce, 0, 0),
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
	message = agree_put(AGREE_PARAMETERS, parameters, &p);
	out_json_set(&message, "every", put_list(o->every, o->n_every));
	out_json_set(&message, "sizes", put_list(o->sizes, o->n_sizes));
	return message;
}

/* Rising, as the command line sorts them. */
static int take_list(const json_t *message, const char *key, int64_t max, uint64_t *list, unsigned room, unsigned *n,
		     char why[FIELDS_WHY_MAX])
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
	       (o->zerocopy ? TAKES_FILE : 0U) | (o->coalesce ? TAKES_MORE : 0U) | (o->n_sizes ? TAKES_SIZES : 0U) | (o->reverse ? TAKES_REVERSE : 0U) |
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
	json_t *message = agree_put(AGREE_SERVER, server, s);

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
	return agree_put(AGREE_SAMPLE, sample, s);
}

int agree_take_sample(const json_t *message, struct agree_sample *s, char why[FIELDS_WHY_MAX])
{
	return fields_from_json(sample, message, s, why);
}

static const struct field interval[] = {
	{ "bytes", FIELD_U64, offsetof(struct sample, bytes), 0, AGREE_SUM_MAX },
	{ "transactions", FIELD_U64, offsetof(struct sample, ops), 0, AGREE_COUNT_MAX },
	{ 0 },
};

json_t *agree_put_interval(const struct sample *part)
{
	return agree_put(AGREE_INTERVAL, interval, part);
}

int agree_take_interval(const json_t *message, struct sample *part, char why[FIELDS_WHY_MAX])
{
	return fields_from_json(interval, message, part, why);
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
	return agree_put(AGREE_REFUSAL, refusal_fields, &r);
}

int agree_take_refusal(const json_t *message, char refusal[CARRIER_WHY_MAX], char why[FIELDS_WHY_MAX])
{
	return fields_from_json(refusal_fields, message, refusal, why);
}
