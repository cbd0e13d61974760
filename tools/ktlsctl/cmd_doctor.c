/* SPDX-License-Identifier: MIT */
/* ktlsctl doctor: what keeps connections from kernel TLS, and what to do about it. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cli/say.h"
#include "cli/units.h"
#include "ctl.h"
#include "doctor.h"
#include "doctor_gather.h"
#include "doctor_process.h"

enum {
	OPT_CONNECT = 0x100,
	OPT_DEFECTS,
	OPT_PID,
	OPT_PORT,
	OPT_STRICT,
};

struct wish {
	struct ctl *ctl;
	const char *defects;
	bool strict, connect;
	int pid, port;		/* 0: not asked for */
};

static const struct argp_option options[] = {
	{ "connect", OPT_CONNECT, NULL, 0, "Shake hands with the server at PORT, and say whether the kernel carries what it chose", 0 },
	{ "defects", OPT_DEFECTS, "FILE", 0, "The list of known defects of kernels, in place of the one installed", 0 },
	{ "pid", OPT_PID, "PID", 0, "Why this process uses kernel TLS, or does not", 0 },
	{ "port", OPT_PORT, "PORT", 0, "The same for the processes that have this TCP port", 0 },
	{ "strict", OPT_STRICT, NULL, 0, "Count warnings as failures, and what could not be found out as warnings", 0 },
	{ 0 },
};

/* A number from 1 to @max. */
static int take_number(struct argp_state *state, const char *option, const char *arg, int max)
{
	uint64_t n;

	if (cli_parse_count(arg, &n) || n < 1 || n > (uint64_t)max)
		argp_error(state, "%s takes a number from 1 to %d, not '%s'", option, max, arg);
	return (int)n;
}

static error_t check_wish(struct argp_state *state, const struct wish *wish)
{
	if (wish->pid && wish->port)
		argp_error(state, "either --pid or --port");
	if (wish->connect && !wish->port)
		argp_error(state, "--connect goes with --port");
	if ((wish->pid || wish->port) && wish->ctl->dir)
		argp_error(state, "--pid and --port ask the running system; a recorded tree has none");
	return 0;
}

static error_t take_option(int key, char *arg, struct argp_state *state)
{
	struct wish *wish = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = wish->ctl;
		return 0;
	case OPT_CONNECT:
		wish->connect = true;
		return 0;
	case OPT_PID:
		wish->pid = take_number(state, "--pid", arg, INT_MAX);
		return 0;
	case OPT_PORT:
		wish->port = take_number(state, "--port", arg, 65535);
		return 0;
	case ARGP_KEY_END:
		return check_wish(state, wish);
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

/* 0 or an exit code, the reason said. */
static int examine_process(pid_t pid, const struct doctor_facts *facts, struct findings *f)
{
	struct patient patient;
	int ret = patient_look(pid, &patient);

	if (ret == -ESRCH)
		cli_say("there is no process %d", (int)pid);
	else if (ret)
		cli_say("process %d: %s", (int)pid, strerror(-ret));
	else
		doctor_check_process(facts, &patient, f);
	return ret ? ctl_exit_of(ret) : 0;
}

static int examine_port(const struct wish *wish, const struct doctor_facts *facts, struct findings *f)
{
	pid_t pids[PROC_PIDS_MAX];
	int n = proc_pids_of_port((uint16_t)wish->port, pids);

	if (n == 0)
		cli_say("no process of this network namespace has port %d", wish->port);
	else if (n == -EPERM)
		cli_say("port %d is in use, but by whom only root can see", wish->port);
	else if (n < 0)
		cli_say("port %d: %s", wish->port, strerror(-n));
	if (n <= 0)
		return n ? ctl_exit_of(n) : CTL_FAILED;
	for (int i = 0; i < n; i++)
		/* One that ended meanwhile does not matter. */
		examine_process(pids[i], facts, f);
	if (wish->connect)
		doctor_check_handshake(facts, (uint16_t)wish->port, f);
	return 0;
}

static int show(struct ctl *ctl, const struct wish *wish, const struct doctor_facts *facts, struct doctor_report *report)
{
	int ret = 0;

	report->release = facts->st.kernel.release;
	doctor_check_machine(facts, wish->pid || wish->port, &report->findings);
	if (wish->pid)
		ret = examine_process(wish->pid, facts, &report->findings);
	else if (wish->port)
		ret = examine_port(wish, facts, &report->findings);
	if (ret)
		return ret;
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
