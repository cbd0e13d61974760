/* SPDX-License-Identifier: MIT */
/* ktls-bench --client: measurements whose other end is a server's. */
#ifndef KTLS_BENCH_REMOTE_H
#define KTLS_BENCH_REMOTE_H

#include "ktls-bench/machine.h"
#include "ktls-bench/options.h"
#include "ktls-bench/pairs.h"
#include "ktls-bench/sample.h"

struct cli_wait;

/* The other machine. */
struct remote_server {
	char text[NET_TEXT_LEN];	/* as it was asked for: "host:port" */
	char address[NET_ADDRESS_LEN + 8];	/* as it was found */
	struct machine machine;
	char congestion[PAIRS_CONGESTION_MAX];
	double clock_hz;		/* of its CPU's time stamp counter; 0: not known */
	bool same_machine;		/* it is this one */
	bool same_network;		/* and the same network namespace of it */
};

struct remote;

/*
 * Connects to the server, agrees on what is measured, and takes its certificate into @tls. @wait stays the caller's, and outlives it.
 * 0, *@r and *@there, or the exit code of @f.
 */
int remote_open(struct remote **r, const struct bench_options *o, struct cli_wait *wait, struct bench_tls *tls,
		struct remote_server *there, struct cli_failure *f);

/* Says good-bye, unless the server has gone. NULL: nothing to be done. */
void remote_close(struct remote *r);

/* One measurement with t->remote: as bench_mode.take(). */
int remote_take(const struct trial *t, struct sample *s, struct latency *latency, char why[CARRIER_WHY_MAX], struct cli_failure *f);

#endif
