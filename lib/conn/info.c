/* SPDX-License-Identifier: MIT */
/* What a connection can tell about itself. */
#include <poll.h>
#include <string.h>

#include "conn/conn.h"

static enum ktls_path path_kind(const char *name)
{
	return strcmp(name, "kernel") == 0 ? KTLS_PATH_KERNEL : KTLS_PATH_ENGINE;
}

static void fill_tx(struct ktls_conn *c, struct ktls_path_info *info)
{
	uint64_t this_key;

	info->name = c->tx.path->ops->name;
	info->path = path_kind(info->name);
	info->reason = c->tx.reason;
	info->zero_copy = c->tx.zero_copy;
	info->bytes = c->tx.bytes;
	info->rekeys = c->tx.rekeys;
	info->records_known = c->tx.path->ops->records(c->tx.path, &this_key, &info->records) == 0;
}

static void fill_rx(struct ktls_conn *c, struct ktls_path_info *info)
{
	uint64_t this_key;

	info->name = c->rx.path->ops->name;
	info->path = path_kind(info->name);
	info->reason = c->rx.reason;
	info->bytes = c->rx.bytes;
	info->rekeys = c->rx.rekeys;
	info->records_known = c->rx.path->ops->records(c->rx.path, &this_key, &info->records) == 0;
}

void ktls_conn_get_info(struct ktls_conn *conn, struct ktls_conn_info *info)
{
	*info = (struct ktls_conn_info){
		.version = conn->version,
		.version_name = tls_version_name(conn->version),
		.cipher = conn->cipher->name,
		.is_server = conn->is_server,
		.tickets = conn->rx.tickets,
		.alert_received = conn->rx.alert,
		.close_notify_sent = conn->tx.close >= CLOSE_NOTIFIED,
		.close_notify_received = conn->rx.ended,
	};
	fill_tx(conn, &info->dir[KTLS_TX]);
	fill_rx(conn, &info->dir[KTLS_RX]);
}

static bool tx_waits(const struct ktls_conn *c)
{
	if (c->tx.dead || c->tx.close == CLOSE_DONE)
		return false;
	return c->tx.key_update != KEY_UPDATE_NONE || c->tx.close != CLOSE_NONE ||
	       c->tx.path->ops->has_unsent(c->tx.path);
}

short ktls_conn_events(const struct ktls_conn *conn)
{
	short events = 0;

	if (!conn->rx.dead && !conn->rx.ended)
		events |= POLLIN;
	if (tx_waits(conn))
		events |= POLLOUT;
	return events;
}

const char *ktls_conn_error(const struct ktls_conn *conn)
{
	return conn->err.text;
}
