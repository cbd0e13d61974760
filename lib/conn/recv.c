/* SPDX-License-Identifier: MIT */
/* Receiving: data to the caller, control records to control.c. */
#include <errno.h>
#include <string.h>

#include "conn/conn.h"

/* What the peer is told when its records cannot be used; RFC 8446 section 6.2. */
static uint8_t alert_for(int err)
{
	switch (err) {
	case -EBADMSG:
		return TLS_ALERT_BAD_RECORD_MAC;
	case -EMSGSIZE:
		return TLS_ALERT_RECORD_OVERFLOW;
	case -EINVAL:
	case -EPROTO:
		return TLS_ALERT_UNEXPECTED_MESSAGE;
	default:
		return TLS_ALERT_INTERNAL_ERROR;
	}
}

/* Errors of TCP and of the peer's own making need no alert: nobody is there to read it. */
static bool peer_wants_alert(int err)
{
	return err == -EBADMSG || err == -EMSGSIZE || err == -EINVAL || err == -EPROTO || err == -EKEYEXPIRED;
}

static int rx_fail(struct ktls_conn *c, int err)
{
	if (conn_is_transient(err))
		return err;
	errmsg_set(&c->err, err, "receiving failed: %s", strerror(-err));
	c->rx.dead = err;
	if (peer_wants_alert(err))
		conn_send_fatal_alert(c, alert_for(err), err);
	return err;
}

static int rx_truncated(struct ktls_conn *c)
{
	errmsg_set(&c->err, -ECONNABORTED, "the peer closed without close_notify: what was received may be cut short");
	return rx_fail(c, -ECONNABORTED);
}

/* 0 to go on receiving, 1 at the end of the stream. */
static int take_control(struct ktls_conn *c, uint8_t type, const uint8_t *data, size_t len, bool eor)
{
	int ret = conn_take_control(c, type, data, len, eor);

	return ret < 0 ? rx_fail(c, ret) : ret;
}

static ssize_t took_data(struct ktls_conn *c, ssize_t n)
{
	c->rx.bytes += (uint64_t)n;
	c->rx.control_run = 0;
	return n;
}

/* One receive on the path: > 0 data in @buf, 0 a control record was dealt with, 1 in *@end at the end. */
static ssize_t receive_once(struct ktls_conn *c, void *buf, size_t len, bool *end)
{
	uint8_t type = 0;
	bool eor = false;
	ssize_t n = c->rx.path->ops->recv(c->rx.path, buf, len, &type, &eor);
	int ret;

	/* Nothing was taken: the next call may have more luck. */
	if (n == -ENOMEM)
		return -ENOMEM;
	if (n < 0)
		return rx_fail(c, (int)n);
	if (n == 0)
		return rx_truncated(c);
	if (type == TLS_CT_DATA)
		return took_data(c, n);
	ret = take_control(c, type, buf, (size_t)n, eor);
	*end = ret == 1;
	return ret < 0 ? ret : 0;
}

static size_t spill_take(struct conn_rx *rx, void *buf, size_t len)
{
	size_t n = MIN(len, rx->spill_len);

	memcpy(buf, rx->spill.data + rx->spill_off, n);
	rx->spill_off += n;
	rx->spill_len -= n;
	return n;
}

ssize_t ktls_conn_recv(struct ktls_conn *conn, void *buf, size_t len)
{
	bool end = false;
	ssize_t n = 0;

	if (!len)
		return -EINVAL;
	if (conn->rx.spill_len)
		return (ssize_t)spill_take(&conn->rx, buf, len);
	while (!n && !end) {
		if (conn->rx.dead || conn->rx.ended)
			return conn->rx.dead;
		n = receive_once(conn, buf, len, &end);
	}
	return n;
}

/* A control record is next: no longer than the buffer that collects it. */
static ssize_t receive_control(struct ktls_conn *c, bool *end)
{
	size_t room;
	uint8_t *buf = conn_control_room(c, &room);

	return buf ? receive_once(c, buf, room, end) : -ENOMEM;
}

/* The kernel's way into a pipe: -EOPNOTSUPP where the path has none. */
static ssize_t splice_to_pipe(struct ktls_conn *c, int pipe_fd, size_t len)
{
	bool end = false;
	ssize_t n;

	for (;;) {
		if (c->rx.dead || c->rx.ended)
			return c->rx.dead;
		n = c->rx.path->ops->splice(c->rx.path, pipe_fd, len);
		if (n > 0)
			return took_data(c, n);
		if (n == -EOPNOTSUPP)
			return n;
		if (n == 0)
			return rx_truncated(c);
		if (n != -ENOMSG)
			return rx_fail(c, (int)n);
		n = receive_control(c, &end);
		if (n < 0 || end)
			return n;
	}
}

static ssize_t spill_to_pipe(struct ktls_conn *c, int pipe_fd)
{
	struct conn_rx *rx = &c->rx;
	ssize_t n = c->env.sys->write(pipe_fd, rx->spill.data + rx->spill_off, rx->spill_len);

	/* The pipe's troubles are the caller's: this direction of the connection stays alive. */
	if (n < 0)
		return -errno;
	rx->spill_off += (size_t)n;
	rx->spill_len -= (size_t)n;
	return n;
}

static int spill_fill(struct ktls_conn *c, size_t len)
{
	struct conn_rx *rx = &c->rx;
	ssize_t n;

	len = MIN(len, CONN_SPILL_LEN);
	if (bulk_need(&rx->spill, len))
		return -ENOMEM;
	n = ktls_conn_recv(c, rx->spill.data, len);
	if (n > 0) {
		rx->spill_off = 0;
		rx->spill_len = (size_t)n;
		bulk_holds_plain(&rx->spill, (size_t)n);
	}
	if (n == -EAGAIN)
		bulk_free(&rx->spill);
	return (int)n;
}

ssize_t ktls_conn_recv_to_pipe(struct ktls_conn *conn, int pipe_fd, size_t len)
{
	ssize_t n;

	if (!len)
		return -EINVAL;
	if (!conn->rx.spill_len) {
		n = splice_to_pipe(conn, pipe_fd, len);
		if (n != -EOPNOTSUPP)
			return n;
		n = spill_fill(conn, len);
		if (n <= 0)
			return n;
	}
	return spill_to_pipe(conn, pipe_fd);
}

bool ktls_conn_has_pending(const struct ktls_conn *conn)
{
	if (conn->rx.spill_len)
		return true;
	return !conn->rx.dead && !conn->rx.ended && conn->rx.path->ops->has_buffered(conn->rx.path);
}
