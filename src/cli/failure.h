/* SPDX-License-Identifier: MIT */
/* How a run failed: an exit code and one line for people. */
#ifndef CLI_FAILURE_H
#define CLI_FAILURE_H

#include "cli/exit.h"

/* Zero-initialised: no failure. */
struct cli_failure {
	int code;		/* enum cli_exit, or 128+n */
	char text[1024];
};

/*
 * Stores the failure unless one is stored already (the first is the closest to the cause) and returns its code, so that
 * `return cli_fail(...)` reads well. Functions that take a failure return 0 or such a code.
 */
int cli_fail(struct cli_failure *f, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
