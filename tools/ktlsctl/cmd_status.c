/* SPDX-License-Identifier: MIT */
/* ktlsctl status: whether kernel TLS is there and in use. Looks at files only, and so changes nothing. */
#include <stdlib.h>
#include <string.h>

#include "cli/say.h"
#include "ctl.h"
#include "status.h"

static const struct argp_child children[] = { { &ctl_options, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.doc = "Say in one screen whether this kernel's TLS is available and in use. Loads nothing, and needs no rights.\v"
	       "Exit status: 0 available, 3 not available, 5 the module is there but not loaded.",
	.children = children,
};

static int show(struct ctl *ctl, struct status *st)
{
	int ret = status_gather(&ctl->root, st);

	if (!ret)
		status_gather_nics(&ctl->root, st);
	if (!ret)
		ret = ctl->json ? status_print_json(st, &ctl->out) : status_print_text(st, &ctl->out);
	if (!ret)
		return st->verdict.exit_code;
	cli_say("%s", strerror(-ret));
	return ctl_exit_of(ret);
}

int cmd_status(struct ctl *ctl, int argc, char **argv)
{
	int ret = ctl_parse(ctl, &argp, argc, argv, ctl);
	struct status *st;

	if (ret)
		return ret;
	st = malloc(sizeof(*st));
	if (!st) {
		cli_say("out of memory");
		return CTL_FAILED;
	}
	ret = show(ctl, st);
	status_free(st);
	free(st);
	return ret;
}
