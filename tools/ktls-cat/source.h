/* SPDX-License-Identifier: MIT */
/* Where the data to send comes from. */
#ifndef KTLS_CAT_SOURCE_H
#define KTLS_CAT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <ktls/conn.h>

#include "cli/failure.h"
#include "ktls-cat/reader.h"
#include "ktls-cat/stream.h"

struct source {
	struct stream stream;
	const char *name;	/* for messages */
	int file_fd;		/* of --file or a command, ours to close; -1 for standard input */
	off_t offset;		/* regular files: of the next byte to send */
	off_t end;		/* the same: of the first byte that is not sent; -1: the file's end */
	bool spliced;		/* a pipe for the kernel, which takes its pages and no copy */
	uint8_t *buf;		/* what is read here; not for what is spliced, nor for files that libktls reads */
	uint8_t *data;		/* data read and not yet taken: in buf, or the reader's */
	size_t off, len;
	const uint8_t *first;	/* goes before all that, and is somebody else's */
	size_t first_len;
	bool reads_ahead;	/* a thread may read where there is much of it; set between source_open() and source_begin() */
	struct reader *reader;	/* once there was much of it */
};

/* @path NULL: standard input. 0, or the exit code of @f. */
int source_open(struct source *s, const char *path, struct cli_failure *f);

/* Of a regular file, only @length bytes (-1: all) from @offset (-1: where it stands). 0, or the exit code of @f. */
int source_limit(struct source *s, int64_t offset, int64_t length, struct cli_failure *f);

/* How many bytes there are to send before any is; -1: nobody knows. */
int64_t source_total(const struct source *s);

/* The output of a command; @fd is taken over, also when this fails. 0, or the exit code of @f. */
int source_open_command(struct source *s, int fd, struct cli_failure *f);

/* Nothing, until the peer has closed its direction: then this one ends, too. */
void source_open_silent(struct source *s);

/* The handshake is over: @path will carry what is sent. 0, or the exit code of @f. */
int source_begin(struct source *s, enum ktls_path path, struct cli_failure *f);

/* Has @len bytes at @data, which must live as long, sent before anything that is read. */
void source_put_first(struct source *s, const uint8_t *data, size_t len);

/* Whether some of that is left: it needs no waiting for the source. */
bool source_has_first(const struct source *s);

/* Leaves standard input, if it is a file, at the first byte that was not sent. */
void source_close(struct source *s);

/* What source_send() returns besides bytes taken (> 0) and its end (0). */
enum {
	SOURCE_EMPTY = -1,	/* poll the source */
	SOURCE_CONN_FULL = -2,	/* poll the connection */
	SOURCE_FAILED = -3,	/* see the failure */
	SOURCE_CONN_FAILED = -4,	/* *err is the connection's error */
};

/* Sends some of it, at most @max bytes. */
ssize_t source_send(struct source *s, struct ktls_conn *conn, size_t max, int *err, struct cli_failure *f);

/* Whether data is here that was not sent. Of a terminal: never. */
bool source_has_rest(const struct source *s);

#endif
