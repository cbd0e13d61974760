/* SPDX-License-Identifier: MIT */
/* One connection, from its socket to its report. */
#include <sys/stat.h>
#include <unistd.h>

#include "cli/say.h"
#include "ktls-cat/certs.h"
#include "ktls-cat/connection.h"
#include "ktls-cat/environment.h"
#include "ktls-cat/guard.h"
#include "ktls-cat/prelude.h"
#include "ktls-cat/scan.h"

static struct report empty_report(const struct cat_options *o)
{
	return (struct report){
		.is_server = o->listen,
		.proxy = o->proxy ? o->proxy->text : NULL,
		.starttls = o->starttls ? o->starttls->name : NULL,
		.handshake_seconds = -1, .seconds = -1, .command_status = -1,
	};
}

void connection_init(struct connection *c, const struct cat_options *o, struct cli_wait *w)
{
	*c = (struct connection){ .o = o, .wait = w, .fd = -1, .report = empty_report(o) };
}

static int open_command(struct connection *c)
{
	int in, out;

	if (exec_prepare(&c->exec, c->o, &in, &out, &c->f))
		return c->f.code;
	c->has_source = c->has_sink = true;
	sink_open_command(&c->sink, in, &c->f);
	return source_open_command(&c->source, out, &c->f);
}

/* Several connections cannot share what is typed once; a file is for each of them. */
static int open_source(struct connection *c)
{
	const struct flow *flow = &c->o->flow;

	if (flow->recv_only || (c->o->keep_open && c->o->max_conns > 1 && !c->o->file)) {
		source_open_silent(&c->source);
		c->has_source = true;
		return 0;
	}
	if (source_open(&c->source, c->o->file, &c->f))
		return c->f.code;
	c->has_source = true;
	c->source.reads_ahead = reader_is_wanted(c->o->threads, c->source.stream.kind == STREAM_FILE);
	return source_limit(&c->source, flow->has_offset ? (int64_t)flow->offset : -1, flow->has_length ? (int64_t)flow->length : -1,
			    &c->f);
}

static int open_sink(struct connection *c)
{
	const struct flow *flow = &c->o->flow;

	if (flow->send_only)
		sink_open_nobody(&c->sink);
	else if (flow->output ? sink_open_file(&c->sink, flow->output, &c->f) : sink_open(&c->sink, &c->f))
		return c->f.code;
	c->has_sink = true;
	return 0;
}

/* What is received would be written over what is still to be sent. */
static int check_output(struct connection *c)
{
	struct stat in, out;

	if (!c->o->flow.output || fstat(c->source.stream.io_fd, &in) < 0 || fstat(c->sink.fd, &out) < 0)
		return 0;
	if (!S_ISREG(in.st_mode) || in.st_dev != out.st_dev || in.st_ino != out.st_ino)
		return 0;
	return cli_fail(&c->f, CLI_USAGE, "--output: %s is the file that is sent", c->o->flow.output);
}

int connection_open_ends(struct connection *c)
{
	if (c->o->flow.scan)
		return 0;
	if (c->o->exec || c->o->sh_exec)
		return open_command(c);
	if (open_source(c) || open_sink(c))
		return c->f.code;
	return check_output(c);
}

int connection_prepare_session(struct connection *c)
{
	return session_new(&c->session, &c->o->session, c->o->listen, c->o->addr.host, &c->f);
}

int connection_begin_again(struct connection *c)
{
	const unsigned attempts = c->report.attempts;
	const struct sandbox_state sandbox = c->report.sandbox;

	session_free(c->session);
	c->session = NULL;
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->f = (struct cli_failure){ .code = 0 };
	c->report = empty_report(c->o);
	c->report.attempts = attempts;
	c->report.sandbox = sandbox;
	return connection_prepare_session(c);
}

int connection_prepare(struct connection *c)
{
	if (prelude_prepare(c) || connection_prepare_session(c))
		return c->f.code;
	return connection_open_ends(c);
}

/* For messages: a client names what the user typed, a listener who came. */
static const char *where(const struct connection *c)
{
	return c->o->listen ? c->report.peer.text : c->o->addr.text;
}

int connection_shake_hands(struct connection *c)
{
	const double start = cli_now_seconds();
	int ret;

	guard_enter(c, SANDBOX_HANDSHAKE);
	ret = session_start(c->session, c->fd, where(c), c->wait, &c->f);
	c->report.has_peer = true;
	cli_wait_limit(c->wait, -1);
	c->report.session = *session_info(c->session);
	c->report.has_session = c->report.session.version[0] != '\0';
	/* Most wanted when they do not verify. */
	if (c->o->show_certs)
		certs_show(c->report.session.chain);
	if (ret)
		return ret;
	c->report.handshake_seconds = cli_now_seconds() - start;
	c->report.has_conn = true;
	ktls_conn_get_info(session_conn(c->session), &c->report.conn);
	if (c->o->verbose) {
		report_negotiated(&c->report);
		if (c->o->session.keylog)
			cli_say("the secrets are in %s", c->o->session.keylog);
	}
	return 0;
}

/* What was sent or received early stands before all else. */
static void put_early(struct connection *c)
{
	size_t len;
	const uint8_t *data = session_early_rest(c->session, &len);

	if (c->o->listen)
		sink_put_first(&c->sink, data, len);
	else
		source_put_first(&c->source, data, len);
}

/* A session that has come is worth keeping, however the connection ended. */
static void save_session(struct connection *c)
{
	struct cli_failure f = { .code = 0 };

	if (session_save(c->session, &f) && !c->f.code)
		c->f = f;
}

static void close_streams(struct connection *c)
{
	if (c->has_sink)
		sink_close(&c->sink);
	if (c->has_source)
		source_close(&c->source);
	c->has_sink = c->has_source = false;
}

/* One that cannot be run leaves the peer with a connection that ends well and empty. */
static void begin_command(struct connection *c, struct cli_failure *f)
{
	char env[ENVIRONMENT_ROOM];

	if (c->exec.exists)
		exec_begin(&c->exec, c->o, env, environment_of(&c->report, env), f);
}

static void finish_command(struct connection *c)
{
	if (!c->exec.exists)
		return;
	close_streams(c);
	exec_finish(&c->exec, c->wait, c->f.code == 0, &c->f);
	c->report.command_status = exec_status(&c->exec);
	if (c->o->verbose && c->report.command_status >= 0)
		cli_say("the command ended with status %d", c->report.command_status);
}

/* A terminal sees how far it is if there is an end to be near to, and somebody who wants to know. */
static bool shows_progress(const struct connection *c)
{
	const enum flow_progress wanted = c->o->flow.progress;

	if (wanted != FLOW_PROGRESS_AUTO)
		return wanted == FLOW_PROGRESS_ON;
	return c->o->verbose && isatty(STDERR_FILENO) && source_total(&c->source) >= 0;
}

static void relay(struct connection *c)
{
	const struct relay_ends ends = {
		.conn = session_conn(c->session), .fd = c->fd, .where = where(c), .source = &c->source, .sink = &c->sink,
		.flow = &c->o->flow, .progress = shows_progress(c),
	};

	relay_run(&ends, c->wait, &c->f);
}

/* No data: a peer that is told so at once has nothing to wait for. */
static int scan(struct connection *c)
{
	struct ktls_conn *conn = session_conn(c->session);

	scan_show(&c->report, where(c), &c->f);
	ktls_conn_shutdown(conn);
	ktls_conn_get_info(conn, &c->report.conn);
	return c->f.code;
}

int connection_transfer(struct connection *c)
{
	const double start = cli_now_seconds();
	struct ktls_conn *conn = session_conn(c->session);
	struct cli_failure not_run = { .code = 0 };

	guard_enter(c, SANDBOX_RELAY);
	if (c->o->flow.scan)
		return scan(c);
	begin_command(c, &not_run);
	put_early(c);
	relay(c);
	c->report.seconds = cli_now_seconds() - start;
	ktls_conn_get_info(conn, &c->report.conn);
	save_session(c);
	if (!not_run.code) {
		finish_command(c);
		return c->f.code;
	}
	c->f = not_run;
	return c->f.code;
}

int connection_run(struct connection *c)
{
	return connection_shake_hands(c) ? c->f.code : connection_transfer(c);
}

/* Standard error is either for people or, with --json and without a file, for programs. */
static void tell_failure(const struct connection *c)
{
	if (c->f.code && !(c->o->json && !c->o->json_path))
		cli_say("%s", c->f.text);
}

static int write_report(struct connection *c, struct out_document *doc, struct cli_failure *f)
{
	json_t *root = report_document(&c->report, &c->f);

	return c->o->keep_open ? out_document_add_line(doc, root, f) : out_document_write(doc, root, f);
}

void connection_tell(struct connection *c, struct out_document *doc)
{
	struct cli_failure f = { .code = 0 };

	tell_failure(c);
	if (!c->o->json || write_report(c, doc, &f) == 0)
		return;
	cli_say("%s", f.text);
	if (!c->f.code)
		c->f = f;
}

void connection_close(struct connection *c)
{
	close_streams(c);
	/* A command that was never begun, too. */
	exec_finish(&c->exec, c->wait, false, &c->f);
	session_free(c->session);
	if (c->fd >= 0)
		close(c->fd);
}
