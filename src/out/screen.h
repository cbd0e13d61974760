/* SPDX-License-Identifier: MIT */
/* Text that is shown anew every few seconds: in place on a terminal, one block after the other elsewhere. */
#ifndef OUT_SCREEN_H
#define OUT_SCREEN_H

#include <termios.h>

#include "cli/wait.h"
#include "out/out.h"

struct out_screen {
	struct out *o;
	struct cli_wait wait;
	bool live;		/* on a terminal, on its alternate screen */
	bool keys;		/* standard input is one, too, and gives single keys */
	struct termios old;
	unsigned shown;
};

/* From here to out_screen_close() SIGINT, SIGTERM and SIGHUP end out_screen_wait() only. 0, or the exit code of @f. */
int out_screen_open(struct out_screen *s, struct out *o, struct cli_failure *f);

/*
 * Begins a frame that is written to @frame, in the colours of the screen's own stream. 0 or -ENOMEM. out_frame_show() or
 * out_frame_drop() ends it.
 */
struct out_frame {
	struct out out;
	char *text;
	size_t len;
};

int out_frame_open(struct out_frame *frame, const struct out_screen *s);

/* Shows the frame (on a terminal: what fits there). 0, or negative errno: out of memory, or the stream takes no more. */
int out_frame_show(struct out_frame *frame, struct out_screen *s);
void out_frame_drop(struct out_frame *frame);

/* Lets @ms pass: 1, or 0 when somebody ended it first, by a signal or the key q; or negative errno. */
int out_screen_wait(struct out_screen *s, int64_t ms);

/* Gives the terminal back as it was. Harmless when done again. */
void out_screen_close(struct out_screen *s);

#endif
