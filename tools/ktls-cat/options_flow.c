/* SPDX-License-Identifier: MIT */
/* The part of ktls-cat's command line that says which data flows, how, and who carries it. */
#include <string.h>

#include "cli/args.h"
#include "ktls-cat/options_flow.h"
#include "ktls-cat/values.h"

/* Apart from the keys of the other tables: one argp parser has them all. */
enum {
	OPT_FILE = 0x300, OPT_KTLS, OPT_KTLS_TX, OPT_KTLS_RX,
	OPT_OFFSET, OPT_LENGTH, OPT_SEND_ONLY, OPT_RECV_ONLY, OPT_NO_SHUTDOWN, OPT_RATE, OPT_PROGRESS, OPT_NO_PROGRESS,
	OPT_RETRY, OPT_RETRY_DELAY, OPT_ZEROCOPY, OPT_THREADS,
};

enum {
	/* What --ktls-tx and --ktls-rx have before they are given. */
	WANT_UNSET = -1,
	MAX_RETRIES = 1000000,
};

static const struct argp_option option_table[] = {
	{ NULL, 0, NULL, 0, "Data:", 4 },
	{ "file", OPT_FILE, "FILE", 0, "send FILE instead of standard input", 4 },
	{ "offset", OPT_OFFSET, "BYTES", 0, "begin at this place of the file that is sent (k, M, G: powers of 1024)", 4 },
	{ "length", OPT_LENGTH, "BYTES", 0, "send so many bytes of the file", 4 },
	{ "output", 'o', "FILE", 0, "write to FILE instead of standard output, once the handshake is done", 4 },
	{ "send-only", OPT_SEND_ONLY, NULL, 0, "throw away what the peer sends, and end when all is sent", 4 },
	{ "recv-only", OPT_RECV_ONLY, NULL, 0, "read no input, and end with the peer", 4 },
	{ "zero", 'z', NULL, 0, "no data: shake hands, say on standard output what came of it, and end", 4 },
	{ "idle-timeout", 'i', "TIME", 0, "end (exit code 8) when nothing moves in either direction for so long", 4 },
	{ "quit-after", 'q', "TIME", 0, "at the end of the input give the peer so long to end, too (0: none; default: for ever)", 4 },
	{ "no-shutdown", OPT_NO_SHUTDOWN, NULL, 0, "at the end of the input leave our direction open until the peer ends", 4 },
	{ "rate", OPT_RATE, "BYTES", 0, "send at most so many bytes a second", 4 },
	{ "progress", OPT_PROGRESS, NULL, 0,
	  "show how far it is (default: with -v, when standard error is a terminal and the size is known)", 4 },
	{ "no-progress", OPT_NO_PROGRESS, NULL, 0, "do not", 4 },
	{ "zerocopy", OPT_ZEROCOPY, NULL, 0,
	  "let a network card that encrypts send a file without a copy: it must not change until the peer has it", 4 },
	{ "retry", OPT_RETRY, "N", 0, "try N times more when the connection cannot be made", 4 },
	{ "retry-delay", OPT_RETRY_DELAY, "TIME", 0, "wait so long before each (default: 1s, then twice as long each time, up to 1m)", 4 },
	{ NULL, 0, NULL, 0, "Who carries the records:", 5 },
	{ "ktls", OPT_KTLS, "auto|on|off", 0, "kernel TLS if it can be had (auto), or nothing else (on), or not (off)", 5 },
	{ "ktls-tx", OPT_KTLS_TX, "auto|on|off", 0, "the same for sending only", 5 },
	{ "ktls-rx", OPT_KTLS_RX, "auto|on|off", 0, "the same for receiving only", 5 },
	{ "threads", OPT_THREADS, "auto|on|off", 0,
	  "the engine sends: read ahead in a thread, a file if there are two CPUs (auto), also a pipe (on), or nothing (off)", 5 },
	{ 0 },
};

_Static_assert((int)READER_AUTO == KTLS_AUTO && (int)READER_ON == KTLS_ON && (int)READER_OFF == KTLS_OFF, "one list of names for both");

static int choose(const char *option, const char *arg)
{
	static const char *const names[] = { [KTLS_AUTO] = "auto", [KTLS_ON] = "on", [KTLS_OFF] = "off" };

	for (int i = KTLS_AUTO; i <= KTLS_OFF; i++)
		if (strcmp(arg, names[i]) == 0)
			return i;
	cli_usage_error("--%s: '%s' is neither auto, on nor off", option, arg);
}

/* Whether it was one of those that choose the part of the input and where the output goes. */
static error_t parse_ends(int key, char *arg, struct flow *flow)
{
	switch (key) {
	case OPT_OFFSET:
		flow->has_offset = true;
		flow->offset = value_size("offset", arg, 0, INT64_MAX, "0 and 2^63");
		return 0;
	case OPT_LENGTH:
		flow->has_length = true;
		flow->length = value_size("length", arg, 0, INT64_MAX, "0 and 2^63");
		return 0;
	case 'o':
		flow->output = arg;
		return 0;
	case OPT_SEND_ONLY:
		flow->send_only = true;
		return 0;
	case OPT_RECV_ONLY:
		flow->recv_only = true;
		return 0;
	case 'z':
		flow->scan = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_limits(int key, char *arg, struct flow *flow)
{
	switch (key) {
	case 'i':
		flow->idle_ms = value_time("idle-timeout", arg);
		return 0;
	case 'q':
		flow->quit_ms = strcmp(arg, "0") == 0 ? 0 : value_time("quit-after", arg);
		return 0;
	case OPT_NO_SHUTDOWN:
		flow->no_shutdown = true;
		return 0;
	case OPT_RATE:
		flow->rate = value_size("rate", arg, 1, INT64_MAX, "1 and 2^63");
		return 0;
	case OPT_PROGRESS:
		flow->progress = FLOW_PROGRESS_ON;
		return 0;
	case OPT_NO_PROGRESS:
		flow->progress = FLOW_PROGRESS_OFF;
		return 0;
	case OPT_RETRY:
		flow->retries = cli_take_count("--retry", arg, 0, MAX_RETRIES);
		return 0;
	case OPT_RETRY_DELAY:
		flow->retry_delay_ms = value_time("retry-delay", arg);
		return 0;
	default:
		return parse_ends(key, arg, flow);
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct flow_options *f = state->input;

	switch (key) {
	case OPT_FILE:
		f->o->file = arg;
		return 0;
	case OPT_ZEROCOPY:
		f->o->session.conn.zero_copy = true;
		return 0;
	case OPT_KTLS:
		f->want = choose("ktls", arg);
		return 0;
	case OPT_KTLS_TX:
		f->want_dir[KTLS_TX] = choose("ktls-tx", arg);
		return 0;
	case OPT_KTLS_RX:
		f->want_dir[KTLS_RX] = choose("ktls-rx", arg);
		return 0;
	case OPT_THREADS:
		f->o->threads = (enum reader_mode)choose("threads", arg);
		return 0;
	default:
		return parse_limits(key, arg, &f->o->flow);
	}
}

const struct argp flow_options_argp = { .options = option_table, .parser = parse };

void flow_options_init(struct flow_options *f, struct cat_options *o)
{
	*f = (struct flow_options){ .o = o, .want = KTLS_AUTO, .want_dir = { WANT_UNSET, WANT_UNSET } };
	o->flow = (struct flow){ .idle_ms = -1, .quit_ms = -1, .retry_delay_ms = -1 };
}

static void check_directions(const struct cat_options *o)
{
	const struct flow *flow = &o->flow;

	if (flow->send_only && flow->recv_only)
		cli_usage_error("--send-only and --recv-only exclude each other");
	if (flow->scan && (flow->send_only || flow->recv_only || o->file || flow->output))
		cli_usage_error("--zero transfers no data: %s has no meaning with it",
				flow->send_only ? "--send-only" : flow->recv_only ? "--recv-only" : o->file ? "--file" : "--output");
	if (flow->send_only && flow->output)
		cli_usage_error("--output has no meaning with --send-only");
	if (flow->recv_only && (o->file || flow->rate))
		cli_usage_error("%s has no meaning with --recv-only", o->file ? "--file" : "--rate");
	if (flow->recv_only && (flow->has_offset || flow->has_length))
		cli_usage_error("%s has no meaning with --recv-only", flow->has_offset ? "--offset" : "--length");
	if (flow->no_shutdown && flow->send_only)
		cli_usage_error("--no-shutdown has no meaning with --send-only");
}

static void check_retries(const struct cat_options *o)
{
	if (o->flow.retries && o->listen)
		cli_usage_error("--retry has no meaning with --listen");
	if (o->flow.retry_delay_ms >= 0 && !o->flow.retries)
		cli_usage_error("--retry-delay needs --retry N");
}

void flow_options_check(const struct flow_options *f)
{
	check_directions(f->o);
	check_retries(f->o);
	for (int dir = KTLS_TX; dir <= KTLS_RX; dir++)
		f->o->session.conn.want[dir] = (enum ktls_want)(f->want_dir[dir] == WANT_UNSET ? f->want : f->want_dir[dir]);
}
