/* SPDX-License-Identifier: MIT */
/* The sockets that the options ask for. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/say.h"
#include "ktls-cat/socket.h"
#include "net/dial.h"
#include "net/listen.h"

int socket_dial(const struct cat_options *o, struct cli_wait *w, int *fd, struct net_peer *peer, struct cli_failure *f)
{
	if (o->is_unix)
		return net_dial_unix(&o->unix_addr, w, fd, peer, f);
	return net_dial_from(o->proxy ? &o->proxy->addr : &o->addr, o->family, o->has_source ? &o->source : NULL, w, fd, peer, f);
}

/* Of the connections that are not accepted yet. A listener that takes one has no use for more. */
static int backlog(const struct cat_options *o)
{
	if (o->backlog)
		return o->backlog;
	return o->keep_open ? SOMAXCONN : 1;
}

static int open_listener(const struct cat_options *o, struct cli_wait *w, struct socket_listener *l, struct cli_failure *f)
{
	if (!o->is_unix)
		return net_listen(&o->addr, o->family, w, &l->fd, &l->bound, f);
	snprintf(l->bound.text, sizeof(l->bound.text), "%s", o->unix_addr.text);
	return net_listen_unix(&o->unix_addr, &l->fd, &l->place, f);
}

int socket_listen(const struct cat_options *o, struct cli_wait *w, struct socket_listener *l, struct cli_failure *f)
{
	*l = (struct socket_listener){ .o = o, .fd = -1 };
	if (open_listener(o, w, l, f))
		return f->code;
	/* Once more only changes the length. */
	listen(l->fd, backlog(o));
	/* Nobody could know the port otherwise. */
	if (o->verbose || (!o->is_unix && o->addr.port == 0))
		cli_say("listening on %s", l->bound.text);
	return 0;
}

int socket_accept_now(const struct socket_listener *l, int *fd, struct net_peer *peer)
{
	const int ret = net_accept_now(l->fd, fd, peer);

	if (!ret && l->o->is_unix)
		net_describe_unix(peer, &l->o->unix_addr, *fd);
	return ret;
}

int socket_accept(const struct socket_listener *l, struct cli_wait *w, int *fd, struct net_peer *peer, struct cli_failure *f)
{
	int ret;

	do {
		ret = cli_wait_fd(w, l->fd, POLLIN);
		if (ret < 0)
			return cli_fail_wait(f, w, ret, l->bound.text, "waiting for a connection");
		ret = socket_accept_now(l, fd, peer);
	} while (ret == -EAGAIN);
	if (ret)
		return cli_fail(f, CLI_IO, "%s: cannot accept: %s", l->bound.text, strerror(-ret));
	if (l->o->verbose)
		cli_say("connection from %s", peer->text);
	return 0;
}

void socket_unlisten(struct socket_listener *l)
{
	/* While it still listens: a path that nobody listens on is somebody else's to take. */
	if (l->fd >= 0 && l->o->is_unix)
		net_remove_unix(&l->o->unix_addr, &l->place);
	socket_forget(l);
}

void socket_forget(struct socket_listener *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}
