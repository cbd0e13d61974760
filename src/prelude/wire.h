/* SPDX-License-Identifier: MIT */
/* A connection in the clear, before TLS: nothing is read beyond what was asked for, and nothing without an end. */
#ifndef PRELUDE_WIRE_H
#define PRELUDE_WIRE_H

#include <stddef.h>

#include "cli/wait.h"

enum {
	WIRE_LINE_LEN = 8192,	/* longest line, its end included */
	WIRE_LINES_MAX = 256,	/* lines, or tags, of one conversation */
	WIRE_QUOTE_LEN = 400,	/* of a quotation for people */
};

/* The calls below return 0, or the exit code of @f, which then has the reason. */
struct wire {
	int fd;			/* connected; blocking or not */
	struct cli_wait *wait;
	const char *where;	/* begins the messages: "localhost:25" */
	const char *doing;	/* for messages: "asking for STARTTLS" */
	int code;		/* exit code of what the other end does wrong */
	unsigned lines;		/* read so far */
	struct cli_failure *f;
};

int wire_send(struct wire *w, const void *data, size_t len);

/* One line of text; its end is added. */
int wire_say(struct wire *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Exactly @len bytes. */
int wire_read(struct wire *w, void *data, size_t len);

/* Text up to @end and with it, and not a byte more; @text has room for @len, the closing zero included. */
int wire_until(struct wire *w, char end, char *text, size_t len);

/* A line, without its end; @line has room for WIRE_LINE_LEN. */
int wire_line(struct wire *w, char *line);

/*
 * What comes next is TLS, and ours to begin. Bytes that are here already were sent in the clear, by somebody on the way
 * perhaps, to be taken for a part of what TLS protects (CVE-2011-0411): that is a failure.
 */
int wire_quiet(struct wire *w);

/* "localhost:25: ..." */
int wire_fail(struct wire *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The same, and behind it what the other end said. */
int wire_fail_said(struct wire *w, const char *what, const void *said, size_t len);
int wire_refused(struct wire *w, const char *what, const char *line);

/* Text of the other end for people: what is not visible ASCII is written \xNN, and the end left out if it is long. */
void wire_quote(char quote[WIRE_QUOTE_LEN], const void *said, size_t len);

#endif
