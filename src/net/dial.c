/* SPDX-License-Identifier: MIT */
/* Outgoing TCP connections. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
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

/* Where connections come from; an empty list: from anywhere. */
struct sources {
	struct addrinfo *list;
	char text[NET_TEXT_LEN];
	bool failed, told;	/* the last failure was theirs, that which is told was */
};

/* To the first source of the family. -EAFNOSUPPORT: there is none. */
static int bind_source(int fd, int family, const struct sources *sources)
{
	for (const struct addrinfo *ai = sources->list; ai; ai = ai->ai_next)
		if (ai->ai_family == family)
			return bind(fd, ai->ai_addr, ai->ai_addrlen) < 0 ? -errno : 0;
	return sources->list ? -EAFNOSUPPORT : 0;
}

static int try_address(const struct addrinfo *ai, struct sources *sources, struct cli_wait *w, int *out)
{
	int ret, fd = socket(ai->ai_family, ai->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, ai->ai_protocol);

	if (fd < 0)
		return -errno;
	ret = bind_source(fd, ai->ai_family, sources);
	sources->failed = ret != 0;
	if (!ret)
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
static int try_in_turn(const struct addrinfo *ai, struct sources *sources, struct cli_wait *w, int *fd, struct net_peer *peer)
{
	const int64_t deadline = w->deadline;
	int ret = -EHOSTUNREACH, told = 0;

	for (; ai && ret && ret != -EINTR; ai = ai->ai_next) {
		if (deadline >= 0)
			cli_wait_limit(w, (deadline - cli_now_ms()) / (int64_t)count(ai));
		ret = try_address(ai, sources, w, fd);
		if (!ret)
			net_describe(peer, ai->ai_addr, ai->ai_addrlen);
		/* A host without IPv6 has nothing to say about the server; a refusal has. */
		if (!told || told == -ENETUNREACH || told == -EAFNOSUPPORT) {
			told = ret;
			sources->told = sources->failed;
		}
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

static int explain(struct cli_failure *f, const struct net_addr *addr, const struct sources *sources, const struct cli_wait *w, int err)
{
	if (sources->told && err == -EAFNOSUPPORT)
		return cli_fail(f, CLI_IO, "%s: has no address of the family of %s", addr->text, sources->text);
	if (sources->told)
		return cli_fail(f, CLI_IO, "%s: cannot be bound to: %s", sources->text, strerror(-err));
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
	return net_dial_from(addr, family, NULL, w, fd, peer, f);
}

int net_dial_from(const struct net_addr *addr, int family, const struct net_addr *source, struct cli_wait *w, int *fd,
		  struct net_peer *peer, struct cli_failure *f)
{
	struct sources sources = { .list = NULL };
	struct addrinfo *list = NULL;
	int ret = source ? net_resolve(source, family, AI_PASSIVE, w, &sources.list, f) : 0;

	if (!ret)
		ret = net_resolve(addr, family, 0, w, &list, f);
	if (!ret) {
		snprintf(sources.text, sizeof(sources.text), "%s", source ? source->host : "");
		ret = try_in_turn(list, &sources, w, fd, peer);
		if (ret)
			ret = explain(f, addr, &sources, w, ret);
	}
	if (list)
		freeaddrinfo(list);
	if (sources.list)
		freeaddrinfo(sources.list);
	return ret;
}
