/* SPDX-License-Identifier: MIT */
/* ktlsctl version: of the tool and of the library it runs with, which need not be of one release. */
#include <errno.h>

#include <ktls/types.h>

#include "ctl.h"
#include "out/json.h"

static const struct argp_child children[] = { { &ctl_options, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.doc = "Show the versions of ktlsctl and of the libktls that it runs with.",
	.children = children,
};

static int print_json(struct out *o)
{
	return out_json(o, json_pack("{s:i, s:s, s:o, s:o}", "schema", 1, "command", "version", "ktlsctl",
				     out_json_text(PACKAGE_VERSION), "libktls", out_json_text(ktls_version())));
}

int cmd_version(struct ctl *ctl, int argc, char **argv)
{
	int ret = ctl_parse(ctl, &argp, argc, argv, ctl);

	if (ret)
		return ret;
	if (ctl->json)
		return print_json(&ctl->out) ? CTL_FAILED : CTL_OK;
	out_text(&ctl->out, OUT_PLAIN, "ktlsctl %s", PACKAGE_VERSION);
	out_line(&ctl->out);
	out_text(&ctl->out, OUT_PLAIN, "libktls %s", ktls_version());
	out_line(&ctl->out);
	return CTL_OK;
}
