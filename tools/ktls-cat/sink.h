/* SPDX-License-Identifier: MIT */
/* Where the data received goes: standard output, or a command's input. */
#ifndef KTLS_CAT_SINK_H
#define KTLS_CAT_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <ktls/conn.h>

#include "cli/failure.h"
#include "ktls-cat/stream.h"

struct sink {
	struct stream stream;
	const char *name;	/* for messages */
	int fd;			/* standard output, or ours to close */
	bool command;		/* a command reads it */
	bool gone;		/* nobody reads it, or not any more: what comes is thrown away */
	bool created;		/* a file that was not there, and in which nothing is yet */
	bool spliced;		/* a pipe for the kernel, which gives it pages and no copy */
	uint8_t *buf;		/* data received and not yet written; not for what is spliced */
	size_t off, len;
	const uint8_t *first;	/* goes before all that, and is somebody else's */
	size_t first_len;
	int null_fd;		/* takes the place of standard output, when no file can be opened any more; 0: none */
};

/* 0, or the exit code of @f. */
int sink_open(struct sink *s, struct cli_failure *f);

/*
 * A file, which keeps what is in it until sink_begin(); one that was not there goes again if it does not come to that. 0, or
 * the exit code of @f.
 */
int sink_open_file(struct sink *s, const char *path, struct cli_failure *f);

/* Nobody: what comes is thrown away. */
void sink_open_nobody(struct sink *s);

/* The input of a command; @fd is taken over, also when this fails. 0, or the exit code of @f. */
int sink_open_command(struct sink *s, int fd, struct cli_failure *f);

/* Whether it is a command that still reads: it may go, which is no failure, and poll() shows POLLERR then. */
bool sink_may_go(const struct sink *s);

/* It has gone. */
void sink_has_gone(struct sink *s);

/* The handshake is over: @path will carry what is received. 0, or the exit code of @f. */
int sink_begin(struct sink *s, enum ktls_path path, struct cli_failure *f);

/* Has @len bytes at @data, which must live as long, written before anything that is received. */
void sink_put_first(struct sink *s, const uint8_t *data, size_t len);

void sink_close(struct sink *s);

/* What the calls below return besides bytes (> 0) and the end of the connection's data (0). */
enum {
	SINK_WAIT = -1,		/* nothing now: poll the sink, and the connection if it asks for it */
	SINK_FAILED = -2,	/* see the failure */
	SINK_CONN_FAILED = -3,	/* *err is the connection's error */
};

/* Receives some; only when sink_has_rest() says no. */
ssize_t sink_receive(struct sink *s, struct ktls_conn *conn, int *err, struct cli_failure *f);

/* Writes some of what was received, or throws it away when nobody reads it; only when sink_has_rest(). */
ssize_t sink_write(struct sink *s, struct cli_failure *f);

bool sink_has_rest(const struct sink *s);

/* All is written: lets the reader see the end, even if this program still sends. 0, or the exit code of @f. */
int sink_finish(struct sink *s, struct cli_failure *f);

#endif
