/* SPDX-License-Identifier: MIT */
/* The control connection: JSON objects in frames, four bytes of length in front of each. Sockets are non-blocking. */
#ifndef KTLS_BENCH_CONTROL_H
#define KTLS_BENCH_CONTROL_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "cli/wait.h"

enum {
	CONTROL_MAX = 256 << 10,	/* bytes of a message: the report of 3600 intervals and all latencies has less */
	CONTROL_PATIENCE_MS = 10000,	/* for a message that has begun */
};

/* A socket for it: ends when the other machine has been silent for half a minute. */
void control_tune(int fd);

/* A message out of @len bytes: an object, or NULL. */
json_t *control_parse(const char *bytes, size_t len);

/* Sends @message (taken over; NULL: out of memory), and is patient; @w is what may end it before. 0 or negative errno. */
int control_send(int fd, struct cli_wait *w, json_t *message);

/*
 * Receives one, @ms at most until it begins. 0 and *@message, to be given back with json_decref(); -ECONNRESET: the other has gone;
 * -ETIMEDOUT; -EPROTO: it is none, or too long; -EINTR: a signal, see @w; or another negative errno.
 */
int control_receive(int fd, struct cli_wait *w, int64_t ms, json_t **message);

/* What -errno of the above means of the other end, for people: "has gone", "sent nothing for too long". */
const char *control_reason(int err);

#endif
