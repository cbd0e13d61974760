/* SPDX-License-Identifier: MIT */
/* What the commands of ktlsctl share: exit codes, the options before and after the command, the table of commands. */
#ifndef KTLSCTL_CTL_H
#define KTLSCTL_CTL_H

#include <argp.h>
#include <stdbool.h>

#include "out/out.h"
#include "system/sysroot.h"

/* The table EXIT STATUS of ktlsctl(8). */
enum ctl_exit {
	CTL_OK = 0,
	CTL_FAILED = 1,
	CTL_USAGE = 2,
	CTL_UNAVAILABLE = 3,
	CTL_PERMISSION = 4,
	CTL_PARTLY = 5,
};

/* One run of the program. */
struct ctl {
	struct out out;
	bool json;
	const char *colour;	/* "auto", "always", "never" */
	const char *dir;	/* of a recorded tree; NULL: the system */
	const char *netns;	/* to be entered; NULL: none */
	struct sysroot root;
};

struct ctl_command {
	const char *name;
	int (*run)(struct ctl *ctl, int argc, char **argv);	/* an exit code */
	const char *args;					/* for "COMMAND ARGS" */
	const char *help;					/* half a line */
};

/* Ends with a row whose name is NULL. */
extern const struct ctl_command ctl_commands[];

/* The command of exactly this name, or NULL. */
const struct ctl_command *ctl_command_find(const char *name);

/* The options that stand before the command or behind it; their input is a struct ctl. */
extern const struct argp ctl_options;

/* The program's own argp: options and the command's name. */
extern const struct argp ctl_argp;

/*
 * Parses a command's arguments (@argp has ctl_options among its children) and makes @ctl ready: colour decided,
 * network namespace entered, root open. 0 or an exit code, the reason said. What argp itself deals with, such as --help, does not return.
 */
int ctl_parse(struct ctl *ctl, const struct argp *argp, int argc, char **argv, void *input);

/* The exit code for a negative errno. */
int ctl_exit_of(int err);

/* "ENOENT"; NULL for 0 and where the C library has no names. */
const char *ctl_errno_name(int err);

int cmd_ciphers(struct ctl *ctl, int argc, char **argv);
int cmd_config(struct ctl *ctl, int argc, char **argv);
int cmd_disable(struct ctl *ctl, int argc, char **argv);
int cmd_doctor(struct ctl *ctl, int argc, char **argv);
int cmd_enable(struct ctl *ctl, int argc, char **argv);
int cmd_help(struct ctl *ctl, int argc, char **argv);
int cmd_monitor(struct ctl *ctl, int argc, char **argv);
int cmd_nic(struct ctl *ctl, int argc, char **argv);
int cmd_probe(struct ctl *ctl, int argc, char **argv);
int cmd_sockets(struct ctl *ctl, int argc, char **argv);
int cmd_stats(struct ctl *ctl, int argc, char **argv);
int cmd_status(struct ctl *ctl, int argc, char **argv);
int cmd_version(struct ctl *ctl, int argc, char **argv);

#endif
