/* SPDX-License-Identifier: MIT */
/* ktlsctl config: brings the system to what the configuration says, and back. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/say.h"
#include "config.h"
#include "ctl.h"
#include "system/files.h"

struct wish {
	struct ctl *ctl;
	const char *action, *file;
};

static const struct argp_option options[] = {
	{ "file", 'f', "FILE", 0, "Read this file instead of " CONF_FILE " and its drop-ins", 0 },
	{ 0 },
};

static error_t take_option(int key, char *arg, struct argp_state *state)
{
	struct wish *wish = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = wish->ctl;
		return 0;
	case 'f':
		wish->file = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (wish->action)
			return ARGP_ERR_UNKNOWN;
		wish->action = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &ctl_options, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = take_option,
	.args_doc = "ACTION",
	.doc = "Compare the system with its configuration, and make it so. ACTION is one of: show what is configured and where; check "
	       "the files alone; diff what is against what is wanted; apply what differs, all of it or nothing; rollback to the state "
	       "before the last apply that changed something.\v"
	       "Exit status: 0 done; diff: no difference, 1 a mistake in a file, or failed, 4 a right lacks, 5 diff: there is one.",
	.children = children,
};

static void complain(void *arg, const char *file, unsigned line, const char *text)
{
	(void)arg;
	if (line)
		cli_say("%s:%u: %s", file, line, text);
	else
		cli_say("%s: %s", file, text);
}

static int print(const struct config *c, const struct conf *conf, const struct wish *wish)
{
	struct ctl *ctl = wish->ctl;
	int ret = ctl->json ? config_print_json(c, conf, wish->action, &ctl->out) : config_print_text(c, wish->action, &ctl->out);

	if (ret)
		cli_say("%s", strerror(-ret));
	return ret ? CTL_FAILED : CTL_OK;
}

static int check(struct config *c, const struct conf *conf, const struct wish *wish)
{
	if (wish->ctl->json)
		return print(c, conf, wish);
	out_text(&wish->ctl->out, OUT_GOOD, "%zu settings in %zu files, without a mistake", conf->n, conf->n_files);
	out_line(&wish->ctl->out);
	return CTL_OK;
}

static int show(struct config *c, const struct conf *conf, const struct wish *wish)
{
	return print(c, conf, wish);
}

static int diff(struct config *c, const struct conf *conf, const struct wish *wish)
{
	bool any = false;
	int ret = print(c, conf, wish);

	for (size_t i = 0; i < c->n; i++)
		any |= c->items[i].differs || c->items[i].problem[0];
	return ret ? ret : any ? CTL_PARTLY : CTL_OK;
}

static int apply(struct config *c, const struct conf *conf, const struct wish *wish)
{
	int ret = config_apply(c, true);

	return ret ? ret : print(c, conf, wish);
}

static int rollback(struct config *c, const struct conf *conf, const struct wish *wish)
{
	int ret = config_apply(c, false);

	if (ret)
		return ret;
	ret = file_remove(CONFIG_BEFORE);
	if (ret)
		cli_say("%s: %s", CONFIG_BEFORE, strerror(-ret));
	return ret ? ctl_exit_of(ret) : print(c, conf, wish);
}

static const struct action {
	const char *name;
	bool changes;		/* not for a recorded tree */
	int (*run)(struct config *c, const struct conf *conf, const struct wish *wish);
} actions[] = {
	{ "show", false, show },
	{ "check", false, check },
	{ "diff", false, diff },
	{ "apply", true, apply },
	{ "rollback", true, rollback },
};

static const struct action *action_of(const struct wish *wish)
{
	for (size_t i = 0; wish->action && i < sizeof(actions) / sizeof(actions[0]); i++)
		if (strcmp(actions[i].name, wish->action) == 0)
			return &actions[i];
	if (wish->action)
		cli_say("config: '%s' is none of show, check, diff, apply and rollback", wish->action);
	else
		cli_say("config takes one of show, check, diff, apply and rollback");
	return NULL;
}

static int run(const struct action *action, const struct wish *wish)
{
	struct conf conf = { 0 };
	struct config c = { 0 };
	int ret = conf_load(&conf, &wish->ctl->root, wish->file, complain, NULL);

	if (ret == 0)
		ret = config_resolve(&conf, &wish->ctl->root, &c);
	if (ret == 0)
		ret = action->run(&c, &conf, wish);
	else if (ret < 0)
		cli_say("%s", strerror(-ret));
	else
		ret = CTL_FAILED;
	config_free(&c);
	conf_free(&conf);
	return ret < 0 ? CTL_FAILED : ret;
}

int cmd_config(struct ctl *ctl, int argc, char **argv)
{
	struct wish wish = { .ctl = ctl };
	int ret = ctl_parse(ctl, &argp, argc, argv, &wish);
	const struct action *action;

	if (ret)
		return ret;
	action = action_of(&wish);
	if (!action)
		return CTL_USAGE;
	if (ctl->dir && action->changes) {
		cli_say("a recorded tree cannot be changed; 'config diff' says what would be");
		return CTL_USAGE;
	}
	if (action->run == rollback) {
		if (wish.file) {
			cli_say("config rollback takes no --file: it goes back to what the last apply found");
			return CTL_USAGE;
		}
		wish.file = CONFIG_BEFORE;
		if (access(CONFIG_BEFORE, F_OK)) {
			cli_say("there is nothing to go back to: no apply has changed anything since the system started");
			return CTL_FAILED;
		}
	}
	return run(action, &wish);
}
