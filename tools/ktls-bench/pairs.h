/* SPDX-License-Identifier: MIT */
/* TCP sockets, over loopback or to somebody else: connected ones, and what it takes to connect more. */
#ifndef KTLS_BENCH_PAIRS_H
#define KTLS_BENCH_PAIRS_H

#include <sys/socket.h>

#include "cli/failure.h"
#include "ktls-bench/options.h"

struct pairs {
	int client[BENCH_CONNECTIONS_MAX], server[BENCH_CONNECTIONS_MAX];	/* server: -1 where that end is not ours */
	unsigned n;
	int listener;			/* stays open, for more connections; -1: not ours */
	struct sockaddr_storage addr;	/* of the listener */
	socklen_t addr_len;
	int64_t patience_ms;		/* with an end that hangs */
	char congestion[16];		/* what they really use */
};

/* Makes @n connections. 0 or the exit code of @f; pairs_close() in either case. */
int pairs_open(struct pairs *p, const struct bench_options *o, unsigned n, struct cli_failure *f);
/* The same to a server at @addr, which @where names in messages. There may be none at all for now. */
int pairs_dial(struct pairs *p, const struct bench_options *o, const struct sockaddr_storage *addr, socklen_t addr_len, const char *where,
	       unsigned n, struct cli_failure *f);
void pairs_close(struct pairs *p);

/* One connection more, seen from either end, which is the caller's to close: a blocking socket or negative errno. */
int pairs_connect(const struct pairs *p, const struct bench_options *o);
int pairs_accept(const struct pairs *p);

#endif
