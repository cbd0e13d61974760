/* SPDX-License-Identifier: MIT */
/* Incoming TCP connections. */
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/dial.h"
#include "net/listen.h"
#include "net/resolve.h"

static int open_listener(const struct addrinfo *ai, bool dual, int *out)
{
	const int one = 1, v6only = !dual;
	int ret, fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (ai->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof(v6only));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, 1) == 0) {
		*out = fd;
		return 0;
	}
	ret = -errno;
	close(fd);
	return ret;
}

/* IPv6 first: one socket takes both. Without IPv6 in the kernel, IPv4 alone. */
static int listen_everywhere(uint16_t port, int family, int *fd)
{
	const struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = in6addr_any };
	const struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	const struct addrinfo any6 = { .ai_family = AF_INET6, .ai_addr = (void *)(uintptr_t)&v6, .ai_addrlen = sizeof(v6) };
	const struct addrinfo any4 = { .ai_family = AF_INET, .ai_addr = (void *)(uintptr_t)&v4, .ai_addrlen = sizeof(v4) };
	int ret = -EAFNOSUPPORT;

	if (family != AF_INET)
		ret = open_listener(&any6, family == AF_UNSPEC, fd);
	if (family == AF_INET || (family == AF_UNSPEC && (ret == -EAFNOSUPPORT || ret == -EADDRNOTAVAIL)))
		ret = open_listener(&any4, false, fd);
	return ret;
}

static int listen_on_host(const struct net_addr *addr, int family, struct cli_wait *w, int *fd, struct cli_failure *f)
{
	struct addrinfo *list = NULL;
	int err = -EADDRNOTAVAIL, ret = net_resolve(addr, family, AI_PASSIVE, w, &list, f);

	if (ret)
		return ret;
	for (const struct addrinfo *ai = list; ai && err; ai = ai->ai_next)
		err = open_listener(ai, false, fd);
	freeaddrinfo(list);
	return err;
}

int net_listen(const struct net_addr *addr, int family, struct cli_wait *w, int *fd, struct net_peer *bound,
	       struct cli_failure *f)
{
	struct sockaddr_storage sa = { 0 };
	socklen_t len = sizeof(sa);
	int ret = addr->host[0] ? listen_on_host(addr, family, w, fd, f) : listen_everywhere(addr->port, family, fd);

	if (ret > 0)
		return ret;
	if (ret == 0 && getsockname(*fd, (struct sockaddr *)&sa, &len) < 0) {
		ret = -errno;
		close(*fd);
	}
	if (ret)
		return cli_fail(f, CLI_IO, "%s: cannot listen: %s", addr->text, strerror(-ret));
	net_describe(bound, (struct sockaddr *)&sa, len);
	return 0;
}

/* Errors of a connection that was gone before it was accepted; accept(2) asks to try again. */
static const int passing[] = {
	EAGAIN, ECONNABORTED, EINTR, EPERM, EPROTO, ENOPROTOOPT, ENETDOWN, ENETUNREACH, ENONET, EHOSTDOWN, EHOSTUNREACH, ETIMEDOUT,
};

static bool is_passing(int err)
{
	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++)
		if (passing[i] == err)
			return true;
	return false;
}

int net_accept_now(int listen_fd, int *fd, struct net_peer *peer)
{
	struct sockaddr_storage sa = { 0 };
	socklen_t len = sizeof(sa);

	*fd = accept4(listen_fd, (struct sockaddr *)&sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (*fd < 0)
		return is_passing(errno) ? -EAGAIN : -errno;
	net_tune(*fd);
	net_describe(peer, (struct sockaddr *)&sa, len);
	return 0;
}
