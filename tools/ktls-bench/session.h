/* SPDX-License-Identifier: MIT */
/* The server's side of one client: its measurements, one after the other. */
#ifndef KTLS_BENCH_SESSION_H
#define KTLS_BENCH_SESSION_H

#include "ktls-bench/door.h"

/*
 * Serves the client that has arrived, called @who, until it says that it is done: 0, or 1 if it ended otherwise, which was said. Others who
 * come to the @door meanwhile are sent away. Runs in a process of its own.
 */
int session_run(struct door *door, const struct arrival *a, const char *who);

#endif
