/* SPDX-License-Identifier: MIT */
/* ktlsctl doctor: facts turned into findings, and the two ways to show them. */
#ifndef KTLSCTL_DOCTOR_H
#define KTLSCTL_DOCTOR_H

#include "apps.h"
#include "probe.h"
#include "status.h"
#include "system/defects.h"
#include "system/module_rules.h"
#include "system/version.h"

enum finding_state {
	FINDING_OK,
	FINDING_UNKNOWN,	/* could not be found out */
	FINDING_WARNING,	/* works, or could, but not as it should */
	FINDING_FAILED,		/* keeps kernel TLS from being used */
	FINDING_STATES,
};

struct finding {
	const char *check;	/* the name of the check; static */
	enum finding_state state;
	char why[320];		/* one sentence */
	char advice[320];	/* what to do, a command where there is one; "" if nothing */
};

enum {
	FINDINGS_MAX = 256,
};

struct findings {
	const char *check;	/* that is being made */
	struct finding list[FINDINGS_MAX];
	size_t n;
};

/* Adds what the present check has found; give_advice() adds to the last. */
void find_that(struct findings *f, enum finding_state state, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void give_advice(struct findings *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

size_t findings_count(const struct findings *f, enum finding_state state);
enum finding_state findings_worst(const struct findings *f);

/* Counts warnings as failures, and what could not be found out as warnings. */
void findings_be_strict(struct findings *f);

/* Facts about the machine. */
struct doctor_facts {
	struct status st;
	struct probe_report probe;
	bool probed;			/* not in a recorded tree */
	struct module_facts aesni;	/* the module aesni_intel */
	enum module_state aesni_state;
	bool cpu_has_aes;		/* an x86 CPU with AES instructions */
	int net_admin, initial_userns;	/* 1, 0, negative errno; -ENOENT in a recorded tree */
	int version_err;		/* 0, or the release is no version */
	struct kernel_version version;
	int defects_err;		/* 0, or why there is no list */
	struct defects defects;
};

/* A row of a table of checks. Ends with a row whose name is NULL. */
struct doctor_check {
	const char *name;
	void (*run)(const struct doctor_facts *facts, struct findings *f);
	bool concerns_processes;	/* made for --pid and --port, too */
};

extern const struct doctor_check doctor_checks[];

/* All checks of the table, or those that concern single processes as well. */
void doctor_check_machine(const struct doctor_facts *facts, bool for_process, struct findings *f);

/* Checks that have files of their own. */
void doctor_check_defects(const struct doctor_facts *facts, struct findings *f);
void doctor_check_libssl(const struct doctor_facts *facts, struct findings *f);
void doctor_check_gnutls(const struct doctor_facts *facts, struct findings *f);
void doctor_check_openssl_conf(const struct doctor_facts *facts, struct findings *f);

/* What is shown. */
struct doctor_report {
	const char *release;
	struct findings findings;
};

const char *finding_state_name(enum finding_state state);

/* 0 or -ENOMEM. */
int doctor_print_text(const struct doctor_report *r, struct out *o);
int doctor_print_json(const struct doctor_report *r, struct out *o);

#endif
