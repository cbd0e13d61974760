/* SPDX-License-Identifier: MIT */
/* Both directions of a connection at once: source to peer, peer to sink. */
#include <errno.h>
#include <linux/sockios.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <openssl/ssl.h>

#include "ktls-cat/pace.h"
#include "ktls-cat/progress.h"
#include "ktls-cat/relay.h"

enum {
	/* Steps of one direction before the other one, and signals, are looked at. */
	STEPS = 16,
	BACKOFF_MAX_MS = 20,
	/* For a peer whose data nobody wants any more to close, too. */
	LINGER_MS = 2000,
	/* How often it is asked whether it has got ours. */
	LINGER_STEP_MS = 50,
};

enum {
	SLOT_SIGNAL, SLOT_SOCKET, SLOT_SOURCE, SLOT_SINK, SLOTS,
};

/* Source to peer. */
enum up_state {
	UP_FLOWING,
	UP_HELD,	/* the source has ended, and our direction is to stay open */
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
	const struct relay_ends *ends;
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
	struct pace pace;
	int64_t pace_until;		/* more may be sent from then on */
	struct cli_failure up_failure;	/* sending failed, but the peer may have said why */

	enum down_state down;
	bool sink_ready;
	bool conn_readable;		/* poll() just said so */
	unsigned in_vain;		/* wake-ups in a row that brought nothing */
	struct backoff down_backoff;
	int64_t linger_until;		/* 0: not lingering */

	int64_t moved_ms;		/* when data moved last */
	uint64_t sent, received;
	struct progress progress;
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
	/* A pipe that nobody reads has ended it; or it is cut off where nobody would have got the rest. */
	if (r->sink->gone && (err == -EPIPE || (err == -ECONNABORTED && r->linger_until)))
		r->down = DOWN_DONE;
	else if (r->up_failure.code && err != -EREMOTEIO)
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

/* How much may be sent now; 0: not before pace_until. */
static size_t up_allowance(struct relay *r)
{
	const size_t len = pace_allow(&r->pace, SIZE_MAX, r->now);

	if (!len)
		r->pace_until = pace_next(&r->pace, r->now);
	return len;
}

static void up_ended(struct relay *r)
{
	r->up = r->ends->flow->no_shutdown && r->down == DOWN_FLOWING ? UP_HELD : UP_CLOSING;
}

static void up_sent(struct relay *r, size_t n)
{
	r->was_writable = false;
	r->up_backoff = (struct backoff){ .ms = 0 };
	pace_took(&r->pace, n);
	r->sent += n;
	r->moved_ms = r->now;
}

static bool up_send(struct relay *r)
{
	const size_t len = up_allowance(r);
	ssize_t n;
	int err = 0;

	if (!len)
		return false;
	n = source_send(r->source, r->conn, len, &err, r->f);
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
		up_ended(r);
		return true;
	default:
		up_sent(r, (size_t)n);
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
	return r->up == UP_FLOWING && (r->source_ready || source_has_first(r->source)) && r->now >= r->pace_until && up_send(r);
}

/* --- peer to sink -------------------------------------------------------- */

static bool ends_with_peer(const struct source *s)
{
	return s->stream.kind == STREAM_TERMINAL || s->stream.kind == STREAM_SILENT;
}

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
	if (r->up == UP_HELD)
		r->up = UP_CLOSING;
	if (r->up != UP_FLOWING || (!tls12 && !ends_with_peer(r->source)))
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
	if (r->sink->spliced)
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
		r->received += (uint64_t)n;
		r->moved_ms = r->now;
		r->in_vain = 0;
		r->down_backoff = (struct backoff){ .ms = 0 };
		return true;
	}
}

static bool down_write(struct relay *r)
{
	if (sink_write(r->sink, r->f) > 0) {
		r->moved_ms = r->now;
		return true;
	}
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

/* Whether the peer's TCP has all that was sent. */
static bool all_acknowledged(const struct relay *r)
{
	int n = 0;

	return ioctl(r->fd, SIOCOUTQ, &n) < 0 || n == 0;
}

static void end_lingering(struct relay *r)
{
	if (r->ends->flow->quit_ms < 0 && !all_acknowledged(r)) {
		r->linger_until = r->now + LINGER_STEP_MS;
		return;
	}
	/* What was received before is still written. */
	r->down = DOWN_ENDED;
	if (r->up == UP_HELD)
		r->up = UP_CLOSING;
}

/*
 * All is sent. The peer has as long to end, too, as the user says, or some time if nobody wants what it may still send: a
 * socket that is closed with data unread throws away what is on its way to the peer, the last words of a command, say.
 */
static void linger(struct relay *r)
{
	const int64_t ms = r->ends->flow->quit_ms >= 0 ? r->ends->flow->quit_ms : r->sink->gone ? LINGER_MS : -1;

	if ((r->up != UP_DONE && r->up != UP_HELD) || r->down != DOWN_FLOWING || ms < 0)
		return;
	if (!r->linger_until)
		r->linger_until = r->now + ms;
	if (r->now >= r->linger_until)
		end_lingering(r);
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
	else if (r->down == DOWN_FLOWING && sink_may_go(r->sink))
		fds[SLOT_SINK] = (struct pollfd){ .fd = r->sink->stream.poll_fd };
}

static int64_t idle_until(const struct relay *r)
{
	return r->ends->flow->idle_ms < 0 ? -1 : r->moved_ms + r->ends->flow->idle_ms;
}

/* The next time at which something is due; -1: none. */
static int64_t next_due(const struct relay *r)
{
	int64_t until = cli_sooner(idle_until(r), progress_next(&r->progress));

	if (waits(r, &r->up_backoff))
		until = cli_sooner(until, r->up_backoff.until);
	if (waits(r, &r->down_backoff))
		until = cli_sooner(until, r->down_backoff.until);
	if (r->up == UP_FLOWING && r->pace_until > r->now)
		until = cli_sooner(until, r->pace_until);
	if (r->linger_until && r->down == DOWN_FLOWING)
		until = cli_sooner(until, r->linger_until);
	return until;
}

/* How long to wait: not at all after progress, not beyond what is due. */
static int64_t poll_timeout(const struct relay *r, bool progress)
{
	const int64_t until = progress ? r->now : next_due(r);

	return until < 0 ? -1 : until < r->now ? 0 : until - r->now;
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
	if ((fds[SLOT_SINK].revents & POLLERR) && sink_may_go(r->sink))
		sink_has_gone(r->sink);
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

static bool is_idle(const struct relay *r)
{
	return r->ends->flow->idle_ms >= 0 && r->now >= idle_until(r);
}

static void look_at_clock(struct relay *r)
{
	r->now = cli_now_ms();
	linger(r);
	progress_show(&r->progress, r->sent, r->received, r->now);
}

static bool is_done(const struct relay *r)
{
	return r->up == UP_DONE && r->down == DOWN_DONE;
}

static void turn(struct relay *r)
{
	bool progress;

	look_at_clock(r);
	progress = all_steps(r, up_step);
	progress |= all_steps(r, down_step);
	if (r->f->code || is_done(r))
		return;
	if (!progress && is_idle(r))
		cli_fail(r->f, CLI_TIMEOUT, "%s: no data came or went for %lld ms (--idle-timeout)", r->where,
			 (long long)r->ends->flow->idle_ms);
	else
		wait_for_events(r, progress);
}

static int begin(struct relay *r)
{
	const struct flow *flow = r->ends->flow;

	r->now = r->moved_ms = cli_now_ms();
	ktls_conn_get_info(r->conn, &r->info);
	if (source_begin(r->source, r->info.dir[KTLS_TX].path, r->f) || sink_begin(r->sink, r->info.dir[KTLS_RX].path, r->f))
		return r->f->code;
	pace_start(&r->pace, flow->rate, r->now);
	if (r->ends->progress)
		progress_start(&r->progress, source_total(r->source), r->now);
	return 0;
}

int relay_run(const struct relay_ends *ends, struct cli_wait *w, struct cli_failure *f)
{
	struct relay r = {
		.ends = ends, .conn = ends->conn, .fd = ends->fd, .source = ends->source, .sink = ends->sink, .where = ends->where,
		.w = w, .f = f,
	};

	if (begin(&r))
		return f->code;
	while (!f->code && !is_done(&r))
		turn(&r);
	progress_finish(&r.progress, r.sent, r.received, cli_now_ms());
	if (!f->code && r.up_failure.code)
		*f = r.up_failure;
	return f->code;
}
