/* SPDX-License-Identifier: MIT */
/* The part of ktls-cat's command line that says what listens, for how many, and what is at our end of a connection. */
#include <stddef.h>
#include <string.h>

#include "cli/args.h"
#include "ktls-cat/options_role.h"

enum {
	DEFAULT_MAX_CONNS = 100,
	/* A process each, or two with a command; the kernel's own limits come first. */
	MAX_CONNS = 32768,
	MAX_BACKLOG = 65535,
};

static const struct argp_option option_table[] = {
	{ "listen", 'l', NULL, 0, "accept one connection instead of making one", 1 },
	{ "keep-open", 'k', NULL, 0, "listener: accept one connection after the other, and several at once", 1 },
	{ "max-conns", 'm', "NUMBER", 0, "with -k: so many connections at once (default 100); others wait", 1 },
	{ "backlog", 'b', "NUMBER", 0, "listener: so many connections may wait to be accepted", 1 },
	{ "exec", 'e', "COMMAND", 0, "connect COMMAND, words without quotes, instead of standard input and output", 1 },
	{ "sh-exec", 'c', "COMMAND", 0, "the same for a COMMAND of /bin/sh", 1 },
	{ 0 },
};

static const char *take_command(const char *option, const char *arg)
{
	if (!arg[strspn(arg, " \t")])
		cli_usage_error("%s: the command is empty", option);
	return arg;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct cat_options *o = state->input;

	switch (key) {
	case 'l':
		o->listen = true;
		return 0;
	case 'k':
		o->keep_open = true;
		return 0;
	case 'm':
		o->max_conns = cli_take_count("--max-conns", arg, 1, MAX_CONNS);
		return 0;
	case 'b':
		o->backlog = (int)cli_take_count("--backlog", arg, 1, MAX_BACKLOG);
		return 0;
	case 'e':
		o->exec = take_command("--exec", arg);
		return 0;
	case 'c':
		o->sh_exec = take_command("--sh-exec", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp role_options_argp = { .options = option_table, .parser = parse };

/* What a command reads and writes is what comes and goes. */
static void check_command(const struct cat_options *o)
{
	const char *command = o->exec ? "--exec" : "--sh-exec";
	const struct {
		bool given;
		const char *name;
	} others[] = {
		{ o->file != NULL, "--file" },
		{ o->flow.output != NULL, "--output" },
		{ o->flow.has_offset, "--offset" },
		{ o->flow.has_length, "--length" },
		{ o->flow.send_only, "--send-only" },
		{ o->flow.recv_only, "--recv-only" },
		{ o->flow.scan, "--zero" },
	};

	if (o->exec && o->sh_exec)
		cli_usage_error("--exec and --sh-exec exclude each other");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (others[i].given)
			cli_usage_error("%s has no meaning with %s", others[i].name, command);
}

void role_options_check(struct cat_options *o)
{
	if (o->keep_open && !o->listen)
		cli_usage_error("--keep-open needs --listen");
	if (o->backlog && !o->listen)
		cli_usage_error("--backlog needs --listen");
	if (o->max_conns && !o->keep_open)
		cli_usage_error("--max-conns needs --keep-open");
	if (o->keep_open && o->flow.output)
		cli_usage_error("--output has no meaning with --keep-open: each connection would begin the file anew");
	if (o->exec || o->sh_exec)
		check_command(o);
	if (!o->max_conns)
		o->max_conns = DEFAULT_MAX_CONNS;
}
