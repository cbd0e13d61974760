/* SPDX-License-Identifier: MIT */
/* Names to addresses, without waiting longer than the caller does. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "net/resolve.h"

/*
 * getaddrinfo() cannot be interrupted and may take the resolver's own patience (some ten seconds), so it runs in a thread.
 * Who leaves last, the caller or the thread, frees this.
 */
struct lookup {
	atomic_int users;
	int done_fd;
	char host[NET_HOST_LEN];
	char port[8];
	struct addrinfo hints;
	struct addrinfo *result;
	int err, system_errno;
};

static void lookup_leave(struct lookup *l)
{
	if (atomic_fetch_sub(&l->users, 1) != 1)
		return;
	if (l->result)
		freeaddrinfo(l->result);
	if (l->done_fd >= 0)
		close(l->done_fd);
	free(l);
}

static void look_up(struct lookup *l)
{
	l->err = getaddrinfo(l->host[0] ? l->host : NULL, l->port, &l->hints, &l->result);
	/* What EAI_SYSTEM means is in this thread's errno. */
	l->system_errno = errno;
}

static void *lookup_thread(void *arg)
{
	struct lookup *l = arg;

	look_up(l);
	eventfd_write(l->done_fd, 1);
	lookup_leave(l);
	return NULL;
}

static struct lookup *lookup_new(const struct net_addr *addr, int family, int flags)
{
	struct lookup *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	atomic_init(&l->users, 1);
	l->hints = (struct addrinfo){ .ai_family = family, .ai_socktype = SOCK_STREAM, .ai_flags = flags | AI_NUMERICSERV };
	memcpy(l->host, addr->host, sizeof(l->host));
	snprintf(l->port, sizeof(l->port), "%u", addr->port);
	l->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (l->done_fd < 0) {
		free(l);
		return NULL;
	}
	return l;
}

static int run_in_thread(struct lookup *l, const struct net_addr *addr, struct cli_wait *w, struct cli_failure *f)
{
	pthread_t thread;
	int ret;

	atomic_fetch_add(&l->users, 1);
	ret = pthread_create(&thread, NULL, lookup_thread, l);
	if (ret) {
		atomic_fetch_sub(&l->users, 1);
		return cli_fail(f, CLI_IO, "%s: cannot start a thread: %s", addr->text, strerror(ret));
	}
	ret = cli_wait_fd(w, l->done_fd, POLLIN);
	if (ret < 0) {
		pthread_detach(thread);
		return cli_fail_wait(f, w, ret, addr->text, "looking up the name");
	}
	/* It is at its end. What comes now, a filter of system calls say, is for all of the process, and ours is the only thread again. */
	pthread_join(thread, NULL);
	return 0;
}

static const struct {
	int err;
	const char *text;
} explanations[] = {
	{ EAI_NONAME, "unknown host" },
	{ EAI_NODATA, "the host has no address" },
	{ EAI_ADDRFAMILY, "the host has no address of the family asked for" },
	{ EAI_AGAIN, "the host cannot be looked up now (is a name server reachable?)" },
};

static int explain(struct cli_failure *f, const struct net_addr *addr, const struct lookup *l)
{
	for (size_t i = 0; i < sizeof(explanations) / sizeof(explanations[0]); i++)
		if (l->err == explanations[i].err)
			return cli_fail(f, CLI_IO, "%s: %s", addr->text, explanations[i].text);
	return cli_fail(f, CLI_IO, "%s: the host cannot be looked up: %s", addr->text,
			l->err == EAI_SYSTEM ? strerror(l->system_errno) : gai_strerror(l->err));
}

int net_resolve(const struct net_addr *addr, int family, int flags, struct cli_wait *w, struct addrinfo **out,
		struct cli_failure *f)
{
	struct lookup *l = lookup_new(addr, family, flags);
	int ret = 0;

	if (!l)
		return cli_fail(f, CLI_IO, "%s: %s", addr->text, strerror(errno));
	if (!addr->host[0] || net_is_ip(addr->host))
		look_up(l);
	else
		ret = run_in_thread(l, addr, w, f);
	if (!ret && l->err)
		ret = explain(f, addr, l);
	if (!ret) {
		*out = l->result;
		l->result = NULL;
	}
	lookup_leave(l);
	return ret;
}
