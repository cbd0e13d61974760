/* SPDX-License-Identifier: MIT */
/* What enable and disable have in common as commands. */
#ifndef KTLSCTL_SWITCH_CMD_H
#define KTLSCTL_SWITCH_CMD_H

#include "ctl.h"
#include "switch.h"

enum {
	OPT_PERSIST = 0x100,
	OPT_DRY_RUN,
	OPT_FORCE,
};

/* The parser of either's argp. */
error_t switch_take_option(int key, char *arg, struct argp_state *state);

/* Parses, gathers, plans, does it (or not: --dry-run) and prints. An exit code. */
int switch_command(struct ctl *ctl, const struct argp *argp, int argc, char **argv,
		   void (*make_plan)(const struct switch_facts *facts, const struct switch_wish *wish, struct switch_plan *plan));

#endif
