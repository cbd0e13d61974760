/* SPDX-License-Identifier: MIT */
/* ktlsctl probe: asks the running kernel, with throw-away keys on a connection to itself. */
#include <stdlib.h>
#include <string.h>

#include "cli/say.h"
#include "ctl.h"
#include "probe.h"
#include "system/caps.h"

enum {
	OPT_LOAD = 0x100,
};

struct wish {
	struct ctl *ctl;
	bool load;
};

static const struct argp_option options[] = {
	{ "load", OPT_LOAD, NULL, 0, "Let the kernel load modules for the trial (takes CAP_NET_ADMIN if tls itself is not loaded)", 0 },
	{ 0 },
};

static error_t take_option(int key, char *arg, struct argp_state *state)
{
	struct wish *wish = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = wish->ctl;
		return 0;
	case OPT_LOAD:
		wish->load = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &ctl_options, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = take_option,
	.doc = "Try each version, cipher and direction on a connection to itself, and say what the kernel can carry. "
	       "Without --load no module is loaded, and what could not be asked for that reason is unknown.\v"
	       "Exit status: 0 a cipher works both ways, 3 no kernel TLS here, 4 --load may not load, 5 no cipher is known to work.",
	.children = children,
};

const struct probe_ops probe_libktls = {
	.cipher_at = ktls_cipher_at,
	.ulp = ktls_probe_ulp,
	.cipher = ktls_probe_cipher,
	.rekey = ktls_probe_rekey,
	.max_payload = ktls_probe_max_payload,
};

/*
 * The kernel loads "tls" for a socket only on behalf of somebody with CAP_NET_ADMIN in the initial user namespace, and
 * says ENOENT to all others. Once it is there, anybody may have the drivers of ciphers loaded.
 */
static int may_load(const struct kernel_view *view)
{
	if (view->module_state != MODULE_LOADABLE && view->module_state != MODULE_UNKNOWN)
		return 0;
	if (caps_has_net_admin() != 1) {
		cli_say("--load: having the module tls loaded takes the capability CAP_NET_ADMIN");
		return CTL_PERMISSION;
	}
	if (caps_in_initial_userns() != 1) {
		cli_say("--load: CAP_NET_ADMIN counts for loading the module tls only in the initial user namespace");
		return CTL_PERMISSION;
	}
	return 0;
}

static int probe(struct ctl *ctl, bool load, struct kernel_view *view, struct probe_report *report)
{
	int ret = kernel_view_gather(&ctl->root, view);

	if (ret) {
		cli_say("%s", strerror(-ret));
		return ctl_exit_of(ret);
	}
	ret = load ? may_load(view) : 0;
	if (ret)
		return ret;
	probe_gather(&probe_libktls, load ? KTLS_PROBE_MAY_LOAD : 0, view, report);
	ret = ctl->json ? probe_print_json(report, &ctl->out) : probe_print_text(report, &ctl->out);
	if (!ret)
		return report->verdict.exit_code;
	cli_say("%s", strerror(-ret));
	return CTL_FAILED;
}

int cmd_probe(struct ctl *ctl, int argc, char **argv)
{
	struct wish wish = { .ctl = ctl };
	int ret = ctl_parse(ctl, &argp, argc, argv, &wish);
	struct probe_report *report;
	struct kernel_view *view;

	if (ret)
		return ret;
	if (ctl->dir) {
		cli_say("probe asks the running kernel; a recorded tree has none");
		return CTL_USAGE;
	}
	view = malloc(sizeof(*view));
	report = malloc(sizeof(*report));
	if (view && report) {
		ret = probe(ctl, wish.load, view, report);
	} else {
		cli_say("out of memory");
		ret = CTL_FAILED;
	}
	free(report);
	free(view);
	return ret;
}
