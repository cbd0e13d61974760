/* SPDX-License-Identifier: MIT */
/* Reading ahead: the next batches are read by a thread while the one before is encrypted and sent. */
#ifndef KTLS_CAT_READER_H
#define KTLS_CAT_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum reader_mode {
	READER_AUTO,		/* files, where there is a second CPU for it */
	READER_ON,
	READER_OFF,
};

/*
 * At every moment one side alone reads the descriptor: the thread from reader_start() until reader_take() says that it rests,
 * the owner before and after. The thread never waits for the source: where that has nothing now it rests.
 */
struct reader;

/* Whether a thread is to read ahead in this process, from a file or else from a pipe. */
bool reader_is_wanted(enum reader_mode mode, bool is_file);

/* Makes the thread, at rest. @is_file: read at offsets; else non-blocking reads. NULL if the system has no thread or memory for it. */
struct reader *reader_new(int fd, bool is_file);

/* Has the thread read, a file from @off on. Only while it rests. */
void reader_start(struct reader *r, off_t off);

/*
 * Gives the oldest batch that was read, whose memory is the caller's until the next call; waits for one while the thread reads.
 * Bytes; 0 at the end of the source; -EAGAIN: the thread rests and all was given; or what read() failed with.
 */
ssize_t reader_take(struct reader *r, uint8_t **buf);

/* Whether there is a batch behind the one given; waits until that is known. */
bool reader_has_rest(struct reader *r);

/* Ends the thread and wipes what it has read. @r may be NULL. */
void reader_free(struct reader *r);

#endif
