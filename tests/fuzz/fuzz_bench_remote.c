/* SPDX-License-Identifier: MIT */
/* What ktls-bench hears from another machine: whatever it is, what is taken has its limits, and can be said again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ktls-bench/agree.h"
#include "ktls-bench/control.h"
#include "ktls-bench/opening.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(int condition)
{
	if (!condition)
		abort();
}

static void check_opening(const uint8_t *data, size_t len)
{
	unsigned char bytes[OPENING_LEN];
	struct opening o;

	if (len < OPENING_LEN || !opening_unpack(&o, data))
		return;
	opening_pack(&o, bytes);
	check(memcmp(bytes, data, OPENING_LEN) == 0);
}

static void check_parameters(const json_t *message)
{
	static const struct identity nowhere;
	static struct bench_case cases[BENCH_CASES_MAX];
	struct agree_parameters p, again;
	char why[FIELDS_WHY_MAX];
	json_t *said;

	if (agree_take_parameters(message, &p, why))
		return;
	check(p.options.length >= 1 && p.options.length <= BENCH_LENGTH_MAX);
	check(bench_connections(&p.options) >= 1 && bench_connections(&p.options) <= BENCH_CONNECTIONS_MAX);
	for (size_t i = p.options.mode->list(&p.options, cases); i-- > 0;)
		check(bench_length(&p.options, &cases[i]) <= p.options.length);
	said = agree_put_parameters(&p.options, &nowhere);
	check(agree_take_parameters(said, &again, why) == 0);
	json_decref(said);
}

static void check_report(const json_t *message)
{
	static struct end_report r, again;
	struct machine_counters counted;
	char why[FIELDS_WHY_MAX];
	json_t *said;

	memset(&r, 0, sizeof(r));
	if (agree_take_report(message, &r, &counted, why))
		return;
	check(r.seconds >= 0 && strlen(r.why) < sizeof(r.why) && strlen(r.facts.suite) < sizeof(r.facts.suite));
	said = agree_put_report(&r, &counted);
	memset(&again, 0, sizeof(again));
	check(agree_take_report(said, &again, &counted, why) == 0);
	check(memcmp(&r.latency, &again.latency, sizeof(r.latency)) == 0);
	json_decref(said);
}

static void check_others(const json_t *message)
{
	static struct agree_server server;
	char why[FIELDS_WHY_MAX], refusal[CARRIER_WHY_MAX];
	struct agree_sample one;
	struct sample part;

	if (!agree_take_server(message, &server, why))
		check(server.machine.cpus >= 0 && strlen(server.certificate) < sizeof(server.certificate));
	if (!agree_take_sample(message, &one, why))
		check(one.number >= 1 && strlen(one.id) < sizeof(one.id));
	if (!agree_take_refusal(message, refusal, why))
		check(strlen(refusal) < sizeof(refusal) && !strpbrk(refusal, "\n\r\033"));
	if (!agree_take_interval(message, &part, why))
		check(part.bytes <= INT64_MAX && part.ops <= INT64_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	json_t *message;

	check_opening(data, len);
	message = control_parse((const char *)data, len);
	if (!message)
		return 0;
	check_parameters(message);
	check_report(message);
	check_others(message);
	json_decref(message);
	return 0;
}
