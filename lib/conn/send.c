/* SPDX-License-Identifier: MIT */
/* Sending: data, what waits before it, and the end of it. */
#include <errno.h>
#include <string.h>

#include "conn/conn.h"

enum {
	/* The kernel closes a record after so many page fragments, and each may be a single byte. */
	SPLICE_MIN_RECORD = 17,
};

int conn_tx_fail(struct ktls_conn *c, int err)
{
	if (!err || conn_is_transient(err))
		return err;
	errmsg_set(&c->err, err, "sending failed: %s", strerror(-err));
	c->tx.dead = err;
	return err;
}

void conn_send_fatal_alert(struct ktls_conn *c, uint8_t description, int err)
{
	const uint8_t alert[2] = { TLS_ALERT_FATAL, description };
	socklen_t len = sizeof(int);
	int pending;

	if (c->tx.dead || c->tx.close != CLOSE_NONE)
		return;
	/* A kernel that could not open a record leaves the error on the socket too, where it would fail the next send. */
	c->env.sys->getsockopt(c->env.fd, SOL_SOCKET, SO_ERROR, &pending, &len);
	/* Best effort: a peer that does not read must not keep us from ending. */
	if (c->tx.path->ops->send_control(c->tx.path, TLS_CT_ALERT, alert, sizeof(alert)) == 0)
		c->tx.path->ops->flush(c->tx.path);
	c->tx.dead = err;
}

static int close_progress(struct ktls_conn *c)
{
	static const uint8_t close_notify[2] = { TLS_ALERT_WARNING, TLS_ALERT_CLOSE_NOTIFY };
	const struct path_tx_ops *ops = c->tx.path->ops;
	int ret;

	if (c->tx.close == CLOSE_WANTED) {
		ret = ops->send_control(c->tx.path, TLS_CT_ALERT, close_notify, sizeof(close_notify));
		if (ret)
			return conn_tx_fail(c, ret);
		c->tx.close = CLOSE_NOTIFIED;
	}
	if (c->tx.close == CLOSE_NOTIFIED) {
		ret = ops->flush(c->tx.path);
		if (ret)
			return conn_tx_fail(c, ret);
		/* A peer that has gone already cannot be told: everything was handed over, and that is success. */
		if (c->env.sys->shutdown(c->env.fd, SHUT_WR) < 0 && errno != ENOTCONN)
			return conn_tx_fail(c, -errno);
		c->tx.close = CLOSE_DONE;
	}
	return 0;
}

int conn_tx_progress(struct ktls_conn *c)
{
	int ret;

	if (c->tx.dead)
		return c->tx.dead;
	ret = conn_key_update_progress(c);
	return ret ? ret : close_progress(c);
}

/* What every data call does first. */
static int begin_data(struct ktls_conn *c)
{
	int ret = conn_tx_progress(c);

	if (ret)
		return ret;
	if (c->tx.close != CLOSE_NONE)
		return errmsg_set(&c->err, -EPIPE, "sending after close_notify");
	ret = conn_key_update_if_due(c);
	return ret ? ret : conn_key_update_progress(c);
}

/* What every data call does last. @frag as conn_count_sent(). */
static ssize_t end_data(struct ktls_conn *c, ssize_t n, size_t frag)
{
	if (n < 0)
		return conn_tx_fail(c, (int)n);
	c->tx.bytes += (uint64_t)n;
	conn_count_sent(c, (size_t)n, frag);
	return n;
}

/* With a rekey limit in bytes no call may run far past it, or one sendfile() would take the whole file. */
static size_t limit_len(const struct ktls_conn *c, size_t len)
{
	uint64_t left;

	if (!c->rekey_after || c->version != TLS_1_3)
		return len;
	left = c->rekey_after > c->tx.key_bytes ? c->rekey_after - c->tx.key_bytes : 1;
	return left < len ? (size_t)left : len;
}

static ssize_t send_data(struct ktls_conn *c, const void *buf, size_t len, bool more)
{
	int ret = begin_data(c);

	if (ret)
		return ret;
	if (!len)
		return 0;
	len = limit_len(c, len);
	return end_data(c, c->tx.path->ops->send(c->tx.path, buf, len, more), c->env.max_payload);
}

ssize_t ktls_conn_send(struct ktls_conn *conn, const void *buf, size_t len)
{
	return send_data(conn, buf, len, false);
}

ssize_t ktls_conn_send_more(struct ktls_conn *conn, const void *buf, size_t len)
{
	return send_data(conn, buf, len, true);
}

ssize_t ktls_conn_send_file(struct ktls_conn *conn, int file_fd, off_t *off, size_t len)
{
	int ret = begin_data(conn);

	if (ret)
		return ret;
	len = limit_len(conn, len);
	return end_data(conn, conn->tx.path->ops->send_file(conn->tx.path, file_fd, off, len), conn->env.max_payload);
}

ssize_t ktls_conn_send_pipe(struct ktls_conn *conn, int pipe_fd, size_t len)
{
	int ret = begin_data(conn);

	if (ret)
		return ret;
	len = limit_len(conn, len);
	return end_data(conn, conn->tx.path->ops->send_pipe(conn->tx.path, pipe_fd, len), SPLICE_MIN_RECORD);
}

int ktls_conn_flush(struct ktls_conn *conn)
{
	int ret = conn_tx_progress(conn);

	if (ret || conn->tx.close == CLOSE_DONE)
		return ret;
	return conn_tx_fail(conn, conn->tx.path->ops->flush(conn->tx.path));
}

int ktls_conn_shutdown(struct ktls_conn *conn)
{
	if (!conn->tx.dead && conn->tx.close == CLOSE_NONE)
		conn->tx.close = CLOSE_WANTED;
	return conn_tx_progress(conn);
}
