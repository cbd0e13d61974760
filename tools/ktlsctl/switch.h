/* SPDX-License-Identifier: MIT */
/* ktlsctl enable and disable: the facts, the plan that follows from them, and carrying it out. */
#ifndef KTLSCTL_SWITCH_H
#define KTLSCTL_SWITCH_H

#include "kernel.h"

#define SWITCH_LOAD_FILE "/etc/modules-load.d/ktls.conf"
#define SWITCH_DENY_FILE "/etc/modprobe.d/ktls-disable.conf"

/* A file that enable or disable may have written. */
enum switch_file {
	SWITCH_FILE_NONE,
	SWITCH_FILE_OURS,	/* our mark is in its first line */
	SWITCH_FILE_FOREIGN,
};

struct switch_facts {
	struct kernel_view kernel;
	struct verdict verdict;
	enum module_state aesni;	/* the module aesni_intel */
	bool cpu_has_aes;
	char install[128];		/* what modprobe.d wants run in place of loading tls; "" */
	enum switch_file load_file, deny_file;
	char *load_text, *deny_text;	/* their contents, NULL without a file */
};

struct switch_wish {
	bool persist, dry_run, force;
};

enum switch_action {
	SWITCH_LOAD,
	SWITCH_UNLOAD,
	SWITCH_WRITE,
	SWITCH_REMOVE,
};

struct switch_step {
	enum switch_action action;
	const char *target;	/* a module or a path; static */
	const char *text;	/* SWITCH_WRITE: what; static */
	const char *before;	/* SWITCH_WRITE, SWITCH_REMOVE: the file's contents, NULL without one; of the facts */
	bool optional;		/* a failure leaves the rest standing */
	bool done;
};

enum {
	SWITCH_STEPS_MAX = 4,
	SWITCH_NOTES_MAX = 4,
};

struct switch_plan {
	const char *command;
	struct switch_step steps[SWITCH_STEPS_MAX];
	size_t n;
	char notes[SWITCH_NOTES_MAX][240];
	size_t n_notes;
	const char *undo;	/* a command; NULL if nothing changes; static */
	int exit_code;
	char refusal[320];	/* not "": why nothing is done */
};

/* 0 or negative errno; switch_facts_free() in either case. */
int switch_gather(const struct sysroot *root, struct switch_facts *facts);
void switch_facts_free(struct switch_facts *facts);

/* @plan refers to @facts. */
void switch_plan_enable(const struct switch_facts *facts, const struct switch_wish *wish, struct switch_plan *plan);
void switch_plan_disable(const struct switch_facts *facts, const struct switch_wish *wish, struct switch_plan *plan);

void switch_note(struct switch_plan *plan, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Stores why nothing is done, and the exit code. */
void switch_refuse(struct switch_plan *plan, int exit_code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The calls that change the system; unit tests have others. Each 0 or negative errno. */
struct switch_ops {
	int (*load)(const char *module);
	int (*unload)(const char *module);
	int (*write)(const char *path, const char *text);
	int (*remove)(const char *path);
	int (*may_change)(const char *path);
	int (*may_load)(void);		/* 1, 0, or negative errno */
};

extern const struct switch_ops switch_system;

/*
 * Carries the plan out, all of it or, when a step fails that is not optional, nothing: what was done is undone. Rights are
 * asked for before the first step. The outcome is in plan->exit_code and plan->refusal.
 */
void switch_run(const struct switch_ops *ops, struct switch_plan *plan);

/* 0 or -ENOMEM. */
int switch_print_text(const struct switch_plan *plan, bool dry_run, struct out *o);
int switch_print_json(const struct switch_plan *plan, bool dry_run, struct out *o);

#endif
