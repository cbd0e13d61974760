/* SPDX-License-Identifier: MIT */
/* TCP sockets over loopback: connected ones, and what it takes to connect more. */
#ifndef KTLS_BENCH_PAIRS_H
#define KTLS_BENCH_PAIRS_H

#include <sys/socket.h>

#include "cli/failure.h"
#include "ktls-bench/options.h"

enum {
	PAIRS_CONGESTION_MAX = 16,	/* of a name, with its end */
};

struct pairs {
	int client[BENCH_CONNECTIONS_MAX], server[BENCH_CONNECTIONS_MAX];
	unsigned n;
	int listener;			/* stays open, for more connections */
	struct sockaddr_storage addr;	/* of the listener */
	socklen_t addr_len;
	char congestion[PAIRS_CONGESTION_MAX];	/* what they really use */
};

/* Makes @n connections. 0 or the exit code of @f; pairs_close() in either case. */
int pairs_open(struct pairs *p, const struct bench_options *o, unsigned n, struct cli_failure *f);
void pairs_close(struct pairs *p);

/* One connection more, seen from either end, which is the caller's to close: a blocking socket or negative errno. */
int pairs_connect(const struct pairs *p, const struct bench_options *o);
int pairs_accept(const struct pairs *p);

#endif
