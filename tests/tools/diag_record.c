/* SPDX-License-Identifier: MIT */
/* diag-record: writes what sock_diag says of all TCP sockets to standard output, for tests/sysroot/X/netlink/sock_diag. */
#include <err.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static char buf[1 << 20] __attribute__((aligned(8)));

/* Writes the messages of one buffer, without the last one of the dump: true if that was there. */
static int write_messages(size_t len)
{
	const struct nlmsghdr *head = (const struct nlmsghdr *)buf;

	for (; NLMSG_OK(head, len); head = NLMSG_NEXT(head, len)) {
		if (head->nlmsg_type == NLMSG_DONE)
			return 1;
		if (head->nlmsg_type == NLMSG_ERROR)
			errx(1, "refused");
		fwrite(head, NLMSG_ALIGN(head->nlmsg_len), 1, stdout);
	}
	return 0;
}

static void dump(int fd, int family)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 req;
	} ask = {
		.head = { .nlmsg_len = sizeof(ask), .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.req = { .sdiag_family = (unsigned char)family, .sdiag_protocol = IPPROTO_TCP, .idiag_ext = 2, .idiag_states = 0xfff },
	};
	ssize_t n;

	if (send(fd, &ask, sizeof(ask), 0) < 0)
		err(1, "send");
	do {
		n = recv(fd, buf, sizeof(buf), 0);
		if (n < 0)
			err(1, "recv");
	} while (!write_messages((size_t)n));
}

int main(void)
{
	const struct nlmsghdr done = { .nlmsg_len = sizeof(done), .nlmsg_type = NLMSG_DONE, .nlmsg_flags = NLM_F_MULTI };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	if (fd < 0)
		err(1, "socket");
	dump(fd, AF_INET);
	dump(fd, AF_INET6);
	fwrite(&done, sizeof(done), 1, stdout);
	return fflush(stdout) ? 1 : 0;
}
