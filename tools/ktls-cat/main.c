/* SPDX-License-Identifier: MIT */
/* ktls-cat: standard input and output over TLS. */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "cli/say.h"
#include "cli/wait.h"
#include "ktls-cat/attempts.h"
#include "ktls-cat/connection.h"
#include "ktls-cat/options.h"
#include "ktls-cat/serve.h"
#include "ktls-cat/socket.h"
#include "out/document.h"

enum {
	/* More than the batches of both directions. */
	KEEP_LEN = 4 * 1024 * 1024,
};

/*
 * A closed standard descriptor would be the next one that is opened: the socket, say, with data or messages written to it.
 * In its place stands what reads as empty and cannot be written.
 */
static void fill_standard_fds(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY);
}

static void protect_process(void)
{
	/* Keys stay out of core dumps and away from debuggers of the same user; nothing run from here gains rights. */
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	signal(SIGPIPE, SIG_IGN);
}

/*
 * The engine gives its batches' memory back whenever there is nothing to do for them. That must not reach the system, only to be asked for
 * again, page by page, a few microseconds later.
 */
static void keep_memory(void)
{
	mallopt(M_MMAP_THRESHOLD, KEEP_LEN);
	mallopt(M_TRIM_THRESHOLD, KEEP_LEN);
}

static int accept_one(struct connection *c)
{
	struct socket_listener l = { .fd = -1 };

	if (socket_listen(c->o, c->wait, &l, &c->f) == 0)
		socket_accept(&l, c->wait, &c->fd, &c->report.peer, &c->f);
	socket_unlisten(&l);
	cli_wait_limit(c->wait, c->o->wait_ms);
	return c->f.code;
}

static int run(struct connection *c)
{
	if (connection_prepare(c))
		return c->f.code;
	if (!c->o->listen)
		return attempts_run(c) ? c->f.code : connection_transfer(c);
	return accept_one(c) ? c->f.code : connection_run(c);
}

static int run_one(struct connection *c, struct out_document *doc)
{
	if (c->o->json && out_document_open(doc, c->o->json_path, &c->f)) {
		cli_say("%s", c->f.text);
		return c->f.code;
	}
	run(c);
	connection_tell(c, doc);
	connection_close(c);
	return c->f.code;
}

/* In a child all is told already. */
static int run_many(struct connection *c, struct out_document *doc)
{
	const pid_t parent = getpid();

	if (c->o->json && out_document_open_lines(doc, c->o->json_path, &c->f)) {
		cli_say("%s", c->f.text);
		return c->f.code;
	}
	if (connection_prepare_session(c) == 0)
		serve_run(c, doc);
	if (getpid() != parent)
		return c->f.code;
	if (c->f.code >= CLI_SIGNAL)
		cli_say("%s", c->f.text);
	else
		connection_tell(c, doc);
	connection_close(c);
	return c->f.code;
}

int main(int argc, char **argv)
{
	static char name[] = "ktls-cat";
	/* What it points to lives as long as the program. */
	static struct cat_options o;
	struct out_document doc = { .to = NULL };
	struct cli_wait wait;
	struct connection c;

	fill_standard_fds();
	protect_process();
	keep_memory();
	cli_set_name(argv, name);
	cat_parse_options(&o, argc, argv);
	connection_init(&c, &o, &wait);
	if (cli_wait_init(&wait, &c.f)) {
		cli_say("%s", c.f.text);
		return c.f.code;
	}
	return o.keep_open ? run_many(&c, &doc) : run_one(&c, &doc);
}
