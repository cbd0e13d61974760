/* SPDX-License-Identifier: MIT */
/* Incoming TCP connections. */
#ifndef NET_LISTEN_H
#define NET_LISTEN_H

#include "cli/wait.h"
#include "net/addr.h"

/*
 * Listens on @addr: on every address of this machine, IPv4 and IPv6 with one socket, when the host is left out. @family
 * AF_INET or AF_INET6 restricts it. 0, *@fd and *@bound (with the port that the system chose), or the exit code of @f.
 */
int net_listen(const struct net_addr *addr, int family, struct cli_wait *w, int *fd, struct net_peer *bound,
	       struct cli_failure *f);

/* Accepts one connection; its socket is non-blocking. 0, *@fd and *@peer, or the exit code of @f. */
int net_accept(int listen_fd, const char *where, struct cli_wait *w, int *fd, struct net_peer *peer, struct cli_failure *f);

#endif
