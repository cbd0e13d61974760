/* SPDX-License-Identifier: MIT */
/* The kernel's own users of TLS (NFS, NVMe over TCP) have an agent shake hands: whether they can, and whether one listens. */
#include <errno.h>
#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdio.h>
#include <stdlib.h>

#include "system/agent.h"
#include "system/lines.h"

enum {
	FILE_MAX = 4 << 20,
	GROUPS_SHOWN = 32,
};

/* Words of a line: address of the socket, protocol, port, groups in hexadecimal. */
static bool is_listener(struct line line, uint32_t group)
{
	char protocol[8], groups[16], *end;
	unsigned long mask;

	line_word(&line);
	if (!line_copy(line_word(&line), protocol, sizeof(protocol)) || strtol(protocol, &end, 10) != NETLINK_GENERIC || *end ||
	    end == protocol)
		return false;
	line_word(&line);
	if (!line_copy(line_word(&line), groups, sizeof(groups)))
		return false;
	mask = strtoul(groups, &end, 16);
	return end != groups && !*end && (mask >> (group - 1)) & 1;
}

int netlink_count(const char *text, size_t len, uint32_t group)
{
	struct lines lines = lines_of(text, len);
	struct line line;
	int n = 0;

	if (!group || group > GROUPS_SHOWN)
		return -ERANGE;
	while (lines_next(&lines, &line))
		n += is_listener(line, group);
	return n;
}

static int count_listeners(int group)
{
	const struct sysroot system = { .fd = -1 };
	char *text;
	size_t len;
	int ret = sysroot_read(&system, "/proc/net/netlink", FILE_MAX, &text, &len);

	if (ret)
		return ret;
	ret = netlink_count(text, len, (uint32_t)group);
	free(text);
	return ret;
}

static void ask(struct nl_sock *sock, struct handshake_agent *a)
{
	int family, group;

	family = genl_ctrl_resolve(sock, "handshake");
	if (family < 0) {
		a->family = family == -NLE_OBJ_NOTFOUND ? 0 : -EIO;
		return;
	}
	a->family = 1;
	group = genl_ctrl_resolve_grp(sock, "handshake", "tlshd");
	if (group > 0)
		a->listening = count_listeners(group);
}

void handshake_agent_look(struct handshake_agent *a)
{
	struct nl_sock *sock = nl_socket_alloc();

	*a = (struct handshake_agent){ .family = -ENOMEM, .listening = -ENOENT };
	if (!sock)
		return;
	a->family = -EIO;
	if (!genl_connect(sock))
		ask(sock, a);
	nl_socket_free(sock);
}
