/* SPDX-License-Identifier: MIT */
/* How far a transfer is: a bar on a terminal, a line each second elsewhere. */
#ifndef KTLS_CAT_PROGRESS_H
#define KTLS_CAT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool shown;		/* at all */
	bool bar;		/* standard error is a terminal */
	bool drawn;		/* a bar is on the line now */
	int64_t total;		/* bytes that will be sent; -1: unknown */
	int64_t start_ms, next_ms;
	int64_t window_ms;	/* when the bytes below were counted: for the present speed */
	uint64_t window_bytes;
	double speed;		/* bytes a second, smoothed; < 0 before there is one */
};

/* @total bytes are to be sent, -1 if nobody knows. @now as cli_now_ms() has it. */
void progress_start(struct progress *p, int64_t total, int64_t now);

/* When progress_show() has something new to say; -1: never. */
int64_t progress_next(const struct progress *p);

/* Draws if it is time. @sent and @received are all bytes so far. */
void progress_show(struct progress *p, uint64_t sent, uint64_t received, int64_t now);

/* The last one, with the mean speed; the line is left to what comes next. */
void progress_finish(struct progress *p, uint64_t sent, uint64_t received, int64_t now);

#endif
