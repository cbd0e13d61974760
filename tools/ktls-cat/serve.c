/* SPDX-License-Identifier: MIT */
/* Many connections: a process each, and one that only accepts. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/say.h"
#include "ktls-cat/children.h"
#include "ktls-cat/serve.h"
#include "ktls-cat/socket.h"

enum {
	/* Before the next try, when the system is out of something. */
	PAUSE_MIN_MS = 50,
	PAUSE_MAX_MS = 1000,
};

/* What accept() and fork() say where another time may be better; all else stays as it is. */
static const int shortages[] = { EMFILE, ENFILE, ENOBUFS, ENOMEM, EAGAIN };

struct server {
	struct connection *c;		/* whose session the children take over */
	struct out_document *doc;
	struct socket_listener listener;
	struct children children;
	int64_t pause_ms, pause_until;	/* 0: none */
};

static bool is_shortage(int err)
{
	for (size_t i = 0; i < sizeof(shortages) / sizeof(shortages[0]); i++)
		if (err == -shortages[i])
			return true;
	return false;
}

/* The first of a row is told; it may go on for hours. */
static void pause_for(struct server *s, int err, const char *doing)
{
	if (!s->pause_ms)
		cli_say("%s: cannot %s now: %s; trying again", s->listener.bound.text, doing, strerror(-err));
	s->pause_ms = s->pause_ms ? s->pause_ms * 2 : PAUSE_MIN_MS;
	if (s->pause_ms > PAUSE_MAX_MS)
		s->pause_ms = PAUSE_MAX_MS;
	s->pause_until = cli_now_ms() + s->pause_ms;
}

/* --- in a child ---------------------------------------------------------- */

/* Which of several connections a line is about. */
static void set_name(void)
{
	static char name[32];

	snprintf(name, sizeof(name), "%s[%d]", program_invocation_short_name, (int)getpid());
	program_invocation_short_name = name;
}

static int run_child(struct server *s, int fd, const struct net_peer *peer)
{
	const struct cat_options *o = s->c->o;
	struct connection c;

	socket_forget(&s->listener);
	set_name();
	connection_init(&c, o, s->c->wait);
	c.session = s->c->session;
	s->c->session = NULL;
	c.fd = fd;
	c.report.peer = *peer;
	if (o->verbose)
		cli_say("connection from %s", peer->text);
	cli_wait_limit(c.wait, o->wait_ms);
	if (!connection_open_ends(&c))
		connection_run(&c);
	connection_tell(&c, s->doc);
	connection_close(&c);
	return c.f.code;
}

/* --- in the parent ------------------------------------------------------- */

/* Whether this is a child now, that has ended its work. */
static bool accept_next(struct server *s)
{
	struct net_peer peer;
	int fd, err = socket_accept_now(&s->listener, &fd, &peer);
	pid_t pid;

	if (err == -EAGAIN)
		return false;
	if (err && !is_shortage(err))
		cli_fail(&s->c->f, CLI_IO, "%s: cannot accept: %s", s->listener.bound.text, strerror(-err));
	else if (err)
		pause_for(s, err, "accept connections");
	if (err)
		return false;
	pid = children_fork(&s->children);
	if (pid == 0) {
		s->c->f.code = run_child(s, fd, &peer);
		return true;
	}
	close(fd);
	if (pid < 0)
		pause_for(s, (int)pid, "start a process for a connection");
	else
		s->pause_ms = 0;
	return false;
}

/* Whoever is too many, or comes in a pause, waits in the backlog. */
static int wait_for_news(struct server *s, bool *can_accept)
{
	const int64_t left = s->pause_ms ? s->pause_until - cli_now_ms() : 0;
	const bool may = s->children.n < s->children.max && left <= 0;
	struct pollfd fds[3] = {
		[1] = { .fd = s->children.news_fd, .events = POLLIN },
		[2] = { .fd = may ? s->listener.fd : -1, .events = POLLIN },
	};
	const int ret = cli_wait_poll(s->c->wait, fds, 3, left > 0 ? left : -1);

	*can_accept = ret > 0 && fds[2].revents;
	return ret;
}

/* Whether this is a child now, as above. */
static bool accept_all(struct server *s)
{
	while (!s->c->f.code) {
		bool can_accept;
		const int ret = wait_for_news(s, &can_accept);

		if (ret < 0)
			cli_fail_wait(&s->c->f, s->c->wait, ret, s->listener.bound.text, "waiting for connections");
		children_reap(&s->children);
		if (ret > 0 && can_accept && accept_next(s))
			return true;
	}
	return false;
}

int serve_run(struct connection *c, struct out_document *doc)
{
	struct server s = { .c = c, .doc = doc, .listener.fd = -1, .children.news_fd = -1 };

	if (children_init(&s.children, c->o->max_conns, &c->f) == 0 && socket_listen(c->o, c->wait, &s.listener, &c->f) == 0) {
		if (accept_all(&s))
			return c->f.code;
		socket_unlisten(&s.listener);
		children_end(&s.children, c->wait);
	}
	children_free(&s.children);
	socket_unlisten(&s.listener);
	return c->f.code;
}
