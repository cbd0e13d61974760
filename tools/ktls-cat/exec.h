/* SPDX-License-Identifier: MIT */
/* The command at our end of a connection: --exec and --sh-exec. */
#ifndef KTLS_CAT_EXEC_H
#define KTLS_CAT_EXEC_H

#include <stdbool.h>
#include <sys/types.h>

#include "cli/wait.h"
#include "ktls-cat/options.h"

/*
 * Its process is made before the handshake, and waits: no key of a connection is ever in it, and who reads the peer's bytes starts no
 * programs. Zero-initialised: there is none.
 */
struct exec {
	bool exists, ended;
	pid_t pid;
	int order_fd;		/* the environment goes there, and off it goes; -1 when that is done */
	int verdict_fd;		/* an errno comes from there if it cannot be run; -1 as above */
	int status;		/* as of waitpid(), once it has ended */
};

/*
 * Makes the process. *@in and *@out, the caller's to close: what is written to the command, and what it writes. 0, or the exit code
 * of @f.
 */
int exec_prepare(struct exec *e, const struct cat_options *o, int *in, int *out, struct cli_failure *f);

/* Has it become the command, with @env: @len bytes of "NAME=value\0". 0, or the exit code of @f. */
int exec_begin(struct exec *e, const struct cat_options *o, const char *env, size_t len, struct cli_failure *f);

/*
 * Waits for its end, when the caller has closed *@in and *@out: without limit if all went @well; else, or at a signal, it is told to end
 * when it does not do so by itself. May be called in any state, and again.
 */
void exec_finish(struct exec *e, struct cli_wait *w, bool well, struct cli_failure *f);

/* Its exit status, or 128 and the signal that ended it, as a shell has them. -1: it did not run to an end. */
int exec_status(const struct exec *e);

#endif
