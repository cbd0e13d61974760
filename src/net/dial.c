/* SPDX-License-Identifier: MIT */
/* Outgoing TCP connections. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "net/dial.h"
#include "net/resolve.h"

void net_tune(int fd)
{
	const int one = 1;

	/* Records are sent whole; Nagle would only hold back the small last one. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

/* 0 when connected, or a negative errno. -EINTR: a signal. */
static int finish_connect(int fd, struct cli_wait *w)
{
	socklen_t len = sizeof(int);
	int err = 0, ret = cli_wait_fd(w, fd, POLLOUT);

	if (ret < 0)
		return ret;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
		return -errno;
	return -err;
}

static int try_address(const struct addrinfo *ai, struct cli_wait *w, int *out)
{
	int ret, fd = socket(ai->ai_family, ai->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, ai->ai_protocol);

	if (fd < 0)
		return -errno;
	ret = connect(fd, ai->ai_addr, ai->ai_addrlen) < 0 ? -errno : 0;
	if (ret == -EINPROGRESS)
		ret = finish_connect(fd, w);
	if (ret) {
		close(fd);
		return ret;
	}
	net_tune(fd);
	*out = fd;
	return 0;
}

static size_t count(const struct addrinfo *ai)
{
	size_t n = 0;

	for (; ai; ai = ai->ai_next)
		n++;
	return n;
}

/* The addresses share the time that is left, so that a silent first one does not use up all of it. */
static int try_in_turn(const struct addrinfo *ai, struct cli_wait *w, int *fd, struct net_peer *peer)
{
	const int64_t deadline = w->deadline;
	int ret = -EHOSTUNREACH, told = 0;

	for (; ai && ret && ret != -EINTR; ai = ai->ai_next) {
		if (deadline >= 0)
			cli_wait_limit(w, (deadline - cli_now_ms()) / (int64_t)count(ai));
		ret = try_address(ai, w, fd);
		if (!ret)
			net_describe(peer, ai->ai_addr, ai->ai_addrlen);
		/* A host without IPv6 has nothing to say about the server; a refusal has. */
		if (!told || told == -ENETUNREACH || told == -EAFNOSUPPORT)
			told = ret;
	}
	w->deadline = deadline;
	return ret && ret != -EINTR ? told : ret;
}

static const struct {
	int err;
	const char *text;
} explanations[] = {
	{ ECONNREFUSED, "connection refused (is a server listening there?)" },
	{ EHOSTUNREACH, "no route to the host" },
	{ ENETUNREACH, "the network is unreachable" },
	{ EACCES, "connecting is not permitted (a firewall?)" },
	{ EPERM, "connecting is not permitted (a firewall?)" },
};

static int explain(struct cli_failure *f, const struct net_addr *addr, const struct cli_wait *w, int err)
{
	if (err == -EINTR || err == -ETIMEDOUT)
		return cli_fail_wait(f, w, err, addr->text, "connecting");
	for (size_t i = 0; i < sizeof(explanations) / sizeof(explanations[0]); i++)
		if (err == -explanations[i].err)
			return cli_fail(f, CLI_IO, "%s: %s", addr->text, explanations[i].text);
	return cli_fail(f, CLI_IO, "%s: cannot connect: %s", addr->text, strerror(-err));
}

int net_dial(const struct net_addr *addr, int family, struct cli_wait *w, int *fd, struct net_peer *peer,
	     struct cli_failure *f)
{
	struct addrinfo *list = NULL;
	int ret = net_resolve(addr, family, 0, w, &list, f);

	if (ret)
		return ret;
	ret = try_in_turn(list, w, fd, peer);
	if (ret)
		ret = explain(f, addr, w, ret);
	freeaddrinfo(list);
	return ret;
}
