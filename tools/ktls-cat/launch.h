/* SPDX-License-Identifier: MIT */
/* The process that becomes the command. */
#ifndef KTLS_CAT_LAUNCH_H
#define KTLS_CAT_LAUNCH_H

#include <sys/types.h>

#include "ktls-cat/options.h"

struct launch_fds {
	int in, out;		/* become standard input and output */
	int order;		/* the environment comes from there; its end alone: there is nothing to do */
	int verdict;		/* an errno goes there when the command cannot be run */
};

/* In a new child of @parent: keeps standard error and @fds alone, waits for the order, and becomes the command. */
void launch(const struct cat_options *o, pid_t parent, const struct launch_fds *fds) __attribute__((noreturn));

/* What messages call the command. */
const char *launch_name(const struct cat_options *o);

#endif
