/* SPDX-License-Identifier: MIT */
/* Where the data to send comes from. */
#ifndef KTLS_CAT_SOURCE_H
#define KTLS_CAT_SOURCE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <ktls/conn.h>

#include "cli/failure.h"
#include "ktls-cat/stream.h"

struct source {
	struct stream stream;
	const char *name;	/* for messages */
	int file_fd;		/* of --file, ours to close; -1 for standard input */
	off_t offset;		/* regular files: of the next byte to send */
	uint8_t *buf;		/* data read and not yet taken; not for files and pipes */
	size_t off, len;
};

/* @path NULL: standard input. 0, or the exit code of @f. */
int source_open(struct source *s, const char *path, struct cli_failure *f);

/* Leaves standard input, if it is a file, at the first byte that was not sent. */
void source_close(struct source *s);

/* What source_send() returns besides bytes taken (> 0) and its end (0). */
enum {
	SOURCE_EMPTY = -1,	/* poll the source */
	SOURCE_CONN_FULL = -2,	/* poll the connection */
	SOURCE_FAILED = -3,	/* see the failure */
	SOURCE_CONN_FAILED = -4,	/* *err is the connection's error */
};

/* Sends some of it. */
ssize_t source_send(struct source *s, struct ktls_conn *conn, int *err, struct cli_failure *f);

/* Whether data is here that was not sent. Of a terminal: never. */
bool source_has_rest(const struct source *s);

#endif
