/* SPDX-License-Identifier: MIT */
/* A foreign server in the place of ours: what kinds there are, who is there, and measurements against it. */
#ifndef KTLS_BENCH_PEER_H
#define KTLS_BENCH_PEER_H

#include <sys/socket.h>

#include "cli/wait.h"
#include "ktls-bench/mode.h"
#include "net/url.h"

struct peer_sending;

struct peer_kind {
	const char *name;			/* on the command line */
	const char *title;
	unsigned streams_max;			/* connections that it serves at once; 0: any number */
	const struct peer_sending *sending;	/* how data reaches it */
	int (*converse)(struct stream *s);	/* what follows a handshake; NULL: nothing */
	/* Whether the body of a success, which begins so, is the text of an error all the same. NULL: never. */
	bool (*is_error)(const struct net_url *u, const char *body, size_t len);
};

/* NULL: there is none of that name. */
const struct peer_kind *peer_kind_find(const char *name);

/* Who was there before the measurements began. */
struct peer_found {
	struct sockaddr_storage addr;
	socklen_t addr_len;
	struct net_peer at;
	bool is_loopback, is_verified;
};

/* One connection, to the end of the handshake: what fails then does not have to be found out by measuring. 0 or the exit code of @f. */
int peer_look(const struct bench_options *o, const struct bench_tls *tls, struct cli_wait *w, struct peer_found *found,
	      struct cli_failure *f);

/* As bench_mode.take(): our end alone, the client's. */
int peer_take(const struct trial *t, struct sample *s, struct latency *latency, char why[CARRIER_WHY_MAX], struct cli_failure *f);

/* Words and errno for what only a server that is not ours does; @err otherwise. */
int peer_explain(struct stream *s, int err);

/* The modes against such a server: bench_mode.with_peer. */
extern const struct bench_mode bench_peer_throughput, bench_peer_handshake;

#endif
