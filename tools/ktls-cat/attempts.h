/* SPDX-License-Identifier: MIT */
/* A connection that is tried more than once. */
#ifndef KTLS_CAT_ATTEMPTS_H
#define KTLS_CAT_ATTEMPTS_H

#include "ktls-cat/connection.h"

/*
 * Connects and shakes hands; again, as often as --retry says, when the network or the time was the reason that it did not
 * work. What the peer itself refuses, or what does not verify, will be no better the next time. 0, or the exit code of c->f.
 */
int attempts_run(struct connection *c);

#endif
