/* SPDX-License-Identifier: MIT */
/* The kernel's own users of TLS (NFS, NVMe over TCP) have an agent shake hands: whether they can, and whether one listens. */
#ifndef SYSTEM_AGENT_H
#define SYSTEM_AGENT_H

#include <stddef.h>
#include <stdint.h>

#include "system/sysroot.h"

struct handshake_agent {
	int family;	/* the generic netlink family "handshake" (Linux 6.5): 1, 0, or negative errno */
	int listening;	/* sockets in its multicast group "tlshd": a count, or negative errno */
};

/* Asks the running kernel; it takes no rights. Changes nothing. */
void handshake_agent_look(struct handshake_agent *a);

/* Sockets of /proc/net/netlink of generic netlink that are in multicast group @group (1 to 32, which is all the file shows). */
int netlink_count(const char *text, size_t len, uint32_t group);

#endif
