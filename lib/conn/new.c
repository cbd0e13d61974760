/* SPDX-License-Identifier: MIT */
/* Birth and death of a connection: takes over from a finished handshake. */
#include <errno.h>
#include <string.h>

#include "base/secret.h"
#include "conn/conn.h"

static size_t payload_limit(const struct handover *ho, const struct ktls_conn_opts *opts)
{
	return opts->max_payload ? MIN(opts->max_payload, ho->max_payload) : ho->max_payload;
}

static void conn_init(struct ktls_conn *c, const struct handover *ho, const struct ktls_conn_opts *opts)
{
	c->env.sys = &sys_linux;
	c->env.fd = ho->fd;
	c->env.err = &c->err;
	c->env.pool = secret_pool_of(c);
	c->env.max_payload = payload_limit(ho, opts);
	c->env.zero_copy = opts->zero_copy;
	c->is_server = ho->is_server;
	c->version = ho->version;
	c->cipher = ho->cipher;
	c->rekey_after = opts->rekey_after;
	c->tx.secret = ho->tx_secret;
	c->rx.secret = ho->rx_secret;
	c->rx.alert = -1;
}

int ktls_conn_new(struct ktls_conn **out, struct ktls_handshake **hs, const struct ktls_conn_opts *opts)
{
	static const struct ktls_conn_opts defaults;
	struct handover ho = { 0 };
	struct ktls_conn *c = NULL;
	int ret;

	if (!opts)
		opts = &defaults;
	ret = handshake_export(*hs, &ho);
	if (ret)
		goto out;
	c = secret_pool_alloc(handshake_pool(*hs), sizeof(*c));
	if (!c) {
		ret = errmsg_set(handshake_errmsg(*hs), -ENOMEM, "out of memory");
		goto out;
	}
	conn_init(c, &ho, opts);
	if (opts->take_tickets)
		ret = conn_tickets_prepare(c, &ho, *hs);
	if (ret) {
		errmsg_set(handshake_errmsg(*hs), ret, "cannot prepare for session tickets: %s", strerror(-ret));
		goto out;
	}
	ret = conn_choose_paths(c, &ho, opts, handshake_errmsg(*hs));
	if (ret)
		goto out;
	ktls_handshake_free(*hs);
	conn_tickets_begin(c);
	*hs = NULL;
	*out = c;
	c = NULL;
out:
	ktls_conn_free(c);
	secret_wipe(&ho, sizeof(ho));
	return ret;
}

void ktls_conn_free(struct ktls_conn *conn)
{
	if (!conn)
		return;
	if (conn->tx.path)
		conn->tx.path->ops->free(conn->tx.path);
	if (conn->rx.path)
		conn->rx.path->ops->free(conn->rx.path);
	conn_tickets_end(conn);
	tls_messages_free(&conn->rx.messages);
	bulk_free(&conn->rx.control);
	bulk_free(&conn->rx.spill);
	secret_free(conn);
}
