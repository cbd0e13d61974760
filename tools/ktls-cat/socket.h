/* SPDX-License-Identifier: MIT */
/* The sockets that the options ask for. */
#ifndef KTLS_CAT_SOCKET_H
#define KTLS_CAT_SOCKET_H

#include "cli/wait.h"
#include "ktls-cat/options.h"

/* Connects within the deadline of @w. 0, *@fd and *@peer, or the exit code of @f. */
int socket_dial(const struct cat_options *o, struct cli_wait *w, int *fd, struct net_peer *peer, struct cli_failure *f);

struct socket_listener {
	int fd;			/* -1: closed */
	struct net_peer bound;
	struct net_unix_place place;
	const struct cat_options *o;
};

/* Listens, and says where if nobody could know otherwise. 0, or the exit code of @f. */
int socket_listen(const struct cat_options *o, struct cli_wait *w, struct socket_listener *l, struct cli_failure *f);

/* Waits for one connection. 0, *@fd and *@peer, or the exit code of @f. */
int socket_accept(const struct socket_listener *l, struct cli_wait *w, int *fd, struct net_peer *peer, struct cli_failure *f);

/* The same if there is one; otherwise, and in trouble, as net_accept_now(). */
int socket_accept_now(const struct socket_listener *l, int *fd, struct net_peer *peer);

/* Nobody can connect any more. */
void socket_unlisten(struct socket_listener *l);

/* In a child that has no use for it: it stays the parent's. */
void socket_forget(struct socket_listener *l);

#endif
