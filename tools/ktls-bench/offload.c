/* SPDX-License-Identifier: MIT */
/* Whether a network card encrypts: the kernel tells by sock_diag alone. */
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "ktls-bench/offload.h"
#include "system/diag.h"
#include "system/nic.h"

static uint16_t port_of(const struct sockaddr_storage *addr)
{
	return ntohs(addr->ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)addr)->sin6_port : ((const struct sockaddr_in *)addr)->sin_port);
}

static int ports_of(int fd, struct diag_ports *ports)
{
	struct sockaddr_storage local, peer;
	socklen_t local_len = sizeof(local), peer_len = sizeof(peer);

	if (getsockname(fd, (struct sockaddr *)&local, &local_len) || getpeername(fd, (struct sockaddr *)&peer, &peer_len))
		return -errno;
	ports->local = port_of(&local);
	ports->peer = port_of(&peer);
	return 0;
}

static int mode_of_sender(const struct diag_list *list, uint64_t inode)
{
	for (size_t i = 0; i < list->n; i++) {
		const char *mode = diag_mode_name(list->sockets[i].tx);

		if (list->sockets[i].inode == inode)
			return mode && (strcmp(mode, "device") == 0 || strcmp(mode, "record") == 0);
	}
	return -ENOENT;
}

/* --- the device */

static bool is_same_address(const struct sockaddr *a, const struct sockaddr_storage *b)
{
	if (!a || a->sa_family != b->ss_family)
		return false;
	if (a->sa_family == AF_INET)
		return ((const struct sockaddr_in *)a)->sin_addr.s_addr == ((const struct sockaddr_in *)b)->sin_addr.s_addr;
	return a->sa_family == AF_INET6 && memcmp(&((const struct sockaddr_in6 *)a)->sin6_addr, &((const struct sockaddr_in6 *)b)->sin6_addr,
						  sizeof(struct in6_addr)) == 0;
}

/* The device with the address; false: there is none, or it is loopback. */
static bool device_of(const struct sockaddr_storage *addr, char name[IFNAMSIZ])
{
	struct ifaddrs *all, *one;
	bool found = false;

	if (getifaddrs(&all))
		return false;
	for (one = all; one && !found; one = one->ifa_next) {
		found = is_same_address(one->ifa_addr, addr) && !(one->ifa_flags & IFF_LOOPBACK);
		if (found)
			snprintf(name, IFNAMSIZ, "%s", one->ifa_name);
	}
	freeifaddrs(all);
	return found;
}

static const char *state_of(const struct nic_feature_state *s)
{
	if (!s->known)
		return "unknown to the kernel";
	return s->active ? "on" : s->changeable ? "off" : "not to be had";
}

void offload_describe(int fd, char text[OFFLOAD_TEXT_MAX])
{
	struct sockaddr_storage local;
	socklen_t len = sizeof(local);
	struct nic_netlink *nl = NULL;
	struct nic *nic = NULL;
	char name[IFNAMSIZ];
	size_t n = 0;

	text[0] = '\0';
	if (getsockname(fd, (struct sockaddr *)&local, &len) || !device_of(&local, name))
		return;
	snprintf(text, OFFLOAD_TEXT_MAX, "%s", name);
	if (!nic_netlink_open(&nl) && !nic_read(nl, name, &nic, &n) && n == 1)
		snprintf(text, OFFLOAD_TEXT_MAX, "%s (TLS offload: tx %s, rx %s)", name, state_of(&nic->feature[NIC_TX]),
			 state_of(&nic->feature[NIC_RX]));
	free(nic);
	nic_netlink_close(nl);
}

/* --- a socket */

int offload_of_sender(int fd)
{
	const struct sysroot system = { .fd = -1 };
	struct diag_list list = { 0 };
	struct diag_ports ports;
	struct stat st;
	int ret;

	if (fstat(fd, &st))
		return -errno;
	ret = ports_of(fd, &ports);
	if (!ret)
		ret = diag_dump(&system, &ports, &list);
	if (!ret)
		ret = mode_of_sender(&list, st.st_ino);
	diag_free(&list);
	return ret;
}
