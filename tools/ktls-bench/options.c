/* SPDX-License-Identifier: MIT */
/* The command line. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "cli/args.h"
#include "cli/units.h"
#include "ktls-bench/batch.h"
#include "ktls-bench/options.h"
#include "ktls-bench/peer.h"
#include "ktls-bench/report.h"

enum {
	OPT_CASES = 256,
	OPT_CIPHER,
	OPT_TLS,
	OPT_RECORD,
	OPT_BIDIR,
	OPT_COALESCE,
	OPT_EVERY,
	OPT_SIZES,
	OPT_CONNECTIONS,
	OPT_OPERATIONS,
	OPT_IN_PLACE,
	OPT_BATCH,
	OPT_HOT,
	OPT_IPSEC_MB,
	OPT_RUNS,
	OPT_VERIFY,
	OPT_CSV,
	OPT_PLOT,
	OPT_BASELINE,
	OPT_FAIL_BELOW,
	OPT_COLOUR,
	OPT_JSON_STREAM,
	OPT_LOGFILE,
	OPT_CONNECT_TIMEOUT,
	OPT_PEER,
	OPT_CAFILE,
	OPT_SERVERNAME,
	OPT_VERIFY_HOST,
	OPT_INSECURE,
	OPT_WAIT,
};

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "What is compared:", 1 },
	{ "cases", OPT_CASES, "LIST", 0, "These only, with commas between; each of them must be had: plain, libssl, libssl-ktls, engine, kernel, "
	  "kernel-sendfile, kernel-zerocopy; crypto: libcrypto, vaes-avx512, vaes-avx2, aesni-pclmul, evp, with --ipsec-mb ipsec-mb-vaes-avx512, -vaes-avx2, -avx2 and -sse; or a row's own name (default: all that can be had)", 1 },
	{ "tls", OPT_TLS, "VERSION", 0, "1.2 or 1.3 (default)", 1 },
	{ "cipher", OPT_CIPHER, "ID", 0, "aes-128-gcm, aes-256-gcm (default), chacha20-poly1305 or aes-128-ccm", 1 },
	{ "record-size", OPT_RECORD, "BYTES", 0, "Bytes of data in a record, 512 to 16384 (default)", 1 },
	{ "length", 'l', "BYTES", 0, "Bytes handed over in one write (default 128k), or of a request and of its answer (rr: default 64, connections: 16k)", 1 },
	{ "sizes", OPT_SIZES, "LIST", 0, "throughput: writes of each of these lengths, with commas between, a row each (64,1k,16k,64k); "
	  "crypto: records of so many bytes of data (default 64,256,1k,4k,16k)", 1 },
	{ "parallel", 'P', "N", 0, "throughput, rr, handshake, rekey: connections at once, each with a thread at either end "
	  "(default 1)", 1 },
	{ "connections", OPT_CONNECTIONS, "N", 0, "connections: so many open at once, 100 to 65535 (default 1000)", 1 },
	{ "reverse", 'R', NULL, 0, "throughput, rr, rekey: the TLS server sends, and the client receives", 1 },
	{ "bidir", OPT_BIDIR, NULL, 0, "throughput, rekey: both directions at once, each with its own connections", 1 },
	{ "bitrate", 'b', "RATE", 0, "throughput: no more than so many bits a second on each connection (500M, 2G); rr: so many requests a "
	  "second, whose latency counts from when they were due", 1 },
	{ "zerocopy", 'Z', NULL, 0, "throughput, rekey: every case sends out of a file, by sendfile() if it can", 1 },
	{ "coalesce", OPT_COALESCE, NULL, 0, "throughput: say with each write that more follows (plain TCP, libktls), so that small ones make full "
	  "records and few system calls", 1 },
	{ "every", OPT_EVERY, "LIST", 0, "rekey: bytes from one KeyUpdate to the next, with commas between (default 64k,1M,16M)", 1 },
	{ "operations", OPT_OPERATIONS, "LIST", 0, "crypto: seal, open (both of them by default), seal-batch, open-batch (an application's buffer to wire "
	  "records, and back), setup, rekey (a key and its first record), with commas between", 1 },
	{ "in-place", OPT_IN_PLACE, NULL, 0, "crypto: also with the output where the input was", 1 },
	{ "hot", OPT_HOT, NULL, 0, "crypto: seal and open the same record over and over, in the first level cache", 1 },
	{ "batch", OPT_BATCH, "N", 0, "crypto: records in a batch (default: as many as are 256k of data)", 1 },
	{ "ipsec-mb", OPT_IPSEC_MB, "FILE", 0, "crypto: Intel's IPsec-MB beside the others, 1.3 to 2.0: a path, a name for the loader, or auto", 1 },
	{ NULL, 0, NULL, 0, "How it is measured:", 2 },
	{ "time", 't', "TIME", 0, "Length of a measurement, except of connections (default 800ms; crypto: 200ms)", 2 },
	{ "omit", 'O', "TIME", 0, "Leave out the beginning of each (default 200ms)", 2 },
	{ "interval", 'i', "TIME", 0, "Also show each interval of the measurements", 2 },
	{ "bytes", 'n', "BYTES", 0, "throughput, rekey: send so much on each connection, instead of for a time", 2 },
	{ "runs", OPT_RUNS, "N", 0, "Measurements of each case, in turn (default 5)", 2 },
	{ "congestion", 'C', "NAME", 0, "Congestion control (default: over loopback cubic, since bbr halves it; else each system's own)", 2 },
	{ "window", 'w', "BYTES", 0, "Socket buffers (default: the system's own sizing)", 2 },
	{ "affinity", 'A', "CPU[,CPU]", 0, "Bind the client's end to the first CPU, the server's to the second", 2 },
	{ "verify-data", OPT_VERIFY, NULL, 0, "Compare every byte with what was sent; costs speed", 2 },
	{ NULL, 0, NULL, 0, "What comes out:", 3 },
	{ "json", 'J', NULL, 0, "One JSON document instead of the table", 3 },
	{ "json-stream", OPT_JSON_STREAM, NULL, 0, "JSON as it goes on, an event a line: start, interval, sample, tls, end", 3 },
	{ "logfile", OPT_LOGFILE, "FILE", 0, "Append the report to FILE instead of writing it to standard output", 3 },
	{ "csv", OPT_CSV, "FILE", 0, "Also write each measurement as a line to FILE", 3 },
	{ "plot", OPT_PLOT, "FILE", 0, "Also let gnuplot draw it: FILE.svg, FILE.png; or FILE.gp: what gnuplot would be told", 3 },
	{ "title", 'T', "TEXT", 0, "A title for the report", 3 },
	{ "baseline", OPT_BASELINE, "FILE", 0, "Compare with an earlier JSON report", 3 },
	{ "fail-below", OPT_FAIL_BELOW, "PERCENT", 0, "Exit with 10 if a case has less of its speed in the baseline", 3 },
	{ "color", OPT_COLOUR, "WHEN", 0, "auto (default), always or never", 3 },
	{ NULL, 0, NULL, 0, "A foreign server (throughput, handshake):", 4 },
	{ "peer", OPT_PEER, "openssl|nginx", 0, "Such a server, which runs already at URL, instead of one of our own: it swallows what is sent to "
	  "it, or with --reverse is asked for the URL's file again and again", 4 },
	{ "cafile", OPT_CAFILE, "FILE", 0, "Trust the CA certificates in FILE instead of the system's", 4 },
	{ "servername", OPT_SERVERNAME, "NAME", 0, "Ask the server for NAME (SNI; default: the URL's host)", 4 },
	{ "verify-host", OPT_VERIFY_HOST, "NAME", 0, "Name or IP address that the certificate must have (default: that of --servername, else the "
	  "URL's host)", 4 },
	{ "insecure", OPT_INSECURE, NULL, 0, "Go on when the certificate does not verify: anybody may be the server", 4 },
	{ "wait", OPT_WAIT, "TIME", 0, "Patience with a server that does not connect, shake hands or answer (default 10s)", 4 },
	{ NULL, 0, NULL, 0, "With another machine:", 5 },
	{ "server", 's', NULL, 0, "Be the other end for clients, one at a time", 5 },
	{ "client", 'c', "HOST", 0, "Measure with the server at HOST: this end connects, that one is the TLS server", 5 },
	{ "port", 'p', "PORT", 0, "The server's port (default " BENCH_PORT ")", 5 },
	{ "bind", 'B', "ADDRESS", 0, "Listen on this address, or connect from it", 5 },
	{ NULL, '4', NULL, 0, "IPv4 only", 5 },
	{ NULL, '6', NULL, 0, "IPv6 only", 5 },
	{ "connect-timeout", OPT_CONNECT_TIMEOUT, "TIME", 0, "Give up when the server has not answered by then (default 10s)", 5 },
	{ "one-off", '1', NULL, 0, "Serve one client, then end", 5 },
	{ 0 },
};

static uint64_t take_size(const char *option, const char *arg, uint64_t min, uint64_t max)
{
	uint64_t n;

	if (cli_parse_size(arg, &n) || n < min || n > max)
		cli_usage_error("%s: '%s' is not a size from %llu to %llu bytes", option, arg, (unsigned long long)min, (unsigned long long)max);
	return n;
}

/* A CPU's number, or nothing: any. The end of it. */
static const char *take_cpu(const char *p, int *cpu)
{
	char *end;
	const unsigned long n = strtoul(p, &end, 10);

	*cpu = -1;
	if (!isdigit((unsigned char)*p) || n > BENCH_CPU_MAX)
		return p;
	*cpu = (int)n;
	return end;
}

static void take_affinity(struct bench_options *o, const char *arg)
{
	const char *p = take_cpu(arg, &o->cpu[0]);

	if (*p == ',')
		p = take_cpu(p + 1, &o->cpu[1]);
	if (*p || (o->cpu[0] < 0 && o->cpu[1] < 0))
		cli_usage_error("--affinity: '%s' is not CPU, CPU,CPU or ,CPU, from 0 to %d", arg, BENCH_CPU_MAX);
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

/* Thousands, as rates have them: 500M is 500,000,000. */
static double take_rate(const char *arg)
{
	static const char letters[] = "kmgt";
	const char *letter;
	char *end;
	double value = strtod(arg, &end);

	letter = end != arg && *end ? strchr(letters, tolower((unsigned char)*end)) : NULL;
	for (const char *p = letters; letter && p <= letter; p++)
		value *= 1000;
	if (end == arg || end[letter ? 1 : 0] || !(value > 0 && value <= (double)BENCH_RATE_MAX))
		cli_usage_error("--bitrate: '%s' is not a rate (500M, 2G, 10k)", arg);
	return value;
}

static int by_size(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* At most @room sizes with commas between, into @sizes, rising and each once: their number. */
static unsigned take_sizes(const char *option, char *list, uint64_t max, uint64_t *sizes, unsigned room)
{
	unsigned n = 0, kept = 1;

	for (char *one = strtok(list, ","); one; one = strtok(NULL, ",")) {
		if (n == room)
			cli_usage_error("%s: more than %u sizes", option, room);
		sizes[n++] = take_size(option, one, 1, max);
	}
	if (!n)
		cli_usage_error("%s: no size is named", option);
	qsort(sizes, n, sizeof(sizes[0]), by_size);
	for (unsigned i = 1; i < n; i++)
		if (sizes[i] != sizes[kept - 1])
			sizes[kept++] = sizes[i];
	return kept;
}

static void take_every(struct bench_options *o, char *list)
{
	o->n_every = take_sizes("--every", list, BENCH_BYTES_MAX, o->every, BENCH_EVERY_MAX);
	o->given |= TAKES_EVERY;
}

/* Buffers have room for the largest. */
static void take_lengths(struct bench_options *o, char *list)
{
	o->n_sizes = take_sizes("--sizes", list, BENCH_LENGTH_MAX, o->sizes, BENCH_SIZES_MAX);
	o->given |= TAKES_SIZES;
}

static enum work take_work(const char *name)
{
	enum work work = 0;

	while (work < WORKS && strcmp(work_rows[work].name, name) != 0)
		work++;
	if (work == WORKS)
		cli_usage_error("--operations: '%s' is none of seal, open, seal-batch, open-batch, setup and rekey", name);
	return work;
}

static void take_operations(struct bench_options *o, char *list)
{
	o->operations = 0;
	for (char *one = strtok(list, ","); one; one = strtok(NULL, ","))
		o->operations |= 1U << take_work(one);
	if (!o->operations)
		cli_usage_error("--operations: none is named");
	o->given |= TAKES_OPERATIONS;
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

static const char *take_plot(const char *arg)
{
	if (!report_can_plot(arg))
		cli_usage_error("--plot: '%s' ends neither in .svg nor in .png nor in .gp", arg);
	return arg;
}

static const struct bench_mode *take_mode(const char *arg)
{
	const struct bench_mode *mode = bench_mode_find(arg);

	if (!mode)
		cli_usage_error("there is no mode '%s'", arg);
	return mode;
}

/* All else is the client's to say. */
static void note_for_clients(struct bench_options *o, int key)
{
	if (o->for_clients || (key < 0x7f && strchr("spB461", key)))
		return;
	for (size_t i = 0; options[i].name || options[i].key || options[i].doc; i++)
		if (options[i].key == key && options[i].name)
			o->for_clients = options[i].name;
}

/* Options that say something of connections, and that all modes with connections have. */
static void note_connections(struct bench_options *o, int key)
{
	static const int keys[] = { OPT_TLS, OPT_RECORD, OPT_VERIFY, 'A', 'C', 'w' };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		for (const struct argp_option *option = options; keys[i] == key && option->doc; option++)
			if (option->key == key)
				o->of_connections = option->name;
}

static const struct peer_kind *take_peer(const char *arg)
{
	const struct peer_kind *kind = peer_kind_find(arg);

	if (!kind)
		cli_usage_error("--peer: '%s' is neither openssl nor nginx", arg);
	return kind;
}

static const char *take_servername(const char *arg)
{
	if (net_is_ip(arg))
		cli_usage_error("--servername: '%s' is an IP address, not a name (RFC 6066); use --verify-host", arg);
	return arg;
}

/* Modes have no colon. */
static void take_word(struct bench_options *o, const char *arg)
{
	char why[2048];

	o->for_clients = "what is measured";
	if (!strchr(arg, ':') && !(o->given & GIVEN_MODE)) {
		o->mode = take_mode(arg);
		o->given |= GIVEN_MODE;
		return;
	}
	if (!strchr(arg, ':') || o->given & GIVEN_URL)
		cli_usage_error("'%s' is one word too many", arg);
	if (net_parse_url(&o->url, arg, why, sizeof(why)))
		cli_usage_error("%s", why);
	o->given |= GIVEN_URL;
}

/* Those of records alone. */
static error_t take_crypto_option(int key, char *arg, struct bench_options *o)
{
	switch (key) {
	case OPT_OPERATIONS: take_operations(o, arg); return 0;
	case OPT_IN_PLACE: o->in_place = true; o->given |= TAKES_OPERATIONS; return 0;
	case OPT_BATCH: o->batch = cli_take_count("--batch", arg, 1, BATCH_RECORDS_MAX); o->given |= TAKES_BATCH; return 0;
	case OPT_HOT: o->hot = true; o->given |= TAKES_HOT; return 0;
	case OPT_IPSEC_MB: o->ipsec_mb = arg; o->given |= TAKES_IPSEC_MB; return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

/* Those of another machine. */
static error_t take_remote_option(int key, char *arg, struct bench_options *o)
{
	switch (key) {
	case 's': o->server = true; return 0;
	case 'c': o->client = arg; o->given |= TAKES_REMOTE; return 0;
	case 'p': o->port = arg; return 0;
	case 'B': o->bind = arg; return 0;
	case '4': o->family = AF_INET; return 0;
	case '6': o->family = AF_INET6; return 0;
	case '1': o->one_off = true; return 0;
	case OPT_CONNECT_TIMEOUT: o->connect_ms = take_time("--connect-timeout", arg); return 0;
	default: return take_crypto_option(key, arg, o);
	}
}

/* Those of a foreign server. */
static error_t take_peer_option(int key, char *arg, struct bench_options *o)
{
	switch (key) {
	case OPT_PEER: o->peer = take_peer(arg); o->given |= TAKES_PEER; return 0;
	case OPT_CAFILE: o->trust.cafile = arg; o->needs_peer = "--cafile"; return 0;
	case OPT_SERVERNAME: o->trust.servername = take_servername(arg); o->needs_peer = "--servername"; return 0;
	case OPT_VERIFY_HOST: o->trust.verify_host = arg; o->needs_peer = "--verify-host"; return 0;
	case OPT_INSECURE: o->trust.insecure = true; o->needs_peer = "--insecure"; return 0;
	case OPT_WAIT: o->wait_ms = take_time("--wait", arg); o->needs_peer = "--wait"; return 0;
	case ARGP_KEY_ARG: take_word(o, arg); return 0;
	default: return take_remote_option(key, arg, o);
	}
}

static error_t take_option(int key, char *arg, struct argp_state *state)
{
	struct bench_options *o = state->input;

	note_for_clients(o, key);
	note_connections(o, key);
	switch (key) {
	case OPT_CASES: o->cases = arg; return 0;
	case OPT_TLS: o->tls_version = take_version(arg); return 0;
	case OPT_CIPHER: o->cipher = take_cipher(arg); return 0;
	case OPT_RECORD: o->record = (uint16_t)take_size("--record-size", arg, BENCH_RECORD_MIN, BENCH_RECORD_MAX); return 0;
	case OPT_BIDIR: o->bidir = true; o->given |= TAKES_DIRECTIONS; return 0;
	case OPT_COALESCE: o->coalesce = true; o->given |= TAKES_MORE; return 0;
	case OPT_EVERY: take_every(o, arg); return 0;
	case OPT_SIZES: take_lengths(o, arg); return 0;
	case OPT_CONNECTIONS:
		o->connections = cli_take_count("--connections", arg, BENCH_HELD_MIN, BENCH_HELD_MAX);
		o->given |= TAKES_CONNECTIONS;
		return 0;
	case OPT_RUNS: o->runs = cli_take_count("--runs", arg, 1, BENCH_RUNS_MAX); return 0;
	case OPT_VERIFY: o->verify_data = true; return 0;
	case OPT_CSV: o->csv = arg; return 0;
	case OPT_PLOT: o->plot = take_plot(arg); return 0;
	case OPT_BASELINE: o->baseline = arg; return 0;
	case OPT_FAIL_BELOW: o->fail_below = take_percent(arg); return 0;
	case OPT_COLOUR: o->colour = arg; return 0;
	case 'A': take_affinity(o, arg); return 0;
	case 'b': o->rate = take_rate(arg); o->given |= TAKES_RATE; return 0;
	case 'i': o->interval_ms = take_time("--interval", arg); o->given |= TAKES_INTERVAL; return 0;
	case 'l': o->length = take_size("--length", arg, 1, BENCH_LENGTH_MAX); o->given |= TAKES_LENGTH; return 0;
	case 'P': o->streams = cli_take_count("--parallel", arg, 1, BENCH_STREAMS_MAX); o->given |= TAKES_PARALLEL; return 0;
	case 'R': o->reverse = true; o->given |= TAKES_REVERSE; return 0;
	case 't': o->time_ms = take_time("--time", arg); o->given |= TAKES_TIME; return 0;
	case 'O': o->omit_ms = take_omit(arg); o->given |= TAKES_OMIT; return 0;
	case 'n': o->bytes = take_size("--bytes", arg, 1, BENCH_BYTES_MAX); o->given |= TAKES_BYTES; return 0;
	case 'C': o->congestion = arg; return 0;
	case 'Z': o->zerocopy = true; o->given |= TAKES_FILE; return 0;
	case 'w': o->window = take_size("--window", arg, BENCH_WINDOW_MIN, BENCH_WINDOW_MAX); return 0;
	case 'J': o->json = true; return 0;
	case OPT_JSON_STREAM: o->json_stream = true; return 0;
	case OPT_LOGFILE: o->logfile = arg; return 0;
	case 'T': o->title = arg; return 0;
	default: return take_peer_option(key, arg, o);
	}
}

/* The mode's own, unless the user said something. */
static void fill_in_from_mode(struct bench_options *o)
{
	if (!o->n_sizes && o->mode->sizes)
		for (; o->mode->sizes[o->n_sizes]; o->n_sizes++)
			o->sizes[o->n_sizes] = o->mode->sizes[o->n_sizes];
	if (o->n_sizes)
		o->length = o->sizes[o->n_sizes - 1];
	if (!o->length)
		o->length = o->mode->length;
	if (!(o->mode->takes & TAKES_OMIT))
		o->omit_ms = 0;
	if (!o->time_ms && o->mode->takes & TAKES_TIME)
		o->time_ms = o->mode->time_ms ? o->mode->time_ms : 800;
}

/* What a mode does not have it cannot be asked for. */
static const char *first_misfit(const struct bench_options *o)
{
	const struct {
		unsigned takes;
		const char *name;
	} only_some[] = {
		{ TAKES_BYTES, "--bytes" }, { TAKES_DIRECTIONS, "--bidir" }, { TAKES_RATE, "--bitrate" },
		{ TAKES_EVERY, "--every" }, { TAKES_LENGTH, "--length" }, { TAKES_SIZES, "--sizes" }, { TAKES_REVERSE, "--reverse" },
		{ TAKES_PARALLEL, "--parallel" }, { TAKES_TIME, "--time" }, { TAKES_OMIT, "--omit" }, { TAKES_INTERVAL, "--interval" },
		{ TAKES_CONNECTIONS, "--connections" }, { TAKES_FILE, "--zerocopy" }, { TAKES_MORE, "--coalesce" },
		{ TAKES_PEER, "--peer" }, { TAKES_REMOTE, "--client" },
		{ TAKES_OPERATIONS, o->in_place ? "--in-place" : "--operations" }, { TAKES_BATCH, "--batch" }, { TAKES_HOT, "--hot" },
		{ TAKES_IPSEC_MB, "--ipsec-mb" },
	};

	for (size_t i = 0; i < sizeof(only_some) / sizeof(only_some[0]); i++)
		if (o->given & ~o->mode->takes & only_some[i].takes)
			return only_some[i].name;
	return NULL;
}

/* Before the mode's own numbers are filled in. */
static bool check_asked(const struct bench_options *o, char *why, size_t size)
{
	const char *misfit = first_misfit(o);

	if (misfit)
		snprintf(why, size, "%s is not for the mode %s", misfit, o->mode->name);
	else if (o->of_connections && o->mode->alone)
		snprintf(why, size, "--%s is not for the mode %s", o->of_connections, o->mode->name);
	else if (o->mode->only_tls13 && o->tls_version != TLS1_3_VERSION)
		snprintf(why, size, "--tls: the mode %s needs TLS 1.3", o->mode->name);
	else if (o->hot && o->in_place)
		snprintf(why, size, "--hot is not for --in-place: a record that was opened there is none any more");
	else if (o->zerocopy && o->coalesce)
		snprintf(why, size, "--coalesce is not for what comes out of a file: --zerocopy");
	else if (o->n_sizes && o->given & TAKES_LENGTH)
		snprintf(why, size, "--length and --sizes say the same thing twice");
	else
		return true;
	return false;
}

/* Afterwards. */
static bool check_numbers(const struct bench_options *o, char *why, size_t size)
{
	if (o->mode->size_max && o->sizes[o->n_sizes - 1] > o->mode->size_max)
		snprintf(why, size, "--sizes: %llu bytes are more than the %llu of a record", (unsigned long long)o->sizes[o->n_sizes - 1],
			 (unsigned long long)o->mode->size_max);
	else if (o->interval_ms && (o->time_ms + o->interval_ms - 1) / o->interval_ms > BENCH_INTERVALS_MAX)
		snprintf(why, size, "--interval: more than %d intervals", BENCH_INTERVALS_MAX);
	else
		return true;
	return false;
}

bool bench_options_fit(struct bench_options *o, char *why, size_t size)
{
	if (!check_asked(o, why, size))
		return false;
	fill_in_from_mode(o);
	return check_numbers(o, why, size);
}

/* The server's end is not ours, and its data neither. */
static void fit_to_peer(struct bench_options *o)
{
	const struct {
		bool is_given;
		const char *name;
	} not_for_it[] = {
		{ o->bidir, "--bidir" }, { o->verify_data, "--verify-data" }, { o->n_sizes && o->reverse, "--sizes with --reverse" },
	};

	if (!o->peer && o->needs_peer)
		cli_usage_error("%s takes --peer", o->needs_peer);
	if (!o->peer && o->given & GIVEN_URL)
		cli_usage_error("%s: --peer must say what kind of server is there", o->url.text);
	if (!o->peer)
		return;
	if (!(o->given & GIVEN_URL))
		cli_usage_error("--peer takes a URL: https://HOST:PORT/PATH");
	for (size_t i = 0; i < sizeof(not_for_it) / sizeof(not_for_it[0]); i++)
		if (not_for_it[i].is_given)
			cli_usage_error("%s is not for --peer", not_for_it[i].name);
	if (o->peer->streams_max && o->streams > o->peer->streams_max && !o->mode->connects)
		cli_usage_error("--parallel: %s serves no more than %u connection at once", o->peer->title, o->peer->streams_max);
	o->mode = o->mode->with_peer;
}

void bench_parse_options(struct bench_options *o, int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = take_option,
		.args_doc = "[throughput|rr|handshake|rekey|connections|crypto]\n[throughput|handshake] --peer=openssl|nginx URL\n"
			    "[throughput|rr|handshake|rekey|connections] --client=HOST\n--server",
		.doc = "Measure what TLS costs on this machine, over loopback, or between two: plain TCP, libssl, libssl's own kernel TLS, and libktls "
		       "in its engine and in the kernel, in turn, with the same version, cipher and record size: how much they carry (throughput), "
		       "how long a request and its answer take (rr), how many connections they make (handshake), what a KeyUpdate costs "
		       "(rekey), what memory a connection takes (connections); and what sealing and opening records costs alone, without any "
		       "connection: libktls's leaves beside libcrypto (crypto).\v"
		       "Exit status: 0 measured, 1 network or I/O error, 2 bad usage, 3 a foreign server's certificate did not verify, 4 TLS failed "
		       "or differs, 7 a case that was named cannot be had, 8 a foreign server took too long, 9 data came out "
		       "wrong, 10 below the baseline, 128+n ended by signal n.",
	};

	char why[160];

	*o = (struct bench_options){
		.mode = &bench_throughput, .tls_version = TLS1_3_VERSION, .cipher = "aes-256-gcm", .record = 16384,
		.operations = 1 << WORK_SEAL | 1 << WORK_OPEN, .omit_ms = 200, .streams = 1, .runs = 5, .connections = 1000,
		.wait_ms = 10 * 1000, .every = { 64 << 10, 1 << 20, 16 << 20 }, .n_every = 3, .cpu = { -1, -1 }, .colour = "auto",
		.family = AF_UNSPEC,
	};
	cli_parse_args(&argp, argc, argv, "ktls-bench (" PACKAGE_NAME ") " PACKAGE_VERSION, o);
	if (!bench_options_fit(o, why, sizeof(why)))
		cli_usage_error("%s", why);
	bench_fit_to_role(o);
	fit_to_peer(o);
	if (o->json && o->json_stream)
		cli_usage_error("--json and --json-stream are two forms of the same");
	if (o->fail_below > 0 && !o->baseline)
		cli_usage_error("--fail-below takes --baseline");
}
