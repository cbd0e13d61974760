/* SPDX-License-Identifier: MIT */
/* ktlsctl doctor: what keeps connections from kernel TLS, and what to do about it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/say.h"
#include "ctl.h"
#include "doctor.h"
#include "doctor_gather.h"

enum {
	OPT_DEFECTS = 0x100,
	OPT_STRICT,
};

struct wish {
	struct ctl *ctl;
	const char *defects;
	bool strict;
};

static const struct argp_option options[] = {
	{ "defects", OPT_DEFECTS, "FILE", 0, "The list of known defects of kernels, in place of the one installed", 0 },
	{ "strict", OPT_STRICT, NULL, 0, "Count warnings as failures, and what could not be found out as warnings", 0 },
	{ 0 },
};

static error_t take_option(int key, char *arg, struct argp_state *state)
{
	struct wish *wish = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = wish->ctl;
		return 0;
	case OPT_DEFECTS:
		wish->defects = arg;
		return 0;
	case OPT_STRICT:
		wish->strict = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &ctl_options, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = take_option,
	.doc = "Say what keeps connections from kernel TLS, or makes them slow or unsafe, and what to do about it. Loads "
	       "nothing, and needs no rights.\v"
	       "Exit status: 0 all is well, 3 something failed, 5 there are warnings.",
	.children = children,
};

/* A list that is named must be there; without the one that is installed all else can be said. */
static int load_defects(const char *chosen, struct doctor_facts *facts)
{
	const char *path = chosen ? chosen : KTLS_DATADIR "/kernel-defects.ini";
	struct defects_error error;
	int ret = defects_load(path, &facts->defects, &error);

	facts->defects_err = ret;
	if (ret == -EINVAL && error.line)
		cli_say("%s:%d: %s", path, error.line, error.text);
	else if (ret == -EINVAL)
		cli_say("%s: %s", path, error.text);
	else if (ret && chosen)
		cli_say("%s: %s", path, strerror(-ret));
	return ret && (ret == -EINVAL || chosen) ? ctl_exit_of(ret) : 0;
}

static int exit_code_of(const struct findings *f)
{
	static const int codes[] = {
		[FINDING_OK] = CTL_OK,
		[FINDING_UNKNOWN] = CTL_OK,
		[FINDING_WARNING] = CTL_PARTLY,
		[FINDING_FAILED] = CTL_UNAVAILABLE,
	};

	return codes[findings_worst(f)];
}

static int show(struct ctl *ctl, const struct wish *wish, const struct doctor_facts *facts, struct doctor_report *report)
{
	int ret;

	report->release = facts->st.kernel.release;
	doctor_check_machine(facts, &report->findings);
	if (wish->strict)
		findings_be_strict(&report->findings);
	ret = ctl->json ? doctor_print_json(report, &ctl->out) : doctor_print_text(report, &ctl->out);
	if (!ret)
		return exit_code_of(&report->findings);
	cli_say("%s", strerror(-ret));
	return CTL_FAILED;
}

static int examine(struct ctl *ctl, const struct wish *wish, struct doctor_facts *facts, struct doctor_report *report)
{
	int ret = load_defects(wish->defects, facts);

	if (ret)
		return ret;
	ret = doctor_gather(&ctl->root, &probe_libktls, facts);
	if (!ret)
		return show(ctl, wish, facts, report);
	cli_say("%s", strerror(-ret));
	return ctl_exit_of(ret);
}

int cmd_doctor(struct ctl *ctl, int argc, char **argv)
{
	struct wish wish = { .ctl = ctl };
	int ret = ctl_parse(ctl, &argp, argc, argv, &wish);
	struct doctor_report *report;
	struct doctor_facts *facts;

	if (ret)
		return ret;
	facts = calloc(1, sizeof(*facts));
	report = calloc(1, sizeof(*report));
	if (facts && report) {
		ret = examine(ctl, &wish, facts, report);
		defects_free(&facts->defects);
	} else {
		cli_say("out of memory");
		ret = CTL_FAILED;
	}
	free(report);
	free(facts);
	return ret;
}
