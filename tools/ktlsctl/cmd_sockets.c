/* SPDX-License-Identifier: MIT */
/* ktlsctl sockets: every socket whose records the kernel carries, once or again and again. */
#include <arpa/inet.h>
#include <string.h>
#include <time.h>

#include "cli/say.h"
#include "cli/units.h"
#include "ctl.h"
#include "out/json.h"
#include "out/screen.h"
#include "sockets.h"

enum {
	OPT_ADDR = 0x100,
	OPT_CIPHER,
	OPT_DPORT,
	OPT_MODE,
	OPT_PID,
	OPT_PORT,
	OPT_SPORT,
	OPT_SUMMARY,
	OPT_WIDE,
};

struct wish {
	struct ctl *ctl;
	struct sockets_filter filter;
	int64_t interval;	/* ms; 0: once */
	bool summary, wide;
};

static const struct argp_option options[] = {
	{ "sport", OPT_SPORT, "PORT", 0, "Only with this local port", 0 },
	{ "dport", OPT_DPORT, "PORT", 0, "Only with this port of the peer", 0 },
	{ "port", OPT_PORT, "PORT", 0, "Only with this port on either side", 0 },
	{ "addr", OPT_ADDR, "ADDRESS", 0, "Only with this address on either side", 0 },
	{ "pid", OPT_PID, "PID", 0, "Only of this process", 0 },
	{ "mode", OPT_MODE, "MODE", 0, "Only with this mode in either direction: none, software, device, record", 0 },
	{ "cipher", OPT_CIPHER, "CIPHER", 0, "Only with this cipher, such as aes-128-gcm, or its number", 0 },
	{ "wide", OPT_WIDE, NULL, 0, "Show all that is known, however long the lines", 0 },
	{ "summary", OPT_SUMMARY, NULL, 0, "Count by version, cipher and mode", 0 },
	{ "watch", 'w', "SECONDS", OPTION_ARG_OPTIONAL, "Show them again and again (default every 2), until q or ^C", 0 },
	{ 0 },
};

static uint16_t port_of(struct argp_state *state, const char *arg)
{
	uint64_t port;

	if (cli_parse_count(arg, &port) || !port || port > UINT16_MAX)
		argp_error(state, "a port is a number from 1 to 65535, not '%s'", arg);
	return (uint16_t)port;
}

static void take_address(struct argp_state *state, struct sockets_filter *f, const char *arg)
{
	f->family = strchr(arg, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(f->family, arg, f->addr) != 1)
		argp_error(state, "--addr takes an IPv4 or IPv6 address, not '%s'", arg);
}

static void take_pid(struct argp_state *state, struct sockets_filter *f, const char *arg)
{
	uint64_t pid;

	if (cli_parse_count(arg, &pid) || !pid || pid > INT32_MAX)
		argp_error(state, "--pid takes the number of a process, not '%s'", arg);
	f->pid = (pid_t)pid;
}

static error_t take_filter(int key, const char *arg, struct argp_state *state, struct sockets_filter *f)
{
	switch (key) {
	case OPT_SPORT:
		f->ports.local = port_of(state, arg);
		return 0;
	case OPT_DPORT:
		f->ports.peer = port_of(state, arg);
		return 0;
	case OPT_PORT:
		f->port = port_of(state, arg);
		return 0;
	case OPT_ADDR:
		take_address(state, f, arg);
		return 0;
	case OPT_PID:
		take_pid(state, f, arg);
		return 0;
	case OPT_MODE:
		f->mode = sockets_mode_number(arg);
		if (f->mode < 0)
			argp_error(state, "--mode takes none, software, device or record, not '%s'", arg);
		return 0;
	case OPT_CIPHER:
		f->cipher = sockets_cipher_number(arg);
		if (f->cipher < 0)
			argp_error(state, "'%s' is no cipher of kernel TLS", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t take_option(int key, char *arg, struct argp_state *state)
{
	struct wish *wish = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = wish->ctl;
		return 0;
	case OPT_SUMMARY:
		wish->summary = true;
		return 0;
	case OPT_WIDE:
		wish->wide = true;
		return 0;
	case 'w':
		if (cli_parse_time(arg ? arg : "2", &wish->interval))
			argp_error(state, "--watch takes a time such as 1, 500ms or 2m, not '%s'", arg);
		return 0;
	default:
		return take_filter(key, arg, state, &wish->filter);
	}
}

static const struct argp_child children[] = { { &ctl_options, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = take_option,
	.doc = "List the sockets whose TLS the kernel carries: who, which cipher, and where each direction is done.\v"
	       "Exit status: 0 done, 3 no kernel TLS is loaded, 4 they are not shown to you, 5 the list is not complete.",
	.children = children,
};

static int print(const struct wish *wish, const struct sockets_view *v, struct out *o)
{
	/* Nothing to show is not to be mistaken for nothing there. */
	if (v->code == CTL_PERMISSION || v->code == CTL_UNAVAILABLE)
		return 0;
	return wish->summary ? sockets_print_summary(v, o) : sockets_print_text(v, wish->wide, o);
}

static int show(const struct wish *wish)
{
	struct sockets_view v;
	int ret = sockets_gather(&wish->ctl->root, &wish->filter, &v), code = v.code;

	if (!ret && wish->ctl->json)
		ret = out_json(&wish->ctl->out, sockets_json(&v, wish->summary));
	else if (!ret)
		ret = print(wish, &v, &wish->ctl->out);
	if (ret)
		cli_say("%s", strerror(-ret));
	else if (code)
		cli_say("%s", v.why);
	sockets_view_free(&v);
	return ret ? ctl_exit_of(ret) : code;
}

/* --- watch ---------------------------------------------------------------- */

static void print_head(const struct sockets_view *v, struct out *o)
{
	const time_t now = time(NULL);
	struct tm tm;
	char clock[16];

	localtime_r(&now, &tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	out_text(o, OUT_HEAD, "%s", clock);
	out_text(o, OUT_PLAIN, "  %zu kernel TLS socket%s", v->list.n, v->list.n == 1 ? "" : "s");
	out_line(o);
	if (!v->code)
		return;
	out_text(o, OUT_WARN, "%s", v->why);
	out_line(o);
}

static int show_frame(const struct wish *wish, const struct sockets_view *v, struct out_screen *s)
{
	struct out_frame frame;
	int ret;

	if (wish->ctl->json) {
		ret = out_json_line(s->o, sockets_json(v, wish->summary));
		return ret ? ret : out_finish(s->o);
	}
	ret = out_frame_open(&frame, s);
	if (ret)
		return ret;
	print_head(v, &frame.out);
	ret = wish->summary ? sockets_print_summary(v, &frame.out) : sockets_print_text(v, wish->wide, &frame.out);
	if (!ret)
		return out_frame_show(&frame, s);
	out_frame_drop(&frame);
	return ret;
}

/* One view, compared with the one before, which it replaces. 1 to go on, 0, or negative errno. */
static int watch_once(const struct wish *wish, struct out_screen *s, struct sockets_view *before, double *last)
{
	const double now = cli_now_seconds();
	struct sockets_view v;
	int ret = sockets_gather(&wish->ctl->root, &wish->filter, &v);

	if (!ret)
		ret = sockets_compare(before, now - *last, &v);
	if (!ret)
		ret = show_frame(wish, &v, s);
	sockets_view_free(before);
	*before = v;
	*last = now;
	return ret ? ret : out_screen_wait(s, wish->interval);
}

static int watch(const struct wish *wish)
{
	struct sockets_view before = { 0 };
	struct cli_failure f = { 0 };
	struct out_screen s;
	double last = 0;
	int ret;

	if (out_screen_open(&s, &wish->ctl->out, &f)) {
		cli_say("%s", f.text);
		return CTL_FAILED;
	}
	do
		ret = watch_once(wish, &s, &before, &last);
	while (ret > 0);
	out_screen_close(&s);
	sockets_view_free(&before);
	if (ret)
		cli_say("%s", strerror(-ret));
	return ret ? ctl_exit_of(ret) : CTL_OK;
}

int cmd_sockets(struct ctl *ctl, int argc, char **argv)
{
	struct wish wish = { .ctl = ctl, .filter = { .mode = -1, .cipher = -1 } };
	int ret = ctl_parse(ctl, &argp, argc, argv, &wish);

	if (ret)
		return ret;
	return wish.interval ? watch(&wish) : show(&wish);
}
