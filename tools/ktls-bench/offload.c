/* SPDX-License-Identifier: MIT */
/* Whether a network card encrypts: the kernel tells by sock_diag alone. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "ktls-bench/offload.h"
#include "system/diag.h"

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
