/* SPDX-License-Identifier: MIT */
/* The session with a server, for those who speak in it. */
#ifndef KTLS_BENCH_REMOTE_SESSION_H
#define KTLS_BENCH_REMOTE_SESSION_H

#include <jansson.h>
#include <sys/socket.h>

#include "cli/wait.h"
#include "ktls-bench/opening.h"
#include "ktls-bench/remote.h"

struct remote {
	char text[NET_TEXT_LEN];	/* of the server, for messages */
	int control;
	struct cli_wait *wait;
	struct opening opening;		/* of the session; @sample counts */
	struct sockaddr_storage addr, source;	/* the server's; this end's, AF_UNSPEC: any */
	socklen_t addr_len, source_len;
	bool same_machine, same_network;
	bool agreed;
	bool broken;			/* a measurement was left half-way: there is nothing more to be said */
};

/* What -errno of the control connection means: the exit code of @f. */
int remote_fail(const struct remote *r, int err, struct cli_failure *f);

/* The refusal that the message is, or that it is nothing that could be said now: the exit code of @f. */
int remote_refused(const struct remote *r, const json_t *message, struct cli_failure *f);

/* Waits for the message @name: 0 and *@message, or the exit code of @f. */
int remote_expect(struct remote *r, const char *name, int64_t ms, json_t **message, struct cli_failure *f);

#endif
