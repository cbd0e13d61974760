/* SPDX-License-Identifier: MIT */
/* argp as the tools use it: help on standard output, a mistake in one line with a pointer to --help. */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/args.h"
#include "cli/exit.h"
#include "cli/say.h"

enum {
	OPT_USAGE = 0x1000,
};

/* What the parser below needs besides argp's state. */
struct args {
	const struct argp *whole;	/* with the options added here */
	const struct argp *tool;
	const char *version;
	void *input;
};

static const struct argp_option added_options[] = {
	{ "help", '?', NULL, 0, "show this help and exit", -1 },
	{ "usage", OPT_USAGE, NULL, 0, "show a short usage message and exit", -1 },
	{ "version", 'V', NULL, 0, "show the version and exit", -1 },
	{ 0 },
};

void cli_usage_error(const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	cli_say("%s (see %s --help)", text, program_invocation_short_name);
	exit(CLI_USAGE);
}

void cli_exit_flushed(int code)
{
	if (fflush(stdout) != 0 || ferror(stdout)) {
		cli_say("standard output: %s", strerror(errno));
		code = CLI_IO;
	}
	exit(code);
}

static bool has_short(const struct argp_option *o, int key)
{
	return o->key == key && key > ' ' && key < 0x7f;
}

static bool is_end(const struct argp_option *o)
{
	return !o->name && !o->key && !o->doc && !o->group;
}

/* Exact match, else how many names start so (*@hits), and the last of them. */
static const struct argp_option *find_long(const struct argp_option *table, const char *name, size_t len, int *hits)
{
	const struct argp_option *found = NULL;

	for (const struct argp_option *o = table; !is_end(o); o++) {
		if (!o->name || strncmp(o->name, name, len) != 0)
			continue;
		found = o;
		if (strlen(o->name) == len) {
			*hits = 1;
			return o;
		}
		++*hits;
	}
	return found;
}

/* getopt's own messages are two lines with argp's; these are looked up again from the word it stopped at. */
static void explain_long(const struct args *a, const char *word)
{
	const size_t len = strcspn(word + 2, "=");
	const bool has_value = word[2 + len] == '=';
	int hits = 0, more = 0;
	const struct argp_option *o = find_long(a->tool->options, word + 2, len, &hits);
	const struct argp_option *added = find_long(added_options, word + 2, len, &more);

	if (hits + more == 0)
		cli_usage_error("unknown option --%.*s", (int)len, word + 2);
	if (hits + more > 1)
		cli_usage_error("option --%.*s is ambiguous", (int)len, word + 2);
	if (!o)
		o = added;
	/* An alias takes what the option before it takes. */
	while (o->flags & OPTION_ALIAS)
		o--;
	if (o->arg && !has_value)
		cli_usage_error("option --%.*s needs an argument %s", (int)len, word + 2, o->arg);
	if (!o->arg && has_value)
		cli_usage_error("option --%s takes no argument", o->name);
}

static const struct argp_option *find_short(const struct argp_option *table, int key)
{
	for (const struct argp_option *o = table; !is_end(o); o++)
		if (has_short(o, key))
			return o;
	return NULL;
}

static void explain_short(const struct args *a, const char *word)
{
	for (const char *p = word + 1; *p; p++) {
		const struct argp_option *o = find_short(a->tool->options, *p);

		if (!o)
			o = find_short(added_options, *p);
		if (!o)
			cli_usage_error("unknown option -%c", *p);
		if (o->arg && !p[1])
			cli_usage_error("option -%c needs an argument %s", *p, o->arg);
		if (o->arg)
			return;
	}
}

static void explain(const struct args *a, const char *word)
{
	if (!word || word[0] != '-' || !word[1])
		return;
	if (word[1] == '-')
		explain_long(a, word);
	else
		explain_short(a, word);
}

static void show_help(const struct args *a, unsigned flags)
{
	argp_help(a->whole, stdout, flags, program_invocation_short_name);
	cli_exit_flushed(CLI_OK);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	const struct args *a = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = a->input;
		return 0;
	case '?':
		show_help(a, ARGP_HELP_SHORT_USAGE | ARGP_HELP_LONG | ARGP_HELP_DOC);
		return 0;
	case OPT_USAGE:
		show_help(a, ARGP_HELP_USAGE);
		return 0;
	case 'V':
		puts(a->version);
		cli_exit_flushed(CLI_OK);
	case ARGP_KEY_ERROR:
		/* In a cluster of short options getopt is still at the word, otherwise already behind it. */
		explain(a, state->argv[state->next - 1]);
		explain(a, state->argv[state->next]);
		cli_usage_error("bad usage");
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

void cli_parse_args(const struct argp *argp, int argc, char **argv, const char *version, void *input)
{
	const struct argp_child children[] = { { argp, 0, NULL, 0 }, { 0 } };
	const struct argp whole = { added_options, parse, NULL, NULL, children, NULL, NULL };
	struct args a = { .whole = &whole, .tool = argp, .version = version, .input = input };
	/* argp's own help and errors would come in more than one line, and in its words. */
	const error_t err = argp_parse(&whole, argc, argv, ARGP_NO_ERRS | ARGP_NO_HELP | ARGP_NO_EXIT, NULL, &a);

	if (err)
		cli_usage_error("bad usage: %s", strerror(err));
}
