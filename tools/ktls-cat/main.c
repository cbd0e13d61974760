/* SPDX-License-Identifier: MIT */
/* ktls-cat: standard input and output over TLS. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "cli/say.h"
#include "cli/wait.h"
#include "ktls-cat/options.h"
#include "ktls-cat/relay.h"
#include "ktls-cat/report.h"
#include "net/dial.h"
#include "net/listen.h"
#include "out/document.h"

/* Everything that a run opens, so that all of it can be closed whichever way it ends. */
struct run {
	const struct cat_options *o;
	struct cli_wait wait;
	struct session *session;
	struct source source;
	struct sink sink;
	bool has_source, has_sink;
	int fd;
	struct report report;
	struct cli_failure f;
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

static int open_streams(struct run *r)
{
	if (source_open(&r->source, r->o->file, &r->f))
		return r->f.code;
	r->has_source = true;
	if (sink_open(&r->sink, &r->f))
		return r->f.code;
	r->has_sink = true;
	return 0;
}

static int accept_one(struct run *r)
{
	const struct cat_options *o = r->o;
	struct net_peer bound;
	int ret, listen_fd = -1;

	if (net_listen(&o->addr, o->family, &r->wait, &listen_fd, &bound, &r->f))
		return r->f.code;
	/* Nobody could know the port otherwise. */
	if (o->verbose || o->addr.port == 0)
		cli_say("listening on %s", bound.text);
	ret = net_accept(listen_fd, bound.text, &r->wait, &r->fd, &r->report.peer, &r->f);
	close(listen_fd);
	if (ret)
		return ret;
	if (o->verbose)
		cli_say("connection from %s", r->report.peer.text);
	cli_wait_limit(&r->wait, o->wait_ms);
	return 0;
}

static int dial(struct run *r)
{
	cli_wait_limit(&r->wait, r->o->wait_ms);
	return net_dial(&r->o->addr, r->o->family, &r->wait, &r->fd, &r->report.peer, &r->f);
}

/* For messages: a client names what the user typed, a listener who came. */
static const char *where(const struct run *r)
{
	return r->o->listen ? r->report.peer.text : r->o->addr.text;
}

static int shake_hands(struct run *r)
{
	const double start = cli_now_seconds();
	const int ret = session_start(r->session, r->fd, where(r), &r->wait, &r->f);

	cli_wait_limit(&r->wait, -1);
	r->report.session = *session_info(r->session);
	r->report.has_session = r->report.session.version[0] != '\0';
	if (ret)
		return ret;
	r->report.handshake_seconds = cli_now_seconds() - start;
	r->report.has_conn = true;
	ktls_conn_get_info(session_conn(r->session), &r->report.conn);
	if (r->o->verbose)
		report_negotiated(&r->report);
	return 0;
}

static int transfer(struct run *r)
{
	const double start = cli_now_seconds();
	struct ktls_conn *conn = session_conn(r->session);
	const int ret = relay_run(conn, r->fd, &r->source, &r->sink, where(r), &r->wait, &r->f);

	r->report.seconds = cli_now_seconds() - start;
	ktls_conn_get_info(conn, &r->report.conn);
	return ret;
}

static int run(struct run *r)
{
	const struct cat_options *o = r->o;

	if (cli_wait_init(&r->wait, &r->f))
		return r->f.code;
	if (session_new(&r->session, &o->session, o->listen, o->addr.host, &r->f))
		return r->f.code;
	if (open_streams(r))
		return r->f.code;
	if (o->listen ? accept_one(r) : dial(r))
		return r->f.code;
	r->report.has_peer = true;
	if (shake_hands(r))
		return r->f.code;
	return transfer(r);
}

static void clean_up(struct run *r)
{
	if (r->has_sink)
		sink_close(&r->sink);
	if (r->has_source)
		source_close(&r->source);
	session_free(r->session);
	if (r->fd >= 0)
		close(r->fd);
}

/* Standard error is either for people or, with --json and without a file, for programs. */
static void tell_failure(const struct run *r)
{
	if (r->f.code && !(r->o->json && !r->o->json_path))
		cli_say("%s", r->f.text);
}

static int write_report(struct run *r, struct out_document *doc)
{
	struct cli_failure f = { .code = 0 };

	if (out_document_write(doc, report_document(&r->report, &r->f), &f) == 0)
		return r->f.code;
	cli_say("%s", f.text);
	return r->f.code ? r->f.code : f.code;
}

static int run_with_report(struct run *r)
{
	struct out_document doc = { .to = NULL };
	int code;

	if (r->o->json && out_document_open(&doc, r->o->json_path, &r->f)) {
		cli_say("%s", r->f.text);
		return r->f.code;
	}
	run(r);
	tell_failure(r);
	code = r->o->json ? write_report(r, &doc) : r->f.code;
	clean_up(r);
	return code;
}

int main(int argc, char **argv)
{
	static char name[] = "ktls-cat";
	struct cat_options o;
	struct run r = { .o = &o, .fd = -1, .report = { .handshake_seconds = -1, .seconds = -1 } };

	fill_standard_fds();
	protect_process();
	cli_set_name(argv, name);
	cat_parse_options(&o, argc, argv);
	r.report.is_server = o.listen;
	return run_with_report(&r);
}
