/* SPDX-License-Identifier: MIT */
/* ktlsctl probe: asks the running kernel, with throw-away keys on a connection to itself. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/say.h"
#include "ctl.h"
#include "probe.h"
#include "system/caps.h"

enum {
	OPT_CIPHER = 0x100,
	OPT_FULL,
	OPT_LOAD,
	OPT_RX,
	OPT_TLS,
	OPT_TX,
	OPT_UNPRIVILEGED,
};

struct wish {
	struct ctl *ctl;
	bool full, load, quiet, unprivileged;
	bool asks;		/* an option that only makes sense with -q */
	struct probe_question question;
};

static const struct argp_option options[] = {
	{ "cipher", OPT_CIPHER, "NAME", 0, "With -q: this cipher, as 'ktlsctl probe' names it, in either case", 0 },
	{ "full", OPT_FULL, NULL, 0, "Try splice, sendfile without a copy and TLS_RX_EXPECT_NO_PAD, too", 0 },
	{ "load", OPT_LOAD, NULL, 0, "Let the kernel load modules for the trial (takes CAP_NET_ADMIN if tls itself is not loaded)", 0 },
	{ "quiet", 'q', NULL, 0, "Say nothing: the exit status is the answer, 0 yes, 3 no, 1 not known", 0 },
	{ "rx", OPT_RX, NULL, 0, "With -q: receiving; without --tx and --rx both", 0 },
	{ "tls", OPT_TLS, "VERSION", 0, "With -q: this version, 1.2 or 1.3", 0 },
	{ "tx", OPT_TX, NULL, 0, "With -q: sending; without --tx and --rx both", 0 },
	{ "unprivileged", OPT_UNPRIVILEGED, NULL, 0, "Give up CAP_NET_ADMIN first, so that the answers are those of any program", 0 },
	{ 0 },
};

/* By its name or its id, which differ in case alone. */
static void take_cipher(struct argp_state *state, const char *name, struct probe_question *q)
{
	struct ktls_cipher_info info;

	for (size_t i = 0; !ktls_cipher_at(i, &info); i++) {
		if (strcasecmp(info.id, name) == 0 || strcasecmp(info.name, name) == 0) {
			q->cipher = i;
			return;
		}
	}
	argp_error(state, "--cipher: '%s' is no cipher of kernel TLS; 'ktlsctl probe --json' has the names", name);
}

static void take_version(struct argp_state *state, const char *name, struct probe_question *q)
{
	for (size_t v = 0; v < PROBE_VERSIONS; v++) {
		if (strcmp(probe_versions[v].name, name) == 0) {
			q->version = v;
			return;
		}
	}
	argp_error(state, "--tls takes 1.2 or 1.3, not '%s'", name);
}

/* What a shell condition asks for. */
static error_t take_question(int key, char *arg, struct argp_state *state, struct wish *wish)
{
	switch (key) {
	case OPT_CIPHER:
		take_cipher(state, arg, &wish->question);
		break;
	case OPT_TLS:
		take_version(state, arg, &wish->question);
		break;
	case OPT_TX:
		wish->question.dir[KTLS_TX] = true;
		break;
	case OPT_RX:
		wish->question.dir[KTLS_RX] = true;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	wish->asks = true;
	return 0;
}

static error_t check_wish(struct argp_state *state, const struct wish *wish)
{
	if (wish->asks && !wish->quiet)
		argp_error(state, "--cipher, --tls, --tx and --rx go with -q");
	if (wish->quiet && (wish->full || wish->ctl->json))
		argp_error(state, "-q says nothing, so it does not go with --full or --json");
	return 0;
}

static error_t take_option(int key, char *arg, struct argp_state *state)
{
	struct wish *wish = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = wish->ctl;
		return 0;
	case OPT_FULL:
		wish->full = true;
		return 0;
	case OPT_LOAD:
		wish->load = true;
		return 0;
	case 'q':
		wish->quiet = true;
		return 0;
	case OPT_UNPRIVILEGED:
		wish->unprivileged = true;
		return 0;
	case ARGP_KEY_END:
		return check_wish(state, wish);
	default:
		return take_question(key, arg, state, wish);
	}
}

static const struct argp_child children[] = { { &ctl_options, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = take_option,
	.doc = "Try each version, cipher and direction on a connection to itself, and say what the kernel can carry. "
	       "Without --load no module is loaded, and what could not be asked for that reason is unknown.\v"
	       "Exit status: 0 a cipher works both ways, 3 no kernel TLS here, 4 --load may not load, 5 no cipher is known to work; "
	       "with -q: 0 yes, 3 no, 1 not known.",
	.children = children,
};

const struct probe_ops probe_libktls = {
	.cipher_at = ktls_cipher_at,
	.ulp = ktls_probe_ulp,
	.cipher = ktls_probe_cipher,
	.rekey = ktls_probe_rekey,
	.max_payload = ktls_probe_max_payload,
	.zero_copy = ktls_probe_zero_copy,
	.no_pad = ktls_probe_no_pad,
	.splice = ktls_probe_splice,
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

/* Rights, given up or found to be there. An ordinary program that asks in vain gets its answer from the kernel. */
static int prepare(const struct wish *wish, const struct kernel_view *view)
{
	int ret;

	if (!wish->unprivileged)
		return wish->load ? may_load(view) : 0;
	ret = caps_drop_net_admin();
	if (ret)
		cli_say("--unprivileged: %s", strerror(-ret));
	return ret ? ctl_exit_of(ret) : 0;
}

static int answer_quietly(const struct wish *wish, unsigned flags, const struct kernel_view *view)
{
	static const int codes[] = {
		[KTLS_YES] = CTL_OK,
		[KTLS_NO] = CTL_UNAVAILABLE,
		[KTLS_UNKNOWN] = CTL_FAILED,
	};

	return codes[probe_ask(&probe_libktls, flags, view, &wish->question)];
}

static int probe(struct ctl *ctl, const struct wish *wish, struct kernel_view *view, struct probe_report *report)
{
	const unsigned flags = wish->load ? KTLS_PROBE_MAY_LOAD : 0;
	int ret = kernel_view_gather(&ctl->root, view);

	if (ret) {
		cli_say("%s", strerror(-ret));
		return ctl_exit_of(ret);
	}
	ret = prepare(wish, view);
	if (ret)
		return ret;
	if (wish->quiet)
		return answer_quietly(wish, flags, view);
	probe_gather(&probe_libktls, flags, wish->full, view, report);
	ret = ctl->json ? probe_print_json(report, &ctl->out) : probe_print_text(report, &ctl->out);
	if (!ret)
		return report->verdict.exit_code;
	cli_say("%s", strerror(-ret));
	return CTL_FAILED;
}

int cmd_probe(struct ctl *ctl, int argc, char **argv)
{
	struct wish wish = { .ctl = ctl, .question = { .cipher = PROBE_ANY, .version = PROBE_ANY } };
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
		ret = probe(ctl, &wish, view, report);
	} else {
		cli_say("out of memory");
		ret = CTL_FAILED;
	}
	free(report);
	free(view);
	return ret;
}
