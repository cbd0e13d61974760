/* SPDX-License-Identifier: MIT */
/* Both directions of a connection at once: source to peer, peer to sink. */
#ifndef KTLS_CAT_RELAY_H
#define KTLS_CAT_RELAY_H

#include <ktls/conn.h>

#include "cli/wait.h"
#include "ktls-cat/flow.h"
#include "ktls-cat/sink.h"
#include "ktls-cat/source.h"

/* What is joined. All of it is borrowed. */
struct relay_ends {
	struct ktls_conn *conn;
	int fd;				/* the connection's socket, non-blocking */
	const char *where;		/* begins the messages about it */
	struct source *source;
	struct sink *sink;
	const struct flow *flow;
	bool progress;			/* shown on standard error */
};

/* Runs until both directions have ended (0), or something failed (the exit code of @f). */
int relay_run(const struct relay_ends *ends, struct cli_wait *w, struct cli_failure *f);

#endif
