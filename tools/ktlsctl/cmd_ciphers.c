/* SPDX-License-Identifier: MIT */
/* ktlsctl ciphers: the ciphers of kernel TLS, their sizes, and who has them here. Looks at files only. */
#include <stdlib.h>
#include <string.h>

#include "ciphers.h"
#include "cli/say.h"
#include "ctl.h"

static const struct argp_child children[] = { { &ctl_options, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.doc = "List the ciphers that kernel TLS knows: since which kernel, the driver it would use here, the versions of TLS "
	       "in which libssl has them, what libktls would use in user space, and sizes in bytes.\v"
	       "A driver '-' is not listed (yet): most are from their first use on; 'ktlsctl probe' says more. "
	       "'wire' is what each record has there besides its payload.",
	.children = children,
};

int cmd_ciphers(struct ctl *ctl, int argc, char **argv)
{
	int ret = ctl_parse(ctl, &argp, argc, argv, ctl);
	struct ciphers *c;

	if (ret)
		return ret;
	c = malloc(sizeof(*c));
	if (!c) {
		cli_say("out of memory");
		return CTL_FAILED;
	}
	ret = ciphers_gather(&ctl->root, c);
	if (!ret)
		ret = ctl->json ? ciphers_print_json(c, &ctl->out) : ciphers_print_text(c, &ctl->out);
	if (ret)
		cli_say("%s", strerror(-ret));
	free(c);
	return ret ? ctl_exit_of(ret) : CTL_OK;
}
