/* SPDX-License-Identifier: MIT */
/* Names to addresses, without waiting longer than the caller does. */
#ifndef NET_RESOLVE_H
#define NET_RESOLVE_H

#include <netdb.h>

#include "cli/wait.h"
#include "net/addr.h"

/*
 * The addresses of @addr in @family (AF_UNSPEC: all); @flags as ai_flags of getaddrinfo(). 0 and *@out (freeaddrinfo()), or the exit
 * code of @f.
 */
int net_resolve(const struct net_addr *addr, int family, int flags, struct cli_wait *w, struct addrinfo **out,
		struct cli_failure *f);

#endif
