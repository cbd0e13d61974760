/* SPDX-License-Identifier: MIT */
/* The options that stand before the command or behind it. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/say.h"
#include "ctl.h"
#include "system/netns.h"

enum {
	OPT_COLOR = 0x100,
	OPT_SYSROOT,
};

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "Print JSON", 0 },
	{ "netns", 'n', "NETNS", 0, "Look at another network namespace: its name, its path, or a process in it", 0 },
	{ "color", OPT_COLOR, "WHEN", 0, "Colour the text: auto (on a terminal, unless NO_COLOR is set), always, never", 0 },
	{ "sysroot", OPT_SYSROOT, "DIR", OPTION_HIDDEN, "Look at a recorded tree", 0 },
	{ 0 },
};

static void take_colour(struct argp_state *state, struct ctl *ctl, char *when)
{
	struct out trial = { .to = stdout };

	if (out_set_colour(&trial, when))
		argp_error(state, "--color takes auto, always or never, not '%s'", when);
	ctl->colour = when;
}

static void take_sysroot(struct argp_state *state, struct ctl *ctl, char *dir)
{
	if (!sysroot_is_allowed(getuid(), geteuid(), getgid(), getegid()))
		argp_failure(state, CTL_PERMISSION, 0, "--sysroot is refused to a program with rights that you lack");
	ctl->dir = dir;
}

static error_t take_option(int key, char *arg, struct argp_state *state)
{
	struct ctl *ctl = state->input;

	switch (key) {
	case 'j':
		ctl->json = true;
		return 0;
	case 'n':
		ctl->netns = arg;
		return 0;
	case OPT_COLOR:
		take_colour(state, ctl, arg);
		return 0;
	case OPT_SYSROOT:
		take_sysroot(state, ctl, arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp ctl_options = { .options = options, .parser = take_option };

/* Before anything is looked at. 0 or an exit code, the reason said. */
static int enter_netns(const struct ctl *ctl)
{
	char why[NETNS_WHY_MAX];
	int ret;

	if (!ctl->netns)
		return 0;
	if (ctl->dir) {
		cli_say("--netns does not go with --sysroot: a recorded tree has one network namespace");
		return CTL_USAGE;
	}
	ret = netns_enter(ctl->netns, why);
	if (ret)
		cli_say("%s", why);
	return ret ? ctl_exit_of(ret) : 0;
}

int ctl_parse(struct ctl *ctl, const struct argp *argp, int argc, char **argv, void *input)
{
	int ret = argp_parse(argp, argc, argv, 0, NULL, input);

	if (ret) {
		cli_say("%s", strerror(ret));
		return CTL_FAILED;
	}
	out_set_colour(&ctl->out, ctl->colour);
	ret = enter_netns(ctl);
	if (ret)
		return ret;
	ret = sysroot_open(&ctl->root, ctl->dir);
	if (ret)
		cli_say("%s: %s", ctl->dir ? ctl->dir : "/", strerror(-ret));
	return ret ? ctl_exit_of(ret) : 0;
}

int ctl_exit_of(int err)
{
	return err == -EPERM || err == -EACCES ? CTL_PERMISSION : CTL_FAILED;
}

const char *ctl_errno_name(int err)
{
#if HAVE_STRERRORNAME_NP
	return err ? strerrorname_np(err) : NULL;
#else
	(void)err;
	return NULL;
#endif
}
