/* SPDX-License-Identifier: MIT */
/* ktlsctl disable: unloads the module tls, and on demand keeps it from being loaded. */
#include "ctl.h"
#include "switch.h"
#include "switch_cmd.h"

static const struct argp_option options[] = {
	{ "persist", OPT_PERSIST, NULL, 0, "Keep it from being loaded again: writes " SWITCH_DENY_FILE, 0 },
	{ "dry-run", OPT_DRY_RUN, NULL, 0, "Say what would be done, and change nothing", 0 },
	{ "force", OPT_FORCE, NULL, 0, "Go on where connections use it; the kernel still keeps what is in use", 0 },
	{ 0 },
};

static const struct argp_child children[] = { { &ctl_options, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = switch_take_option,
	.doc = "Unload the module tls, unless connections use it. What was done is printed, and how to undo it. All of it is done "
	       "or nothing; with --force unloading may fail without the rest being undone.\v"
	       "Exit status: 0 not loaded (any more), 1 in use, built in or failed, 4 CAP_SYS_MODULE or a file's permission lacks, "
	       "5 with --force: still in use.",
	.children = children,
};

int cmd_disable(struct ctl *ctl, int argc, char **argv)
{
	return switch_command(ctl, &argp, argc, argv, switch_plan_disable);
}
