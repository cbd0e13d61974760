/* SPDX-License-Identifier: MIT */
/* Where the data received goes: standard output. */
#ifndef KTLS_CAT_SINK_H
#define KTLS_CAT_SINK_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <ktls/conn.h>

#include "cli/failure.h"
#include "ktls-cat/stream.h"

struct sink {
	struct stream stream;
	uint8_t *buf;		/* data received and not yet written; not for pipes */
	size_t off, len;
};

/* 0, or the exit code of @f. */
int sink_open(struct sink *s, struct cli_failure *f);

void sink_close(struct sink *s);

/* What the calls below return besides bytes (> 0) and the end of the connection's data (0). */
enum {
	SINK_WAIT = -1,		/* nothing now: poll the sink, and the connection if it asks for it */
	SINK_FAILED = -2,	/* see the failure */
	SINK_CONN_FAILED = -3,	/* *err is the connection's error */
};

/* Receives some; only when sink_has_rest() says no. */
ssize_t sink_receive(struct sink *s, struct ktls_conn *conn, int *err, struct cli_failure *f);

/* Writes some of what was received; only when sink_has_rest(). */
ssize_t sink_write(struct sink *s, struct cli_failure *f);

bool sink_has_rest(const struct sink *s);

/* All is written: lets the reader see the end, even if this program still sends. 0, or the exit code of @f. */
int sink_finish(struct sink *s, struct cli_failure *f);

#endif
