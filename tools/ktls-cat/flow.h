/* SPDX-License-Identifier: MIT */
/* Which data flows, and how, as people set it. */
#ifndef KTLS_CAT_FLOW_H
#define KTLS_CAT_FLOW_H

#include <stdbool.h>
#include <stdint.h>

/* --progress is neither demanded nor forbidden: a terminal gets it with --verbose when the size is known. */
enum flow_progress {
	FLOW_PROGRESS_AUTO,
	FLOW_PROGRESS_ON,
	FLOW_PROGRESS_OFF,
};

/* Times are in ms, -1 where there is no limit. */
struct flow {
	uint64_t offset, length;	/* the part of the input, a regular file, that is sent, if has_offset, has_length */
	bool has_offset, has_length;
	const char *output;		/* written instead of standard output */
	bool send_only, recv_only;
	bool no_shutdown;		/* our direction stays open when the input has ended, until the peer ends */
	bool scan;			/* no data: a summary of the handshake */
	int64_t idle_ms;		/* ends a connection on which nothing moves */
	int64_t quit_ms;		/* the peer has so long to end after us */
	uint64_t rate;			/* bytes a second sent at most; 0: no bound */
	enum flow_progress progress;
	unsigned retries;		/* how many more attempts to connect */
	int64_t retry_delay_ms;		/* between them; -1: 1 s at first, then twice as long each time */
};

#endif
