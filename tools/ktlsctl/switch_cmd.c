/* SPDX-License-Identifier: MIT */
/* What enable and disable have in common as commands. */
#include <stdlib.h>
#include <string.h>

#include "cli/say.h"
#include "switch_cmd.h"

struct input {
	struct ctl *ctl;
	struct switch_wish wish;
};

error_t switch_take_option(int key, char *arg, struct argp_state *state)
{
	struct input *input = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = input->ctl;
		return 0;
	case OPT_PERSIST:
		input->wish.persist = true;
		return 0;
	case OPT_DRY_RUN:
		input->wish.dry_run = true;
		return 0;
	case OPT_FORCE:
		input->wish.force = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int finish(struct ctl *ctl, const struct switch_wish *wish, struct switch_plan *plan)
{
	int ret;

	if (!wish->dry_run)
		switch_run(&switch_system, plan);
	if (plan->refusal[0]) {
		cli_say("%s", plan->refusal);
		return plan->exit_code;
	}
	ret = ctl->json ? switch_print_json(plan, wish->dry_run, &ctl->out) : switch_print_text(plan, wish->dry_run, &ctl->out);
	if (!ret)
		return plan->exit_code;
	cli_say("%s", strerror(-ret));
	return CTL_FAILED;
}

int switch_command(struct ctl *ctl, const struct argp *argp, int argc, char **argv,
		   void (*make_plan)(const struct switch_facts *facts, const struct switch_wish *wish, struct switch_plan *plan))
{
	struct input input = { .ctl = ctl };
	int ret = ctl_parse(ctl, argp, argc, argv, &input);
	struct switch_facts *facts;
	struct switch_plan plan;

	if (ret)
		return ret;
	if (ctl->dir && !input.wish.dry_run) {
		cli_say("a recorded tree cannot be changed; --dry-run says what would be done there");
		return CTL_USAGE;
	}
	facts = calloc(1, sizeof(*facts));
	if (!facts) {
		cli_say("out of memory");
		return CTL_FAILED;
	}
	ret = switch_gather(&ctl->root, facts);
	if (!ret) {
		make_plan(facts, &input.wish, &plan);
		ret = finish(ctl, &input.wish, &plan);
	} else {
		cli_say("%s", strerror(-ret));
		ret = ctl_exit_of(ret);
	}
	switch_facts_free(facts);
	free(facts);
	return ret;
}
