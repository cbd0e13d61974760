/* SPDX-License-Identifier: MIT */
/* ktlsctl: looks up the command and calls it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/say.h"
#include "ctl.h"

const char *argp_program_version = "ktlsctl (" PACKAGE_NAME ") " PACKAGE_VERSION;

/* What is left for the command. */
struct top {
	struct ctl *ctl;
	int argc;
	char **argv;
};

static error_t take_word(int key, char *arg, struct argp_state *state)
{
	struct top *top = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = top ? top->ctl : NULL;
		return 0;
	case ARGP_KEY_ARG:
		/* The first word is the command; all behind it is the command's. */
		top->argc = state->argc - (state->next - 1);
		top->argv = state->argv + state->next - 1;
		state->next = state->argc;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void list_commands(FILE *to)
{
	fputs("Commands:\n", to);
	for (const struct ctl_command *c = ctl_commands; c->name; c++)
		fprintf(to, "  %-7s %-11s %s\n", c->name, c->args, c->help);
	fputs("\nExit status:\n"
	      "  0 available, or done   1 failed             2 bad usage\n"
	      "  3 no kernel TLS here   4 permission lacks   5 partly: see ktlsctl(8)\n",
	      to);
}

/* argp frees what comes back. */
static char *add_commands(int key, const char *text, void *input)
{
	char *out = NULL;
	size_t len;
	FILE *f;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;
	f = open_memstream(&out, &len);
	if (!f)
		return NULL;
	list_commands(f);
	if (fclose(f)) {
		free(out);
		return NULL;
	}
	return out;
}

static const struct argp_child children[] = { { &ctl_options, 0, NULL, 0 }, { 0 } };

const struct argp ctl_argp = {
	.parser = take_word,
	.args_doc = "COMMAND [ARGUMENT...]",
	.doc = "Look at the kernel's TLS: what it can do, whether it is used, and if not, why not.\v ",
	.children = children,
	.help_filter = add_commands,
};

static int run(const struct ctl_command *command, struct ctl *ctl, int argc, char **argv)
{
	char name[64];
	int code, err;

	/* So that messages and usage read "ktlsctl status". */
	snprintf(name, sizeof(name), "ktlsctl %s", command->name);
	argv[0] = name;
	code = command->run(ctl, argc, argv);
	err = out_finish(&ctl->out);
	if (err) {
		cli_say("standard output: %s", strerror(-err));
		code = CTL_FAILED;
	}
	sysroot_close(&ctl->root);
	return code;
}

int main(int argc, char **argv)
{
	static char name[] = "ktlsctl";
	struct ctl ctl = { .out = { .to = stdout }, .colour = "auto", .root = { .fd = -1 } };
	struct top top = { .ctl = &ctl };
	const struct ctl_command *command;

	cli_set_name(argv, name);
	argp_err_exit_status = CTL_USAGE;
	if (argp_parse(&ctl_argp, argc, argv, ARGP_IN_ORDER, NULL, &top))
		return CTL_FAILED;
	command = ctl_command_find(top.argv[0]);
	if (!command) {
		cli_say("'%s' is not a command; 'ktlsctl help' lists them", top.argv[0]);
		return CTL_USAGE;
	}
	return run(command, &ctl, top.argc, top.argv);
}
