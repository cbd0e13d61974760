/* SPDX-License-Identifier: MIT */
/* Waiting that ends with the event, with the time, or with a signal, whichever is first. */
#ifndef CLI_WAIT_H
#define CLI_WAIT_H

#include <poll.h>
#include <stdint.h>

#include "cli/failure.h"

struct cli_wait {
	int signal_fd;
	int signal;		/* the signal that ended a wait, 0 if none did */
	int64_t deadline;	/* cli_now_ms() of the end; -1: none */
	const char *option;	/* of the command line, that gives more time */
};

/* The monotonic clock, in milliseconds and in seconds. */
int64_t cli_now_ms(void);
double cli_now_seconds(void);

/*
 * Turns SIGINT, SIGTERM and SIGHUP into events of the waits below, except those that the parent had ignored (nohup). No
 * deadline yet. 0, or the exit code of @f.
 */
int cli_wait_init(struct cli_wait *w, struct cli_failure *f);

/* Ends the waits below in @ms from now; -1: no end. */
void cli_wait_limit(struct cli_wait *w, int64_t ms);

/* As poll(), with the deadline and the signals: > 0, -ETIMEDOUT, -EINTR (see w->signal) or another negative errno.
 * @fds[0] is this function's own. @timeout ms (-1: none) ends it with 0. */
int cli_wait_poll(struct cli_wait *w, struct pollfd *fds, nfds_t n, int64_t timeout);

/* The sooner of two timeouts as cli_wait_poll() takes them: negative is never. */
int64_t cli_sooner(int64_t a, int64_t b);

/* Waits for @events on @fd: what poll() reported, or as above. */
int cli_wait_fd(struct cli_wait *w, int fd, short events);

/* The failure behind -EINTR or -ETIMEDOUT of a wait: @where "localhost:443", @doing "connecting". Other errnos: CLI_IO. */
int cli_fail_wait(struct cli_failure *f, const struct cli_wait *w, int err, const char *where, const char *doing);

#endif
