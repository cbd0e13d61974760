/* SPDX-License-Identifier: MIT */
/* Happy eyeballs (RFC 8305): several addresses of one host, and the first that answers. */
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/race.h"

enum {
	/* Connection Attempt Delay: RFC 8305 section 8. */
	DELAY_MS = 250,
};

struct attempt {
	const struct addrinfo *ai;
	int fd;			/* -1: not begun, or failed */
	int err;		/* negative errno of what failed */
	bool by_source;		/* the failure is of where it comes from */
};

/* In the order in which they are tried; fds[0] is cli_wait_poll()'s, fds[i + 1] that of attempts[i]. */
struct race {
	struct attempt *attempts;
	struct pollfd *fds;
	size_t n, begun, running;
	int64_t next_ms;	/* when the next may begin */
	struct net_sources *sources;
};

static size_t count(const struct addrinfo *list)
{
	size_t n = 0;

	for (; list; list = list->ai_next)
		n++;
	return n;
}

/* The next of the family, or not of it. */
static const struct addrinfo *next_of(const struct addrinfo *ai, int family, bool same)
{
	while (ai && (ai->ai_family == family) != same)
		ai = ai->ai_next;
	return ai;
}

void net_interleave(const struct addrinfo *list, const struct addrinfo **out, size_t n)
{
	const int first = list ? list->ai_family : AF_UNSPEC;
	const struct addrinfo *next[] = { next_of(list, first, true), next_of(list, first, false) };

	for (size_t i = 0, turn = 0; i < n; i++, turn = !turn) {
		if (!next[turn])
			turn = !turn;
		out[i] = next[turn];
		next[turn] = next_of(out[i]->ai_next, first, turn == 0);
	}
}

/* To the first source of the family. -EAFNOSUPPORT: there is none. */
static int bind_source(int fd, int family, const struct net_sources *sources)
{
	const int one = 1;

	if (!sources->list)
		return 0;
	/* A port that is asked for may still be in use by a connection that has ended, and by the attempts of the other family. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	for (const struct addrinfo *ai = sources->list; ai; ai = ai->ai_next)
		if (ai->ai_family == family)
			return bind(fd, ai->ai_addr, ai->ai_addrlen) < 0 ? -errno : 0;
	return -EAFNOSUPPORT;
}

static void end_attempt(struct race *r, struct attempt *a, int err)
{
	close(a->fd);
	a->fd = -1;
	a->err = err;
	r->running--;
	/* Its successor need not wait. */
	r->next_ms = 0;
}

static int connect_attempt(struct race *r, struct attempt *a)
{
	int ret = bind_source(a->fd, a->ai->ai_family, r->sources);

	a->by_source = ret != 0;
	if (!ret && connect(a->fd, a->ai->ai_addr, a->ai->ai_addrlen) < 0)
		ret = -errno;
	return ret;
}

/* Whether it is connected already. */
static bool begin_next(struct race *r)
{
	struct attempt *a = &r->attempts[r->begun++];
	int ret;

	r->next_ms = cli_now_ms() + DELAY_MS;
	a->fd = socket(a->ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (a->fd < 0) {
		a->err = -errno;
		r->next_ms = 0;
		return false;
	}
	r->running++;
	ret = connect_attempt(r, a);
	if (ret && ret != -EINPROGRESS)
		end_attempt(r, a, ret);
	return ret == 0;
}

/* The first that has connected; NULL if none has. */
static struct attempt *look(struct race *r)
{
	for (size_t i = 0; i < r->begun; i++) {
		struct attempt *a = &r->attempts[i];
		socklen_t len = sizeof(int);
		int err = 0;

		if (a->fd < 0 || !r->fds[i + 1].revents)
			continue;
		if (getsockopt(a->fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
			err = errno;
		if (!err)
			return a;
		end_attempt(r, a, -err);
	}
	return NULL;
}

static int wait_for_some(struct race *r, struct cli_wait *w)
{
	int64_t left = -1;

	for (size_t i = 0; i < r->n; i++)
		r->fds[i + 1] = (struct pollfd){ .fd = r->attempts[i].fd, .events = POLLOUT };
	if (r->begun < r->n) {
		left = r->next_ms - cli_now_ms();
		left = left < 0 ? 0 : left;
	}
	return cli_wait_poll(w, r->fds, r->n + 1, left);
}

/* The winner; NULL and *@ret: 0 if all have failed, else a negative errno of the wait. */
static struct attempt *run(struct race *r, struct cli_wait *w, int *ret)
{
	struct attempt *winner;

	for (;;) {
		if (r->begun < r->n && (!r->running || cli_now_ms() >= r->next_ms) && begin_next(r))
			return &r->attempts[r->begun - 1];
		if (!r->running && r->begun == r->n) {
			*ret = 0;
			return NULL;
		}
		*ret = wait_for_some(r, w);
		if (*ret < 0)
			return NULL;
		winner = look(r);
		if (winner)
			return winner;
	}
}

/* A host without IPv6 has nothing to say about the server; a refusal has. Those that still ran when the wait ended have its error. */
static int what_to_tell(const struct race *r, int ret)
{
	int told = 0;

	if (ret == -EINTR)
		return ret;
	for (size_t i = 0; i < r->begun; i++) {
		const struct attempt *a = &r->attempts[i];

		if (told && told != -ENETUNREACH && told != -EAFNOSUPPORT)
			break;
		told = a->fd >= 0 ? ret : a->err;
		r->sources->told = a->by_source;
	}
	return told ? told : -EHOSTUNREACH;
}

static void close_others(struct race *r, const struct attempt *winner)
{
	for (size_t i = 0; i < r->begun; i++)
		if (r->attempts[i].fd >= 0 && &r->attempts[i] != winner)
			close(r->attempts[i].fd);
}

static int race(struct race *r, struct cli_wait *w, int *fd, struct net_peer *peer)
{
	int ret = 0;
	const struct attempt *winner = run(r, w, &ret);

	if (winner) {
		*fd = winner->fd;
		net_describe(peer, winner->ai->ai_addr, winner->ai->ai_addrlen);
		ret = 0;
	} else {
		ret = what_to_tell(r, ret);
	}
	close_others(r, winner);
	return ret;
}

int net_race(const struct addrinfo *list, struct net_sources *sources, struct cli_wait *w, int *fd, struct net_peer *peer)
{
	const size_t n = count(list);
	const struct addrinfo **order = calloc(n, sizeof(*order));
	struct race r = { .n = n, .sources = sources };
	int ret = -ENOMEM;

	r.attempts = calloc(n, sizeof(*r.attempts));
	r.fds = calloc(n + 1, sizeof(*r.fds));
	if (r.attempts && r.fds && order) {
		net_interleave(list, order, n);
		for (size_t i = 0; i < n; i++)
			r.attempts[i] = (struct attempt){ .ai = order[i], .fd = -1 };
		ret = race(&r, w, fd, peer);
	}
	free(order);
	free(r.fds);
	free(r.attempts);
	return ret;
}
