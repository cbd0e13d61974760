/* SPDX-License-Identifier: MIT */
/* Both directions of a connection at once: source to peer, peer to sink. */
#ifndef KTLS_CAT_RELAY_H
#define KTLS_CAT_RELAY_H

#include <ktls/conn.h>

#include "cli/wait.h"
#include "ktls-cat/sink.h"
#include "ktls-cat/source.h"

/*
 * Runs until both directions have ended with close_notify (0), or something failed (the exit code of @f). @fd is the
 * connection's socket, non-blocking; @where begins the messages about it.
 */
int relay_run(struct ktls_conn *conn, int fd, struct source *source, struct sink *sink, const char *where,
	      struct cli_wait *w, struct cli_failure *f);

#endif
