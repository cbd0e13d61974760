/* SPDX-License-Identifier: MIT */
/* Asking NETLINK_SOCK_DIAG for all TCP sockets, and who may. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/nsfs.h>
#include <linux/sock_diag.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "system/caps.h"
#include "system/diag.h"
#include "system/tls_info.h"

enum {
	BUFFER = 1 << 20,
	RECORDED_MAX = 64 << 20,
};

/* By the kernel's numbers. */
static const char *const states[] = {
	[1] = "established", [2] = "syn-sent", [3] = "syn-recv", [4] = "fin-wait-1", [5] = "fin-wait-2", [6] = "time-wait",
	[7] = "closed",	     [8] = "close-wait", [9] = "last-ack", [10] = "listening", [11] = "closing",
};

static const char *const modes[] = { [1] = "none", [2] = "software", [3] = "device", [4] = "record" };

const char *diag_state_name(int state)
{
	return state >= 0 && (size_t)state < sizeof(states) / sizeof(states[0]) ? states[state] : NULL;
}

const char *diag_mode_name(int mode)
{
	return mode >= 0 && (size_t)mode < sizeof(modes) / sizeof(modes[0]) ? modes[mode] : NULL;
}

void diag_print_addr(const struct diag_socket *s, bool peer, char text[DIAG_ADDR_MAX])
{
	const unsigned port = peer ? s->peer_port : s->local_port;
	char host[INET6_ADDRSTRLEN] = "?";

	inet_ntop(s->family, peer ? s->peer : s->local, host, sizeof(host));
	if (s->family == AF_INET)
		snprintf(text, DIAG_ADDR_MAX, "%s:%u", host, port);
	else if (s->interface && strncmp(host, "fe80:", 5) == 0)
		snprintf(text, DIAG_ADDR_MAX, "[%s%%%u]:%u", host, s->interface, port);
	else
		snprintf(text, DIAG_ADDR_MAX, "[%s]:%u", host, port);
}

void diag_free(struct diag_list *list)
{
	free(list->sockets);
	*list = (struct diag_list){ 0 };
}

/* Only states that a socket with TLS can be in. */
static int ask(struct nl_sock *nl, int family, const struct diag_ports *ports)
{
	struct inet_diag_req_v2 req = {
		.sdiag_family = (uint8_t)family,
		.sdiag_protocol = IPPROTO_TCP,
		.idiag_ext = 1 << (DIAG_ATTR_INFO - 1),
		.idiag_states = 1 << 1 | 1 << 4 | 1 << 5 | 1 << 8 | 1 << 9 | 1 << 11,
		.id = { .idiag_sport = htobe16(ports->local), .idiag_dport = htobe16(ports->peer) },
	};

	return nl_send_simple(nl, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, &req, sizeof(req)) < 0 ? -EIO : 0;
}

/*
 * The messages are read here and not by libnl's callbacks: it gives up a dump that was interrupted, and a list with a gap is
 * better than none as long as it is called so.
 */
static int receive(int fd, char *buf, struct diag_list *list)
{
	for (;;) {
		ssize_t n = recv(fd, buf, BUFFER, MSG_TRUNC);
		int err;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EPIPE;
		list->malformed += n > BUFFER;
		if (diag_take(buf, n > BUFFER ? BUFFER : (size_t)n, list, &err))
			return err;
	}
}

static int dump_families(struct nl_sock *nl, const struct diag_ports *ports, struct diag_list *list)
{
	static const int families[] = { AF_INET, AF_INET6 };
	char *buf = malloc(BUFFER);
	int failed = 0, ret = 0;

	if (!buf)
		return -ENOMEM;
	for (size_t i = 0; i < 2; i++) {
		ret = ask(nl, families[i], ports);
		if (!ret)
			ret = receive(nl_socket_get_fd(nl), buf, list);
		if (ret && ret != -ENOENT) {
			list->family_err = ret;
			failed++;
		}
	}
	free(buf);
	return failed == 2 ? list->family_err : 0;
}

static int dump_recorded(const struct sysroot *root, struct diag_list *list)
{
	char *buf;
	size_t len;
	int ret = sysroot_read(root, "/netlink/sock_diag", RECORDED_MAX, &buf, &len), err;

	if (ret)
		return ret == -ENOENT ? 0 : ret;
	if (!diag_take(buf, len, list, &err))
		list->malformed++;
	free(buf);
	return err;
}

int diag_dump(const struct sysroot *root, const struct diag_ports *ports, struct diag_list *list)
{
	struct nl_sock *nl;
	int ret;

	*list = (struct diag_list){ 0 };
	if (root->dir)
		return dump_recorded(root, list);
	nl = nl_socket_alloc();
	if (!nl)
		return -ENOMEM;
	errno = 0;
	if (nl_connect(nl, NETLINK_SOCK_DIAG)) {
		ret = errno ? -errno : -EPROTONOSUPPORT;
		nl_socket_free(nl);
		return ret;
	}
	nl_socket_set_buffer_size(nl, BUFFER, 0);
	ret = dump_families(nl, ports, list);
	nl_socket_free(nl);
	return ret;
}

/* NS_GET_USERNS hands out the owner only to those who are in it or above, which is where a capability counts. */
static int is_over_netns(void)
{
	int net = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), user;

	if (net < 0)
		return -errno;
	user = ioctl(net, NS_GET_USERNS);
	close(net);
	if (user < 0)
		return errno == EPERM ? 0 : 1;
	close(user);
	return 1;
}

int diag_is_allowed(const char *release)
{
	unsigned major = 0, minor = 0;
	int ret;

	if (sscanf(release, "%u.%u", &major, &minor) == 2 && (major > 6 || (major == 6 && minor >= 15)))
		return 1;
	ret = caps_has_net_admin();
	return ret == 1 ? is_over_netns() : ret;
}
