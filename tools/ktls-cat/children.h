/* SPDX-License-Identifier: MIT */
/* The processes of the connections. */
#ifndef KTLS_CAT_CHILDREN_H
#define KTLS_CAT_CHILDREN_H

#include <stdbool.h>
#include <sys/types.h>

#include "cli/wait.h"

struct children {
	pid_t *pids;		/* 0: a free place */
	unsigned n, max;
	int news_fd;		/* readable when one has ended */
};

/* Room for @max. 0, or the exit code of @f. */
int children_init(struct children *ch, unsigned max, struct cli_failure *f);

/* Forks one; only with n < max. As fork(), with -errno for -1. The child ends with SIGTERM when its parent does. */
pid_t children_fork(struct children *ch);

/* Takes note of those that have ended. */
void children_reap(struct children *ch);

/* Tells all of them to end and waits until they have; after a time, or at another signal, without their consent. */
void children_end(struct children *ch, struct cli_wait *w);

void children_free(struct children *ch);

#endif
