/* SPDX-License-Identifier: MIT */
/* Outgoing TCP connections. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>

#include "net/dial.h"
#include "net/race.h"
#include "net/resolve.h"

void net_tune(int fd)
{
	const int one = 1;

	/* Records are sent whole; Nagle would only hold back the small last one. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
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

static int explain(struct cli_failure *f, const struct net_addr *addr, const struct net_sources *sources, const char *source,
		   const struct cli_wait *w, int err)
{
	if (sources->told && err == -EAFNOSUPPORT)
		return cli_fail(f, CLI_IO, "%s: has no address of the family of %s", addr->text, source);
	if (sources->told)
		return cli_fail(f, CLI_IO, "%s: cannot be bound to: %s", source, strerror(-err));
	if (err == -EINTR || err == -ETIMEDOUT)
		return cli_fail_wait(f, w, err, addr->text, "connecting");
	for (size_t i = 0; i < sizeof(explanations) / sizeof(explanations[0]); i++)
		if (err == -explanations[i].err)
			return cli_fail(f, CLI_IO, "%s: %s", addr->text, explanations[i].text);
	return cli_fail(f, CLI_IO, "%s: cannot connect: %s", addr->text, strerror(-err));
}

/* What was given of it. */
static const char *source_name(const struct net_addr *source)
{
	if (!source)
		return "";
	return source->port ? source->text : source->host;
}

int net_dial(const struct net_addr *addr, int family, struct cli_wait *w, int *fd, struct net_peer *peer,
	     struct cli_failure *f)
{
	return net_dial_from(addr, family, NULL, w, fd, peer, f);
}

int net_dial_from(const struct net_addr *addr, int family, const struct net_addr *source, struct cli_wait *w, int *fd,
		  struct net_peer *peer, struct cli_failure *f)
{
	struct net_sources sources = { .list = NULL };
	struct addrinfo *list = NULL, *from = NULL;
	int ret = source ? net_resolve(source, family, AI_PASSIVE, w, &from, f) : 0;

	if (!ret)
		ret = net_resolve(addr, family, 0, w, &list, f);
	if (!ret) {
		sources.list = from;
		ret = net_race(list, &sources, w, fd, peer);
		if (ret)
			ret = explain(f, addr, &sources, source_name(source), w, ret);
		else
			net_tune(*fd);
	}
	if (list)
		freeaddrinfo(list);
	if (from)
		freeaddrinfo(from);
	return ret;
}
