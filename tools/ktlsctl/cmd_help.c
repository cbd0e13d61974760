/* SPDX-License-Identifier: MIT */
/* ktlsctl help: what --help says, in the order in which people think of it. */
#include "cli/say.h"
#include "ctl.h"

struct wish {
	struct ctl *ctl;
	char *command;
};

static error_t take_word(int key, char *arg, struct argp_state *state)
{
	struct wish *wish = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = wish->ctl;
		return 0;
	case ARGP_KEY_ARG:
		if (wish->command)
			return ARGP_ERR_UNKNOWN;
		wish->command = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &ctl_options, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.parser = take_word,
	.args_doc = "[COMMAND]",
	.doc = "Show what ktlsctl does, or what one of its commands does.",
	.children = children,
};

int cmd_help(struct ctl *ctl, int argc, char **argv)
{
	struct wish wish = { .ctl = ctl };
	const struct ctl_command *command;
	char help[] = "--help", name[64] = "ktlsctl";
	char *args[] = { name, help, NULL };
	int ret = ctl_parse(ctl, &argp, argc, argv, &wish);

	if (ret)
		return ret;
	if (!wish.command) {
		/* Does not return. */
		argp_parse(&ctl_argp, 2, args, 0, NULL, NULL);
		return CTL_FAILED;
	}
	command = ctl_command_find(wish.command);
	if (!command) {
		cli_say("'%s' is not a command; 'ktlsctl help' lists them", wish.command);
		return CTL_USAGE;
	}
	snprintf(name, sizeof(name), "ktlsctl %s", command->name);
	return command->run(ctl, 2, args);
}
