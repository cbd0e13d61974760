/* SPDX-License-Identifier: MIT */
/* Outgoing TCP connections. */
#ifndef NET_DIAL_H
#define NET_DIAL_H

#include "cli/wait.h"
#include "net/addr.h"

/*
 * Connects to the address of @addr in @family (AF_UNSPEC: any) that answers first (happy eyeballs, RFC 8305), within the deadline of @w.
 * The socket is non-blocking. 0, *@fd and *@peer, or the exit code of @f.
 */
int net_dial(const struct net_addr *addr, int family, struct cli_wait *w, int *fd, struct net_peer *peer,
	     struct cli_failure *f);

/*
 * The same from an address of this machine: @source, whose port is 0 for any; NULL as above. Only addresses of its family are tried.
 */
int net_dial_from(const struct net_addr *addr, int family, const struct net_addr *source, struct cli_wait *w, int *fd,
		  struct net_peer *peer, struct cli_failure *f);

/* What every connection of ours wants of its socket; best effort. */
void net_tune(int fd);

#endif
