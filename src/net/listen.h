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

/*
 * Accepts a connection if there is one; its socket is non-blocking. 0, *@fd and *@peer; -EAGAIN when there is none, or one that was gone
 * before it was accepted; or another negative errno, such as -EMFILE.
 */
int net_accept_now(int listen_fd, int *fd, struct net_peer *peer);

#endif
