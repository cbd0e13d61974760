/* SPDX-License-Identifier: MIT */
/* Both directions of a connection at once: source to peer, peer to sink. */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/ssl.h>

#include "ktls-cat/relay.h"

enum {
	/* Steps of one direction before the other one, and signals, are looked at. */
	STEPS = 16,
	BACKOFF_MAX_MS = 20,
};

enum {
	SLOT_SIGNAL, SLOT_SOCKET, SLOT_SOURCE, SLOT_SINK, SLOTS,
};

/* Source to peer. */
enum up_state {
	UP_FLOWING,
	UP_CLOSING,	/* the source has ended; close_notify is on its way */
	UP_DONE,
};

/* Peer to sink. */
enum down_state {
	DOWN_FLOWING,
	DOWN_ENDED,	/* close_notify came; what was received before is being written */
	DOWN_DONE,
};

/* A wake-up that was for nothing delays the next one. */
struct backoff {
	int64_t ms, until;
};

struct relay {
	struct ktls_conn *conn;
	int fd;
	struct source *source;
	struct sink *sink;
	const char *where;
	struct cli_wait *w;
	struct cli_failure *f;
	int64_t now;			/* one reading of the clock for all that a turn decides: two could lie on both sides of a backoff's end */
	struct ktls_conn_info info;	/* version and paths; they do not change */

	enum up_state up;
	bool source_ready;		/* worth a try */
	bool conn_full;			/* wait until the socket takes more */
	bool was_writable;		/* poll() just said that it does */
	struct backoff up_backoff;
	struct cli_failure up_failure;	/* sending failed, but the peer may have said why */

	enum down_state down;
	bool sink_ready;
	bool conn_readable;		/* poll() just said so */
	unsigned in_vain;		/* wake-ups in a row that brought nothing */
	struct backoff down_backoff;
};

static bool waits(const struct relay *r, const struct backoff *b)
{
	return r->now < b->until;
}

static void backoff_more(struct backoff *b)
{
	b->ms = b->ms ? b->ms * 2 : 1;
	if (b->ms > BACKOFF_MAX_MS)
		b->ms = BACKOFF_MAX_MS;
	b->until = cli_now_ms() + b->ms;
}

/* --- failures ------------------------------------------------------------ */

/* What TLS forbids, or a key that cannot change. All else is of the network, or of the file that was sent. */
static int exit_code_for(int err, enum ktls_dir dir)
{
	switch (err) {
	case -ECONNABORTED:
		return CLI_TRUNCATED;
	case -EREMOTEIO:
	case -EBADMSG:
	case -EPROTO:
	case -EKEYEXPIRED:
	case -EKEYREJECTED:
	case -EOVERFLOW:
		return CLI_PROTOCOL;
	case -EINVAL:
	case -EMSGSIZE:
	case -EBUSY:
		return dir == KTLS_RX ? CLI_PROTOCOL : CLI_IO;
	default:
		return CLI_IO;
	}
}

static int fail_conn(struct relay *r, int err, enum ktls_dir dir, struct cli_failure *f)
{
	const char *text = ktls_conn_error(r->conn);

	return cli_fail(f, exit_code_for(err, dir), "%s: %s", r->where, *text ? text : strerror(-err));
}

/*
 * A peer that does not like what it got sends an alert and goes: then sending fails first, and the reason is still to
 * be received.
 */
static void up_failed(struct relay *r, int err)
{
	if ((err == -EPIPE || err == -ECONNRESET) && r->down == DOWN_FLOWING) {
		fail_conn(r, err, KTLS_TX, &r->up_failure);
		r->up = UP_DONE;
		return;
	}
	fail_conn(r, err, KTLS_TX, r->f);
}

static void down_failed(struct relay *r, int err)
{
	if (r->up_failure.code && err != -EREMOTEIO)
		*r->f = r->up_failure;
	else
		fail_conn(r, err, KTLS_RX, r->f);
}

/* --- source to peer ------------------------------------------------------ */

static void conn_is_full(struct relay *r)
{
	/* Writable, and still it takes nothing: not to be asked in a loop. */
	if (r->was_writable)
		backoff_more(&r->up_backoff);
	r->was_writable = false;
	r->conn_full = true;
}

/* Flushing and shutting down: both are done with 0. -EAGAIN may have got somewhere, so it is no reason to back off. */
static bool up_finish(struct relay *r, int ret)
{
	if (ret == -EAGAIN || ret == -EINTR) {
		r->conn_full = true;
		return false;
	}
	if (ret) {
		up_failed(r, ret);
		return false;
	}
	return true;
}

static bool up_close(struct relay *r)
{
	if (!up_finish(r, ktls_conn_shutdown(r->conn)))
		return false;
	r->up = UP_DONE;
	return true;
}

static bool up_send(struct relay *r)
{
	int err = 0;
	ssize_t n = source_send(r->source, r->conn, &err, r->f);

	switch (n) {
	case SOURCE_EMPTY:
		r->source_ready = false;
		return false;
	case SOURCE_CONN_FULL:
		conn_is_full(r);
		return false;
	case SOURCE_FAILED:
		return false;
	case SOURCE_CONN_FAILED:
		up_failed(r, err);
		return false;
	case 0:
		r->up = UP_CLOSING;
		return true;
	default:
		r->was_writable = false;
		r->up_backoff = (struct backoff){ .ms = 0 };
		return true;
	}
}

/* One step; whether it got anywhere. */
static bool up_step(struct relay *r)
{
	if (r->up == UP_DONE || r->conn_full || waits(r, &r->up_backoff))
		return false;
	if (r->up == UP_CLOSING)
		return up_close(r);
	/* Nothing is read while something waits to be sent: the source feels the peer's pace. */
	if (ktls_conn_events(r->conn) & POLLOUT)
		return up_finish(r, ktls_conn_flush(r->conn));
	return r->source_ready && up_send(r);
}

/* --- peer to sink -------------------------------------------------------- */

/*
 * The peer sends no more. TLS 1.3 lets us go on (RFC 8446 section 6.1), which serves a file or a pipe; a person at a terminal expects
 * the program to end. TLS 1.2 ends both directions (RFC 5246 section 7.2.1), so what was not sent is lost.
 */
static void peer_closed(struct relay *r)
{
	const bool tls12 = r->info.version == TLS1_2_VERSION;

	r->down = DOWN_ENDED;
	if (r->up_failure.code)
		*r->f = r->up_failure;
	if (r->up != UP_FLOWING || (!tls12 && r->source->stream.kind != STREAM_TERMINAL))
		return;
	if (source_has_rest(r->source))
		cli_fail(&r->up_failure, CLI_IO, "%s: the peer ended the connection before all of %s was sent", r->where,
			 r->source->name);
	r->up = UP_CLOSING;
}

/*
 * Linux 6.1 shows half a record as readable (the engine takes it in, the kernel's path cannot), and a pipe may be full
 * whatever poll() said: neither must become a loop. Once in a row is how every burst of data ends.
 */
static void nothing_received(struct relay *r)
{
	if (++r->in_vain > 1 && (r->info.dir[KTLS_RX].path == KTLS_PATH_KERNEL || ktls_conn_has_pending(r->conn)))
		backoff_more(&r->down_backoff);
	r->conn_readable = false;
	/* It may have been the pipe that took nothing. */
	if (r->sink->stream.kind == STREAM_PIPE)
		r->sink_ready = false;
}

static bool down_receive(struct relay *r)
{
	int err = 0;
	ssize_t n = sink_receive(r->sink, r->conn, &err, r->f);

	switch (n) {
	case SINK_WAIT:
		nothing_received(r);
		return false;
	case SINK_FAILED:
		return false;
	case SINK_CONN_FAILED:
		down_failed(r, err);
		return false;
	case 0:
		peer_closed(r);
		return true;
	default:
		r->in_vain = 0;
		r->down_backoff = (struct backoff){ .ms = 0 };
		return true;
	}
}

static bool down_write(struct relay *r)
{
	if (sink_write(r->sink, r->f) > 0)
		return true;
	r->sink_ready = false;
	return false;
}

static bool down_step(struct relay *r)
{
	if (r->down == DOWN_DONE)
		return false;
	if (r->down == DOWN_ENDED && !sink_has_rest(r->sink)) {
		r->down = DOWN_DONE;
		return sink_finish(r->sink, r->f) == 0;
	}
	if (!r->sink_ready)
		return false;
	if (sink_has_rest(r->sink))
		return down_write(r);
	if (waits(r, &r->down_backoff) || !(r->conn_readable || ktls_conn_has_pending(r->conn)))
		return false;
	return down_receive(r);
}

/* --- both ---------------------------------------------------------------- */

static bool all_steps(struct relay *r, bool (*step)(struct relay *))
{
	bool progress = false;

	for (int i = 0; i < STEPS && !r->f->code && step(r); i++)
		progress = true;
	return progress;
}

static short socket_events(const struct relay *r)
{
	short events = 0;

	if (r->conn_full && !waits(r, &r->up_backoff))
		events |= POLLOUT;
	if (r->down == DOWN_FLOWING && r->sink_ready && !r->conn_readable && !sink_has_rest(r->sink) && !waits(r, &r->down_backoff))
		events |= POLLIN;
	return events;
}

static void fill_slots(const struct relay *r, struct pollfd *fds)
{
	const short events = socket_events(r);

	for (int i = 0; i < SLOTS; i++)
		fds[i] = (struct pollfd){ .fd = -1 };
	/* With nothing to wait for, errors would only wake in vain; but while the source is waited for alone, they are news. */
	if (events || (r->down == DOWN_DONE && r->up == UP_FLOWING))
		fds[SLOT_SOCKET] = (struct pollfd){ .fd = r->fd, .events = events };
	if (r->up == UP_FLOWING && !r->source_ready && !r->conn_full)
		fds[SLOT_SOURCE] = (struct pollfd){ .fd = r->source->stream.poll_fd, .events = POLLIN };
	if (r->down != DOWN_DONE && !r->sink_ready)
		fds[SLOT_SINK] = (struct pollfd){ .fd = r->sink->stream.poll_fd, .events = POLLOUT };
}

/* How long to wait: not at all after progress, not beyond the end of a backoff. */
static int64_t poll_timeout(const struct relay *r, bool progress)
{
	int64_t until = -1;

	if (progress)
		return 0;
	if (waits(r, &r->up_backoff))
		until = r->up_backoff.until;
	if (waits(r, &r->down_backoff) && (until < 0 || r->down_backoff.until < until))
		until = r->down_backoff.until;
	return until < 0 ? -1 : until - r->now;
}

static void peer_is_gone(struct relay *r)
{
	int err = 0;
	socklen_t len = sizeof(err);

	getsockopt(r->fd, SOL_SOCKET, SO_ERROR, &err, &len);
	cli_fail(r->f, CLI_IO, "%s: the peer closed the connection: %s", r->where, strerror(err ? err : EPIPE));
}

static void take_events(struct relay *r, const struct pollfd *fds)
{
	const short events = fds[SLOT_SOCKET].events, got = fds[SLOT_SOCKET].revents;
	const bool trouble = got & (POLLERR | POLLHUP);

	if ((events & POLLOUT) && ((got & POLLOUT) || trouble)) {
		r->conn_full = false;
		r->was_writable = true;
	}
	/* An error or a hang-up is received like data. */
	if ((events & POLLIN) && ((got & POLLIN) || trouble))
		r->conn_readable = true;
	if (!events && trouble)
		peer_is_gone(r);
	if (fds[SLOT_SOURCE].revents)
		r->source_ready = true;
	if (fds[SLOT_SINK].revents)
		r->sink_ready = true;
}

static void wait_for_events(struct relay *r, bool progress)
{
	struct pollfd fds[SLOTS];
	int ret;

	fill_slots(r, fds);
	ret = cli_wait_poll(r->w, fds, SLOTS, poll_timeout(r, progress));
	if (ret < 0)
		cli_fail_wait(r->f, r->w, ret, r->where, "transferring data");
	else
		take_events(r, fds);
}

int relay_run(struct ktls_conn *conn, int fd, struct source *source, struct sink *sink, const char *where,
	      struct cli_wait *w, struct cli_failure *f)
{
	struct relay r = { .conn = conn, .fd = fd, .source = source, .sink = sink, .where = where, .w = w, .f = f };

	ktls_conn_get_info(conn, &r.info);
	while (!f->code && (r.up != UP_DONE || r.down != DOWN_DONE)) {
		bool progress;

		r.now = cli_now_ms();
		progress = all_steps(&r, up_step);
		progress |= all_steps(&r, down_step);
		if (!f->code && (r.up != UP_DONE || r.down != DOWN_DONE))
			wait_for_events(&r, progress);
	}
	if (!f->code && r.up_failure.code)
		*f = r.up_failure;
	return f->code;
}
