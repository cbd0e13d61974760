/* SPDX-License-Identifier: MIT */
/* One connection, from its socket to its report. */
#ifndef KTLS_CAT_CONNECTION_H
#define KTLS_CAT_CONNECTION_H

#include "cli/wait.h"
#include "ktls-cat/exec.h"
#include "ktls-cat/options.h"
#include "ktls-cat/relay.h"
#include "ktls-cat/report.h"
#include "out/document.h"

/* Everything that it opens, so that all of it can be closed whichever way it ends. */
struct connection {
	const struct cat_options *o;
	struct cli_wait *wait;
	struct session *session;
	struct source source;
	struct sink sink;
	bool has_source, has_sink;
	struct exec exec;		/* at the other end of both, with --exec */
	int fd;				/* the socket; -1 before there is one */
	struct report report;
	struct cli_failure f;
};

void connection_init(struct connection *c, const struct cat_options *o, struct cli_wait *w);

/* All that can fail before there is a socket: both of the following. 0, or the exit code of c->f. */
int connection_prepare(struct connection *c);

/* The session: what the options of TLS say. 0, or the exit code of c->f. */
int connection_prepare_session(struct connection *c);

/* What is sent and where what comes is written, or the command that does both. 0, or the exit code of c->f. */
int connection_open_ends(struct connection *c);

/* The handshake on c->fd, whose peer is c->report.peer. 0, or the exit code of c->f. */
int connection_shake_hands(struct connection *c);

/* After one that failed: as if nothing had been tried, but for the count of attempts. 0, or the exit code of c->f. */
int connection_begin_again(struct connection *c);

/* What comes after the handshake. 0, or the exit code of c->f. */
int connection_transfer(struct connection *c);

/* The handshake, and what comes after it. 0, or the exit code of c->f. */
int connection_run(struct connection *c);

/* Says how it ended, and writes the report to @doc if it is wanted. A report that cannot be written is a failure of c->f. */
void connection_tell(struct connection *c, struct out_document *doc);

/* Wipes, frees and closes; the socket, too. */
void connection_close(struct connection *c);

#endif
