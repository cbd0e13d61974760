/* SPDX-License-Identifier: MIT */
/* ktlsctl monitor: kernel TLS connections that come and go, errors and rekeys, as they happen. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/say.h"
#include "cli/units.h"
#include "cli/wait.h"
#include "ctl.h"
#include "monitor.h"

enum {
	OPT_COUNT = 0x100,
	OPT_DURATION,
	OPT_INTERVAL,
};

struct wish {
	struct ctl *ctl;
	int64_t interval, duration;	/* ms; -1: for ever */
	uint64_t count;
};

static const struct argp_option options[] = {
	{ "interval", OPT_INTERVAL, "SECONDS", 0, "Look so often (default 1)", 0 },
	{ "count", OPT_COUNT, "N", 0, "End after N events", 0 },
	{ "duration", OPT_DURATION, "SECONDS", 0, "End after that time", 0 },
	{ 0 },
};

static void take_time(struct argp_state *state, const char *name, const char *arg, int64_t *ms)
{
	if (cli_parse_time(arg, ms))
		argp_error(state, "--%s takes a time such as 1, 500ms or 2m, not '%s'", name, arg);
}

static error_t take_option(int key, char *arg, struct argp_state *state)
{
	struct wish *wish = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = wish->ctl;
		return 0;
	case OPT_INTERVAL:
		take_time(state, "interval", arg, &wish->interval);
		return 0;
	case OPT_DURATION:
		take_time(state, "duration", arg, &wish->duration);
		return 0;
	case OPT_COUNT:
		if (cli_parse_count(arg, &wish->count) || !wish->count)
			argp_error(state, "--count takes a number from 1, not '%s'", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &ctl_options, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = take_option,
	.doc = "Say in one line each when a kernel TLS connection opens or closes, and when an error or a rekey is counted, "
	       "until ^C.\v"
	       "Exit status: 0 done, 3 no kernel TLS is loaded, 5 connections are not shown to you, only counters are.",
	.children = children,
};

/* Whether connections can be seen; 0 or an exit code, the reason said. */
static int judge(const struct ctl *ctl, const struct monitor *m)
{
	char release[SYSROOT_RELEASE_MAX];

	if (m->stat_err == -ENOENT && !m->seen.list.n) {
		cli_say("no kernel TLS is loaded here, so there is nothing to monitor; 'ktlsctl status' says more");
		return CTL_UNAVAILABLE;
	}
	if (m->seen.list.ulp_seen || sysroot_release(&ctl->root, release) || diag_is_allowed(release) == 1)
		return 0;
	cli_say("before Linux 6.15 (this is %s) seeing connections takes the capability CAP_NET_ADMIN; only counters are "
		"monitored", release);
	return CTL_PARTLY;
}

/* Until the next look is due, or somebody ends it: 1, 0, or negative errno. */
static int wait_for(struct monitor *m, struct cli_wait *wait, struct diag_watch *gone, int64_t interval)
{
	const int64_t due = cli_now_ms() + interval;

	for (;;) {
		struct pollfd fds[2] = { [1] = { .fd = gone->fd, .events = POLLIN } };
		int64_t left = due - cli_now_ms();
		struct diag_list list;
		int ret = cli_wait_poll(wait, fds, 2, left > 0 ? left : 0);

		if (ret == -EINTR || ret == -ETIMEDOUT)
			return 0;
		if (ret < 0)
			return ret;
		if (fds[1].revents) {
			ret = diag_watch_read(gone, &list);
			if (!ret)
				monitor_closed(m, &list);
			diag_free(&list);
			if (ret)
				return ret;
		}
		if (monitor_is_done(m))
			return m->err;
		if (cli_now_ms() >= due)
			return 1;
	}
}

static int run(const struct wish *wish, struct monitor *m, struct cli_wait *wait)
{
	struct diag_watch gone = { .fd = -1 };
	int ret;

	/* Only makes closing known sooner; whoever may not watch looks at the next interval. */
	if (!wish->ctl->dir)
		(void)diag_watch_open(&gone);
	do {
		ret = wait_for(m, wait, &gone, wish->interval);
		if (ret >= 0) {
			int err = monitor_is_done(m) ? 0 : monitor_look(m, &wish->ctl->root);

			ret = err || monitor_is_done(m) ? err : ret;
		}
	} while (ret > 0);
	diag_watch_close(&gone);
	return ret;
}

static int monitor(const struct wish *wish, struct monitor *m)
{
	struct cli_failure f = { 0 };
	struct cli_wait wait;
	int ret = monitor_start(m, &wish->ctl->root), code;

	if (ret) {
		cli_say("%s", strerror(-ret));
		return ctl_exit_of(ret);
	}
	code = judge(wish->ctl, m);
	if (code == CTL_UNAVAILABLE)
		return code;
	if (cli_wait_init(&wait, &f)) {
		cli_say("%s", f.text);
		return CTL_FAILED;
	}
	cli_wait_limit(&wait, wish->duration);
	ret = run(wish, m, &wait);
	close(wait.signal_fd);
	if (ret)
		cli_say("%s", strerror(-ret));
	return ret ? CTL_FAILED : code;
}

int cmd_monitor(struct ctl *ctl, int argc, char **argv)
{
	struct wish wish = { .ctl = ctl, .interval = 1000, .duration = -1 };
	int ret = ctl_parse(ctl, &argp, argc, argv, &wish);
	struct monitor *m;

	if (ret)
		return ret;
	m = calloc(1, sizeof(*m));
	if (!m) {
		cli_say("out of memory");
		return CTL_FAILED;
	}
	m->o = &ctl->out;
	m->json = ctl->json;
	m->limit = wish.count;
	ret = monitor(&wish, m);
	monitor_end(m);
	free(m);
	return ret;
}
