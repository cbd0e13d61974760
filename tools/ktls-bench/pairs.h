/* SPDX-License-Identifier: MIT */
/* TCP sockets, over loopback or to somebody else: connected ones, and what it takes to connect more. */
#ifndef KTLS_BENCH_PAIRS_H
#define KTLS_BENCH_PAIRS_H

#include <sys/socket.h>

#include "cli/failure.h"
#include "ktls-bench/opening.h"
#include "ktls-bench/options.h"

enum {
	PAIRS_CONGESTION_MAX = 16,	/* of a name, with its end */
	PAIRS_PATIENCE_MS = 60 * 1000,	/* with an end of ours that hangs */
};

struct pairs {
	int client[BENCH_CONNECTIONS_MAX], server[BENCH_CONNECTIONS_MAX];	/* server: -1 where that end is not ours */
	unsigned n;
	int listener;			/* stays open, for more connections; -1: not ours */
	struct sockaddr_storage addr;	/* of the listener */
	socklen_t addr_len;
	int64_t patience_ms;		/* with an end that hangs */
	char congestion[PAIRS_CONGESTION_MAX];	/* what they really use */

	/* Between two machines. */
	struct opening opening;		/* of each connection; of kind 0: nothing is said */
	const struct bench_options *options;	/* of those that are accepted, whose listener is not theirs alone */
	struct sockaddr_storage source;	/* where connections come from; AF_UNSPEC: anywhere */
	socklen_t source_len;
};

/* Makes @n connections over loopback. 0 or the exit code of @f; pairs_close() in either case. */
int pairs_open(struct pairs *p, const struct bench_options *o, unsigned n, struct cli_failure *f);
/* The same to a server at @addr, which @where names in messages. There may be none at all for now. */
int pairs_dial(struct pairs *p, const struct bench_options *o, const struct sockaddr_storage *addr, socklen_t addr_len, const char *where,
	       unsigned n, struct cli_failure *f);
void pairs_close(struct pairs *p);

/* All but the listener. */
void pairs_close_connected(struct pairs *p);

/* One connection more, seen from either end, which is the caller's to close: a blocking socket or negative errno. */
int pairs_connect(const struct pairs *p, const struct bench_options *o);
int pairs_accept(const struct pairs *p);

/* As pairs_connect(): the one that has place @index among those of the measurement. */
int pairs_connect_as(const struct pairs *p, const struct bench_options *o, unsigned index);

/* What an accepted socket of @o must have. */
void pairs_settle(int fd, const struct bench_options *o);

/* Whatever comes out of the listener @fd inherits it. 0 or the exit code of @f. */
int pairs_use_congestion(int fd, const struct bench_options *o, struct cli_failure *f);

/* What it uses; "": not known. */
void pairs_get_congestion(int fd, char name[PAIRS_CONGESTION_MAX]);

#endif
