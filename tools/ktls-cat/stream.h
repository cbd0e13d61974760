/* SPDX-License-Identifier: MIT */
/* Standard input and output without waiting in read() or write(). */
#ifndef KTLS_CAT_STREAM_H
#define KTLS_CAT_STREAM_H

#include <stdbool.h>
#include <stddef.h>

enum stream_kind {
	STREAM_FILE,		/* regular file */
	STREAM_PIPE,
	STREAM_SOCKET,
	STREAM_TERMINAL,
	STREAM_SILENT,		/* none: nothing is ever read */
	STREAM_OTHER,		/* other devices */
};

/*
 * poll_fd is the descriptor given; io_fd is the same file for reading or writing without waiting. They differ because O_NONBLOCK
 * belongs to the open file description, which the shell and other programs share.
 */
struct stream {
	enum stream_kind kind;
	int poll_fd, io_fd;
	int saved_flags;	/* of poll_fd, to be put back; -1: they were not touched */
	size_t moved;		/* bytes, counted until there is much of them */
};

/* 0 or a negative errno. */
int stream_open(struct stream *s, int fd, bool for_writing);

/*
 * Says that @n bytes went through it. A pipe through which much goes is made as large as a batch of records and the next one: one of the
 * usual 64 KiB has the programs at its two ends wait for each other. It stays so; it is no smaller for whoever has the other end.
 */
void stream_moved(struct stream *s, size_t n);

/* Puts everything back as it was; @fd of stream_open() stays open. */
void stream_close(struct stream *s);

#endif
