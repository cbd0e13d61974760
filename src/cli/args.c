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
#include "cli/units.h"

enum {
	OPT_USAGE = 0x1000,
};

/* What the parser below needs besides argp's state. */
struct args {
	const struct argp *whole;	/* the tool's, with the options added here */
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

unsigned cli_take_count(const char *option, const char *arg, unsigned min, unsigned max)
{
	uint64_t n;

	if (cli_parse_count(arg, &n) || n < min || n > max)
		cli_usage_error("%s: '%s' is not a number from %u to %u", option, arg, min, max);
	return (unsigned)n;
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

/* What a long option that is asked for, and may be abbreviated, turned out to be. */
struct match {
	const char *name;
	size_t len;
	const struct argp_option *option;	/* the exact one, else the last that starts so */
	bool exact;
	int hits;				/* how many start so */
};

static void match_table(struct match *m, const struct argp_option *table)
{
	for (const struct argp_option *o = table; o && !is_end(o); o++) {
		if (m->exact || !o->name || strncmp(o->name, m->name, m->len) != 0)
			continue;
		m->option = o;
		m->exact = strlen(o->name) == m->len;
		m->hits = m->exact ? 1 : m->hits + 1;
	}
}

static void match_long(struct match *m, const struct argp *argp)
{
	match_table(m, argp->options);
	for (const struct argp_child *child = argp->children; child && child->argp; child++)
		match_long(m, child->argp);
}

/* getopt's own messages are two lines with argp's; these are looked up again from the word it stopped at. */
static void explain_long(const struct args *a, const char *word)
{
	const size_t len = strcspn(word + 2, "=");
	const bool has_value = word[2 + len] == '=';
	struct match m = { .name = word + 2, .len = len };
	const struct argp_option *o;

	match_long(&m, a->whole);
	if (m.hits == 0)
		cli_usage_error("unknown option --%.*s", (int)len, word + 2);
	if (m.hits > 1)
		cli_usage_error("option --%.*s is ambiguous", (int)len, word + 2);
	o = m.option;
	/* An alias takes what the option before it takes. */
	while (o->flags & OPTION_ALIAS)
		o--;
	if (o->arg && !has_value)
		cli_usage_error("option --%.*s needs an argument %s", (int)len, word + 2, o->arg);
	if (!o->arg && has_value)
		cli_usage_error("option --%s takes no argument", o->name);
}

static const struct argp_option *find_short(const struct argp *argp, int key)
{
	const struct argp_option *found = NULL;

	for (const struct argp_option *o = argp->options; o && !is_end(o); o++)
		if (has_short(o, key))
			return o;
	for (const struct argp_child *child = argp->children; !found && child && child->argp; child++)
		found = find_short(child->argp, key);
	return found;
}

static void explain_short(const struct args *a, const char *word)
{
	for (const char *p = word + 1; *p; p++) {
		const struct argp_option *o = find_short(a->whole, *p);

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
	struct args a = { .whole = &whole, .version = version, .input = input };
	/* argp's own help and errors would come in more than one line, and in its words. */
	const error_t err = argp_parse(&whole, argc, argv, ARGP_NO_ERRS | ARGP_NO_HELP | ARGP_NO_EXIT, NULL, &a);

	if (err)
		cli_usage_error("bad usage: %s", strerror(err));
}
