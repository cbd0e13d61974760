/* SPDX-License-Identifier: MIT */
/* TCP sockets: connected ones, and what it takes to connect more. */
#ifndef KTLS_BENCH_PAIRS_H
#define KTLS_BENCH_PAIRS_H

#include <sys/socket.h>

#include "cli/failure.h"
#include "ktls-bench/opening.h"
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

	/* Between two machines. */
	struct opening opening;		/* of each connection; of kind 0: nothing is said, since both ends are here */
	const struct bench_options *options;	/* of those that are accepted, whose listener is not theirs alone */
	struct sockaddr_storage source;	/* where connections come from; AF_UNSPEC: anywhere */
	socklen_t source_len;
};

/* Makes @n connections over loopback. 0 or the exit code of @f; pairs_close() in either case. */
int pairs_open(struct pairs *p, const struct bench_options *o, unsigned n, struct cli_failure *f);
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
