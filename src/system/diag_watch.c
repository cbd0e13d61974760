/* SPDX-License-Identifier: MIT */
/* The kernel's word that a TCP socket is gone. Its TLS is gone by then, so only the socket's number tells which it was. */
#include <errno.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netlink/netlink.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "system/diag_watch.h"

enum {
	BUFFER = 64 * 1024,
	KERNEL_BUFFER = 1 << 20,
};

int diag_watch_open(struct diag_watch *w)
{
	*w = (struct diag_watch){ .nl = nl_socket_alloc(), .fd = -1 };
	if (!w->nl)
		return -ENOMEM;
	errno = 0;
	if (nl_connect(w->nl, NETLINK_SOCK_DIAG) ||
	    nl_socket_add_memberships(w->nl, SKNLGRP_INET_TCP_DESTROY, SKNLGRP_INET6_TCP_DESTROY, 0)) {
		int ret = errno ? -errno : -EPERM;

		diag_watch_close(w);
		return ret;
	}
	nl_socket_set_buffer_size(w->nl, KERNEL_BUFFER, 0);
	w->fd = nl_socket_get_fd(w->nl);
	return 0;
}

int diag_watch_read(struct diag_watch *w, struct diag_list *list)
{
	char *buf = malloc(BUFFER);
	int ret = 0, err;

	*list = (struct diag_list){ .keep_all = true };
	if (!buf)
		return -ENOMEM;
	while (!ret && w->fd >= 0) {
		ssize_t n = recv(w->fd, buf, BUFFER, MSG_DONTWAIT);

		/* What overflowed is missed here, and found by the next list of sockets. */
		if (n < 0 && (errno == EINTR || errno == ENOBUFS))
			continue;
		if (n <= 0)
			break;
		diag_take(buf, (size_t)n, list, &err);
		ret = err;
	}
	free(buf);
	return ret;
}

void diag_watch_close(struct diag_watch *w)
{
	if (w->nl)
		nl_socket_free(w->nl);
	*w = (struct diag_watch){ .fd = -1 };
}
