/* SPDX-License-Identifier: MIT */
/* The listener of a server: whoever comes must say within a moment what for, and never keeps the others waiting. */
#ifndef KTLS_BENCH_DOOR_H
#define KTLS_BENCH_DOOR_H

#include <poll.h>

#include "ktls-bench/opening.h"
#include "net/addr.h"

enum {
	DOOR_WAITING = 32,	/* at most: one more, and the one that has waited for longest is sent away */
	DOOR_FDS = DOOR_WAITING + 1,
	DOOR_PATIENCE_MS = 3000,
};

struct door {
	int listener;		/* non-blocking; stays the caller's */
	struct {
		int fd;		/* -1: nobody */
		int64_t deadline;
		struct opening_reader reader;
	} waiting[DOOR_WAITING];
};

/* Who has come, and said what for. The socket is the caller's. */
struct arrival {
	int fd;
	struct opening opening;
};

void door_open(struct door *d, int listener);

/* Sends all away who wait. */
void door_close(struct door *d);

/* What to poll for; the milliseconds until somebody has waited for too long, -1: nobody waits. */
int64_t door_poll(const struct door *d, struct pollfd fds[DOOR_FDS]);

/* After poll(): true when somebody has arrived, who is one of us. */
bool door_step(struct door *d, const struct pollfd fds[DOOR_FDS], struct arrival *a);

/* Tells who has arrived why not, if there is a word for it, and closes. */
void door_refuse(const struct arrival *a);

#endif
