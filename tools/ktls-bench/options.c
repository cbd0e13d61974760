/* SPDX-License-Identifier: MIT */
/* The command line. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/args.h"
#include "cli/units.h"
#include "ktls-bench/options.h"
#include "ktls-bench/report.h"

enum {
	OPT_CASES = 256,
	OPT_CIPHER,
	OPT_TLS,
	OPT_RECORD,
	OPT_RUNS,
	OPT_VERIFY,
	OPT_CSV,
	OPT_BASELINE,
	OPT_FAIL_BELOW,
	OPT_COLOUR,
};

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "What is compared:", 1 },
	{ "cases", OPT_CASES, "LIST", 0, "plain, libssl, libssl-ktls, engine, kernel, kernel-sendfile, with commas between; each of them must be "
	  "had (default: all that can be had)", 1 },
	{ "tls", OPT_TLS, "VERSION", 0, "1.2 or 1.3 (default)", 1 },
	{ "cipher", OPT_CIPHER, "ID", 0, "aes-128-gcm, aes-256-gcm (default), chacha20-poly1305 or aes-128-ccm", 1 },
	{ "record-size", OPT_RECORD, "BYTES", 0, "Bytes of data in a record, 512 to 16384 (default)", 1 },
	{ "length", 'l', "BYTES", 0, "Bytes handed over in one write (default 128k), or of a request and of its answer (default 64)", 1 },
	{ "parallel", 'P', "N", 0, "Connections at once, each with a thread at either end (default 1)", 1 },
	{ "reverse", 'R', NULL, 0, "The TLS server sends, and the client receives", 1 },
	{ NULL, 0, NULL, 0, "How it is measured:", 2 },
	{ "time", 't', "TIME", 0, "Length of a measurement (default 800ms)", 2 },
	{ "omit", 'O', "TIME", 0, "Leave out the beginning of each (default 200ms)", 2 },
	{ "bytes", 'n', "BYTES", 0, "throughput: send so much on each connection, instead of for a time", 2 },
	{ "runs", OPT_RUNS, "N", 0, "Measurements of each case, in turn (default 5)", 2 },
	{ "congestion", 'C', "NAME", 0, "Congestion control (default cubic: bbr halves loopback)", 2 },
	{ "window", 'w', "BYTES", 0, "Socket buffers (default: the system's own sizing)", 2 },
	{ "verify-data", OPT_VERIFY, NULL, 0, "Compare every byte with what was sent; costs speed", 2 },
	{ NULL, 0, NULL, 0, "What comes out:", 3 },
	{ "json", 'J', NULL, 0, "One JSON document instead of the table", 3 },
	{ "csv", OPT_CSV, "FILE", 0, "Also write each measurement as a line to FILE", 3 },
	{ "title", 'T', "TEXT", 0, "A title for the report", 3 },
	{ "baseline", OPT_BASELINE, "FILE", 0, "Compare with an earlier JSON report", 3 },
	{ "fail-below", OPT_FAIL_BELOW, "PERCENT", 0, "Exit with 10 if a case has less of its speed in the baseline", 3 },
	{ "color", OPT_COLOUR, "WHEN", 0, "auto (default), always or never", 3 },
	{ 0 },
};

static void take_cases(struct bench_options *o, char *list)
{
	o->n_cases = 0;
	o->cases_named = true;
	for (char *id = strtok(list, ","); id; id = strtok(NULL, ",")) {
		const struct carrier *carrier = carrier_find(id);

		if (!carrier)
			cli_usage_error("--cases: there is no case '%s'", id);
		if (o->n_cases == BENCH_CASES_MAX)
			cli_usage_error("--cases: more than %d cases", BENCH_CASES_MAX);
		o->cases[o->n_cases++] = carrier;
	}
	if (!o->n_cases)
		cli_usage_error("--cases: no case is named");
}

static uint64_t take_size(const char *option, const char *arg, uint64_t min, uint64_t max)
{
	uint64_t n;

	if (cli_parse_size(arg, &n) || n < min || n > max)
		cli_usage_error("%s: '%s' is not a size from %llu to %llu bytes", option, arg, (unsigned long long)min, (unsigned long long)max);
	return n;
}

static unsigned take_number(const char *option, const char *arg, unsigned max)
{
	char *end;
	const unsigned long n = strtoul(arg, &end, 10);

	if (end == arg || *end || *arg == '-' || n < 1 || n > max)
		cli_usage_error("%s: '%s' is not a number from 1 to %u", option, arg, max);
	return (unsigned)n;
}

static int64_t take_time(const char *option, const char *arg)
{
	int64_t ms;

	if (cli_parse_time(arg, &ms))
		cli_usage_error("%s: '%s' is not a time (500ms, 2s, 1m)", option, arg);
	return ms;
}

/* Unlike the others it may be nothing at all. */
static int64_t take_omit(const char *arg)
{
	return strcmp(arg, "0") == 0 ? 0 : take_time("--omit", arg);
}

static double take_percent(const char *arg)
{
	char *end;
	const double value = strtod(arg, &end);

	if (end == arg || *end || !isfinite(value) || value <= 0 || value > 1000)
		cli_usage_error("--fail-below: '%s' is not a percentage", arg);
	return value;
}

static int take_version(const char *arg)
{
	if (strcmp(arg, "1.2") == 0)
		return TLS1_2_VERSION;
	if (strcmp(arg, "1.3") != 0)
		cli_usage_error("--tls: '%s' is neither 1.2 nor 1.3", arg);
	return TLS1_3_VERSION;
}

static const char *take_cipher(const char *arg)
{
	if (!bench_cipher_known(arg))
		cli_usage_error("--cipher: there is no cipher '%s' (ktlsctl ciphers lists them)", arg);
	return arg;
}

static const struct bench_mode *take_mode(const char *arg)
{
	const struct bench_mode *mode = bench_mode_find(arg);

	if (!mode)
		cli_usage_error("there is no mode '%s'", arg);
	return mode;
}

static error_t take_option(int key, char *arg, struct argp_state *state)
{
	struct bench_options *o = state->input;

	switch (key) {
	case OPT_CASES: take_cases(o, arg); return 0;
	case OPT_TLS: o->tls_version = take_version(arg); return 0;
	case OPT_CIPHER: o->cipher = take_cipher(arg); return 0;
	case OPT_RECORD: o->record = (uint16_t)take_size("--record-size", arg, 512, 16384); return 0;
	case OPT_RUNS: o->runs = take_number("--runs", arg, BENCH_RUNS_MAX); return 0;
	case OPT_VERIFY: o->verify_data = true; return 0;
	case OPT_CSV: o->csv = arg; return 0;
	case OPT_BASELINE: o->baseline = arg; return 0;
	case OPT_FAIL_BELOW: o->fail_below = take_percent(arg); return 0;
	case OPT_COLOUR: o->colour = arg; return 0;
	case 'l': o->length = take_size("--length", arg, 1, 64U << 20); return 0;
	case 'P': o->streams = take_number("--parallel", arg, BENCH_STREAMS_MAX); return 0;
	case 'R': o->reverse = true; return 0;
	case 't': o->time_ms = take_time("--time", arg); return 0;
	case 'O': o->omit_ms = take_omit(arg); return 0;
	case 'n': o->bytes = take_size("--bytes", arg, 1, 1ULL << 50); return 0;
	case 'C': o->congestion = arg; return 0;
	case 'w': o->window = take_size("--window", arg, 1024, 1U << 30); return 0;
	case 'J': o->json = true; return 0;
	case 'T': o->title = arg; return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num)
			cli_usage_error("'%s' is one word too many", arg);
		o->mode = take_mode(arg);
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

/* What a mode does not have it cannot be asked for. */
static void fit_to_mode(struct bench_options *o)
{
	if (!o->length)
		o->length = o->mode->length;
	if (o->bytes && !o->mode->takes_bytes)
		cli_usage_error("--bytes is not for the mode %s", o->mode->name);
	for (size_t i = 0; i < o->n_cases; i++) {
		if (!o->cases[i]->from_file || o->mode->takes_files)
			continue;
		if (o->cases_named)
			cli_usage_error("--cases: %s is not for the mode %s", o->cases[i]->id, o->mode->name);
		o->cases[i--] = o->cases[--o->n_cases];
	}
}

void bench_parse_options(struct bench_options *o, int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = take_option,
		.args_doc = "[throughput|rr]",
		.doc = "Measure what TLS costs on this machine, over loopback: plain TCP, libssl, libssl's own kernel TLS, and libktls in its "
		       "engine and in the kernel, in turn, with the same version, cipher and record size: how much they carry (throughput), or "
		       "how long a request and its answer take (rr).\v"
		       "Exit status: 0 measured, 1 network or I/O error, 2 bad usage, 4 TLS failed or differs, 7 a case that was named cannot be "
		       "had, 9 data came out wrong, 10 below the baseline.",
	};

	*o = (struct bench_options){
		.mode = &bench_throughput, .tls_version = TLS1_3_VERSION, .cipher = "aes-256-gcm", .record = 16384,
		.time_ms = 800, .omit_ms = 200, .streams = 1, .runs = 5, .congestion = "cubic", .colour = "auto",
	};
	for (size_t i = 0; carriers[i]; i++)
		o->cases[o->n_cases++] = carriers[i];
	cli_parse_args(&argp, argc, argv, "ktls-bench (" PACKAGE_NAME ") " PACKAGE_VERSION, o);
	fit_to_mode(o);
	if (o->fail_below > 0 && !o->baseline)
		cli_usage_error("--fail-below takes --baseline");
}
