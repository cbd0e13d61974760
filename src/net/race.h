/* SPDX-License-Identifier: MIT */
/* Happy eyeballs (RFC 8305): several addresses of one host, and the first that answers. */
#ifndef NET_RACE_H
#define NET_RACE_H

#include <netdb.h>
#include <stdbool.h>

#include "cli/wait.h"
#include "net/addr.h"

/* Where connections come from; an empty list: from anywhere. */
struct net_sources {
	const struct addrinfo *list;
	bool told;		/* set by net_race(): the failure that it returns is theirs */
};

/*
 * Puts the addresses of @list into the order in which they are tried: the families take turns, beginning with that of the first, which is
 * IPv6 where the resolver finds a way there (RFC 6724). @out has room for @n, all of them.
 */
void net_interleave(const struct addrinfo *list, const struct addrinfo **out, size_t n);

/*
 * Connects to all of @list, each some time after the one before or as soon as that has failed, until one answers, within the deadline of
 * @w. 0, *@fd (non-blocking) and *@peer; or a negative errno: -EINTR, or that of the first address which says something of the server.
 */
int net_race(const struct addrinfo *list, struct net_sources *sources, struct cli_wait *w, int *fd, struct net_peer *peer);

#endif
