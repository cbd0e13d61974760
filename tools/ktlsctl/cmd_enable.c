/* SPDX-License-Identifier: MIT */
/* ktlsctl enable: loads the module tls, now and on demand at every boot. */
#include "ctl.h"
#include "switch.h"
#include "switch_cmd.h"

static const struct argp_option options[] = {
	{ "persist", OPT_PERSIST, NULL, 0, "Have it loaded at every boot, too: writes " SWITCH_LOAD_FILE, 0 },
	{ "dry-run", OPT_DRY_RUN, NULL, 0, "Say what would be done, and change nothing", 0 },
	{ 0 },
};

static const struct argp_child children[] = { { &ctl_options, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = switch_take_option,
	.doc = "Load the module tls, and aesni_intel where the CPU has AES instructions that nobody uses yet. What was done is "
	       "printed, and how to undo it. All of it is done or nothing.\v"
	       "Exit status: 0 loaded or built in, 1 failed, 3 this kernel has none, 4 CAP_SYS_MODULE or a file's permission lacks, "
	       "5 loaded, but aesni_intel could not be.",
	.children = children,
};

int cmd_enable(struct ctl *ctl, int argc, char **argv)
{
	return switch_command(ctl, &argp, argc, argv, switch_plan_enable);
}
