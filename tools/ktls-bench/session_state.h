/* SPDX-License-Identifier: MIT */
/* A session with a client, for those who serve in it. */
#ifndef KTLS_BENCH_SESSION_STATE_H
#define KTLS_BENCH_SESSION_STATE_H

#include <jansson.h>

#include "cli/wait.h"
#include "ktls-bench/agree.h"
#include "ktls-bench/door.h"
#include "ktls-bench/pattern.h"
#include "ktls-bench/tls.h"

struct session {
	struct door *door;
	const char *who;
	int control;
	struct opening opening;
	struct cli_wait wait;		/* has no signals: they end the process */
	struct agree_parameters parameters;
	struct bench_tls tls;
	struct pattern pattern;
	bool two_kernels;
	unsigned measured;
};

/* A message to the client, which is taken over. 0 or negative errno. */
int session_say(struct session *s, json_t *message);

enum session_event {
	SESSION_CONTROL,	/* the client says something, or has gone */
	SESSION_GATE,		/* the end does */
	SESSION_ARRIVAL,
	SESSION_TICK,		/* time has passed */
};

/*
 * The next of them, within the deadline of s->wait; SESSION_TICK after @ms at the latest. @gate: of an end, or -1. @a: who has arrived;
 * NULL: nobody looks at the door. Negative errno, -ETIMEDOUT.
 */
int session_wait(struct session *s, int gate, struct arrival *a, int64_t ms);

/* One measurement of the case, which the client calls @number. 0; or negative errno: the session is over. */
int session_measure(struct session *s, const struct bench_case *what, unsigned number);

#endif
