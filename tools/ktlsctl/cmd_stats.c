/* SPDX-License-Identifier: MIT */
/* ktlsctl stats: the kernel's counters, once or again and again, and what changed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/say.h"
#include "cli/units.h"
#include "ctl.h"
#include "out/atomic.h"
#include "out/json.h"
#include "out/screen.h"
#include "stats.h"
#include "system/stat_state.h"

enum {
	OPT_DELTA = 0x100,
	OPT_PROM,
	OPT_PREFIX,
	OPT_RESET,
};

/* What was asked for, as bits, so that a table can say what does not go together. */
enum {
	ASK_DELTA = 1,
	ASK_JSON = 2,
	ASK_OUTPUT = 4,
	ASK_PROM = 8,
	ASK_RESET = 16,
	ASK_WATCH = 32,
	ASK_PREFIX = 64,
};

struct wish {
	struct ctl *ctl;
	unsigned asked;
	int64_t interval;	/* ms */
	const char *prefix;
	const char *output;
};

static const struct argp_option options[] = {
	{ "delta", OPT_DELTA, NULL, 0, "Also show what changed since the last call with --delta or --reset-baseline", 0 },
	{ "reset-baseline", OPT_RESET, NULL, 0, "Show nothing; let the next --delta count from now", 0 },
	{ "watch", 'w', "SECONDS", 0, "Show the counters and their rates every so often, until q or ^C", 0 },
	{ "prometheus", OPT_PROM, NULL, 0, "Print Prometheus' text format", 0 },
	{ "prom-prefix", OPT_PREFIX, "PREFIX", 0, "Begin its metrics with PREFIX instead of ktls_", 0 },
	{ "output", 'o', "FILE", 0, "Replace FILE as a whole instead of writing to standard output", 0 },
	{ 0 },
};

static const struct {
	unsigned bits;
	const char *text;
} not_together[] = {
	{ ASK_DELTA | ASK_RESET, "--delta begins anew by itself; --reset-baseline is for doing only that" },
	{ ASK_WATCH | ASK_DELTA, "--watch compares with the interval before; it does not go with --delta" },
	{ ASK_WATCH | ASK_RESET, "--watch does not go with --reset-baseline" },
	{ ASK_WATCH | ASK_OUTPUT, "--watch does not go with --output: a timer rewrites a file better" },
	{ ASK_WATCH | ASK_PROM, "--watch does not go with --prometheus: Prometheus finds the rates itself" },
	{ ASK_PROM | ASK_JSON, "--prometheus and --json are two forms; choose one" },
	{ ASK_PROM | ASK_DELTA, "--prometheus does not go with --delta: Prometheus finds the changes itself" },
	{ ASK_RESET | ASK_PROM, "--reset-baseline prints nothing, and does not go with --prometheus" },
	{ ASK_RESET | ASK_OUTPUT, "--reset-baseline prints nothing, and does not go with --output" },
	{ ASK_RESET | ASK_JSON, "--reset-baseline prints nothing, and does not go with --json" },
};

static void check(const struct wish *wish, struct argp_state *state)
{
	const unsigned asked = wish->asked | (wish->ctl->json ? ASK_JSON : 0);

	for (size_t i = 0; i < sizeof(not_together) / sizeof(not_together[0]); i++)
		if ((asked & not_together[i].bits) == not_together[i].bits)
			argp_error(state, "%s", not_together[i].text);
	if ((asked & ASK_PREFIX) && !(asked & ASK_PROM))
		argp_error(state, "--prom-prefix goes with --prometheus");
}

static error_t take_option(int key, char *arg, struct argp_state *state)
{
	static const struct {
		int key;
		unsigned bit;
	} bits[] = {
		{ OPT_DELTA, ASK_DELTA }, { OPT_RESET, ASK_RESET }, { 'w', ASK_WATCH },
		{ OPT_PROM, ASK_PROM },	  { OPT_PREFIX, ASK_PREFIX }, { 'o', ASK_OUTPUT },
	};
	struct wish *wish = state->input;

	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		wish->asked |= bits[i].key == key ? bits[i].bit : 0;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = wish->ctl;
		return 0;
	case ARGP_KEY_END:
		check(wish, state);
		return 0;
	case OPT_DELTA:
	case OPT_RESET:
	case OPT_PROM:
		return 0;
	case 'w':
		if (cli_parse_time(arg, &wish->interval))
			argp_error(state, "--watch takes a time such as 1, 500ms or 2m, not '%s'", arg);
		return 0;
	case OPT_PREFIX:
		if (!stats_is_prom_prefix(arg))
			argp_error(state, "--prom-prefix takes letters, digits and _, not '%s'", arg);
		wish->prefix = arg;
		return 0;
	case 'o':
		wish->output = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &ctl_options, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = take_option,
	.doc = "Show every counter of the kernel's TLS and what it means. Needs no rights.\v"
	       "Exit status: 0 done, 3 no kernel TLS is loaded, 4 the file that keeps the counters for --delta is not yours.",
	.children = children,
};

/* Why there are no counters, as an exit code; 0 if there are. */
static int say_missing(const struct stats_report *r)
{
	if (!r->stat_err)
		return 0;
	if (r->stat_err == -ENOENT) {
		cli_say("no kernel TLS is loaded here (no /proc/net/tls_stat); 'ktlsctl status' says more");
		return CTL_UNAVAILABLE;
	}
	cli_say("/proc/net/tls_stat: %s", strerror(-r->stat_err));
	return ctl_exit_of(r->stat_err);
}

static int say_state(const char *where, int err)
{
	const char *why = err == -EPERM ? "it or its folder is a link, or others can write to it; remove it" : strerror(-err);

	cli_say("%s: %s", where, why);
	return ctl_exit_of(err);
}

/* Puts what was kept into @r->before, and keeps what is now. A file that makes no sense counts as none. */
static int compare(const struct ctl *ctl, struct stats_report *r, struct stat_state *before)
{
	char where[STAT_STATE_WHERE_MAX] = "";
	struct stat_state now;
	int ret = stat_state_load(&ctl->root, before, where);

	if (ret && ret != -ENOENT && ret != -EINVAL)
		return say_state(where, ret);
	r->before = ret ? NULL : &before->stat;
	ret = stat_state_now(&ctl->root, &now);
	if (ret)
		return say_state("/proc/sys/kernel/random/boot_id", ret);
	r->seconds = (double)(now.ms - before->ms) / 1000;
	now.stat = r->stat;
	ret = stat_state_save(&ctl->root, &now, where);
	return ret ? say_state(where, ret) : 0;
}

static int print(const struct wish *wish, const struct stats_report *r, struct out *o)
{
	if (wish->asked & ASK_PROM)
		stats_print_prometheus(r, wish->prefix, o);
	else if (wish->ctl->json)
		return out_json(o, stats_json(r));
	else if (!r->stat_err)
		return stats_print_text(r, wish->asked & ASK_DELTA ? STATS_CHANGE : STATS_VALUES, o);
	return 0;
}

static int print_to_file(const struct wish *wish, const struct stats_report *r)
{
	struct out_atomic file;
	struct out o;
	int ret;

	/* Text has nothing to say without counters; what the file says stays. */
	if (r->stat_err && !wish->ctl->json && !(wish->asked & ASK_PROM))
		return 0;
	ret = out_atomic_open(&file, wish->output, 0644);
	if (!ret) {
		o = (struct out){ .to = file.to };
		ret = print(wish, r, &o);
		ret = ret ? ret : out_atomic_commit(&file);
		out_atomic_abandon(&file);
	}
	if (ret)
		cli_say("%s: %s", wish->output, ret == -EEXIST ? "is not a regular file" : strerror(-ret));
	return ret ? ctl_exit_of(ret) : 0;
}

static int show(const struct wish *wish)
{
	struct stats_report r = { 0 };
	struct stat_state before = { 0 };
	int code, ret;

	r.stat_err = tls_stat_read(&wish->ctl->root, &r.stat);
	code = say_missing(&r);
	if (!code && (wish->asked & (ASK_DELTA | ASK_RESET))) {
		ret = compare(wish->ctl, &r, &before);
		if (ret)
			return ret;
	}
	if (wish->asked & ASK_RESET)
		return code;
	if (wish->output) {
		ret = print_to_file(wish, &r);
		return ret ? ret : code;
	}
	ret = print(wish, &r, &wish->ctl->out);
	if (ret)
		cli_say("%s", strerror(-ret));
	return ret ? CTL_FAILED : code;
}

/* --- watch ---------------------------------------------------------------- */

static int show_frame(const struct wish *wish, const struct stats_report *r, struct out_screen *s)
{
	struct out_frame frame;
	int ret;

	if (wish->ctl->json) {
		ret = out_json_line(s->o, stats_json(r));
		return ret ? ret : out_finish(s->o);
	}
	ret = out_frame_open(&frame, s);
	if (ret)
		return ret;
	ret = stats_print_text(r, STATS_RATE, &frame.out);
	if (!ret)
		return out_frame_show(&frame, s);
	out_frame_drop(&frame);
	return ret;
}

/* Until somebody ends it. The module may come and go meanwhile: then there is nothing to compare with. */
static int watch(const struct wish *wish, struct out_screen *s)
{
	struct stats_report r = { 0 };
	struct tls_stat before;
	double last = 0, now;
	int ret;

	do {
		r.stat_err = tls_stat_read(&wish->ctl->root, &r.stat);
		if (r.stat_err) {
			/* Where it can be read. */
			out_screen_close(s);
			return say_missing(&r);
		}
		now = cli_now_seconds();
		r.seconds = now - last;
		ret = show_frame(wish, &r, s);
		if (!ret)
			ret = out_screen_wait(s, wish->interval);
		before = r.stat;
		r.before = &before;
		last = now;
	} while (ret > 0);
	if (ret)
		cli_say("%s", strerror(-ret));
	return ret ? CTL_FAILED : CTL_OK;
}

static int start_watch(const struct wish *wish)
{
	struct cli_failure f = { 0 };
	struct out_screen s;
	int code;

	if (out_screen_open(&s, &wish->ctl->out, &f)) {
		cli_say("%s", f.text);
		return CTL_FAILED;
	}
	code = watch(wish, &s);
	out_screen_close(&s);
	return code;
}

int cmd_stats(struct ctl *ctl, int argc, char **argv)
{
	struct wish wish = { .ctl = ctl, .prefix = "ktls_" };
	int ret = ctl_parse(ctl, &argp, argc, argv, &wish);

	if (ret)
		return ret;
	return wish.asked & ASK_WATCH ? start_watch(&wish) : show(&wish);
}
