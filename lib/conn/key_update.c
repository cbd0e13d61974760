/* SPDX-License-Identifier: MIT */
/* KeyUpdate (RFC 8446 section 4.6.3) in both directions, on whichever path carries them. */
#include <errno.h>
#include <string.h>

#include "base/secret.h"
#include "conn/conn.h"

enum {
	UPDATE_NOT_REQUESTED = 0,
	UPDATE_REQUESTED = 1,
};

/* Says which option would have avoided it: before Linux 6.14 a key in the kernel stays for good. */
static int cannot_rekey(struct ktls_conn *c, const char *event, enum ktls_dir dir)
{
	return errmsg_set(&c->err, -EKEYEXPIRED,
			  "%s, but this kernel cannot replace the %s key it holds (Linux 6.14 can); use --ktls-%s=off", event,
			  dir == KTLS_TX ? "sending" : "receiving", dir == KTLS_TX ? "tx" : "rx");
}

static bool tx_can_rekey(const struct ktls_conn *c)
{
	return c->tx.path->ops->can_rekey(c->tx.path);
}

static bool rx_can_rekey(const struct ktls_conn *c)
{
	return c->rx.path->ops->can_rekey(c->rx.path);
}

/* Nobody hears of the new secret before its keys are in force. */
static int next_keys(struct ktls_conn *c, const struct tls_secret *secret, struct tls_secret *next, struct tls_keys *keys)
{
	int ret = tls13_next_secret(secret, next);

	if (!ret)
		ret = tls13_keys_from_secret(next, c->cipher, keys);
	if (ret)
		errmsg_set(&c->err, ret, "deriving the next keys failed: %s", strerror(-ret));
	return ret;
}

static int change_tx_key(struct ktls_conn *c)
{
	struct tls_secret next = { 0 };
	struct tls_keys keys = { 0 };
	int ret = next_keys(c, &c->tx.secret, &next, &keys);

	if (!ret)
		ret = c->tx.path->ops->rekey(c->tx.path, &keys);
	if (!ret) {
		c->tx.secret = next;
		c->tx.rekeys++;
		c->tx.key_bytes = 0;
		c->tx.key_records = 0;
	}
	secret_wipe(&next, sizeof(next));
	secret_wipe(&keys, sizeof(keys));
	return ret;
}

static int change_rx_key(struct ktls_conn *c)
{
	struct tls_secret next = { 0 };
	struct tls_keys keys = { 0 };
	int ret = next_keys(c, &c->rx.secret, &next, &keys);

	if (!ret)
		ret = c->rx.path->ops->rekey(c->rx.path, &keys);
	if (!ret) {
		c->rx.secret = next;
		c->rx.rekeys++;
	} else if (ret == -EBUSY) {
		errmsg_clear(&c->err);
		ret = cannot_rekey(c, "the peer changed its key (KeyUpdate)", KTLS_RX);
	}
	secret_wipe(&next, sizeof(next));
	secret_wipe(&keys, sizeof(keys));
	return ret;
}

int conn_key_update_progress(struct ktls_conn *c)
{
	const struct path_tx_ops *ops = c->tx.path->ops;
	const uint8_t message[] = { TLS_HS_KEY_UPDATE, 0, 0, 1, c->tx.request_peer ? UPDATE_REQUESTED : UPDATE_NOT_REQUESTED };
	int ret;

	if (c->tx.key_update == KEY_UPDATE_WANTED) {
		ret = ops->send_control(c->tx.path, TLS_CT_HANDSHAKE, message, sizeof(message));
		if (ret)
			return conn_tx_fail(c, ret);
		c->tx.key_update = KEY_UPDATE_SENT;
		c->tx.request_peer = false;
	}
	if (c->tx.key_update == KEY_UPDATE_SENT) {
		ret = ops->flush(c->tx.path);
		if (!ret)
			ret = change_tx_key(c);
		if (ret)
			return conn_tx_fail(c, ret);
		c->tx.key_update = KEY_UPDATE_NONE;
	}
	return 0;
}

/* A KeyUpdate that waits already serves as the answer, too. After our close_notify there is nothing left to protect. */
static int answer_request(struct ktls_conn *c)
{
	int ret;

	if (c->tx.dead || c->tx.close != CLOSE_NONE)
		return 0;
	if (!tx_can_rekey(c))
		return cannot_rekey(c, "the peer asked for a KeyUpdate", KTLS_TX);
	if (c->tx.key_update == KEY_UPDATE_NONE)
		c->tx.key_update = KEY_UPDATE_WANTED;
	ret = conn_key_update_progress(c);
	return conn_is_transient(ret) ? 0 : ret;
}

int conn_key_update_received(struct ktls_conn *c, const uint8_t *body, size_t len)
{
	int ret;

	if (len != 1 || body[0] > UPDATE_REQUESTED)
		return errmsg_set(&c->err, -EPROTO, "the peer sent a malformed KeyUpdate");
	/* RFC 8446 section 5.1: no message may follow under the old key, so the record must end here. */
	if (tls_messages_pending(&c->rx.messages))
		return errmsg_set(&c->err, -EPROTO, "the peer sent handshake bytes behind a KeyUpdate in its record");
	ret = change_rx_key(c);
	if (ret)
		return ret;
	return body[0] == UPDATE_REQUESTED ? answer_request(c) : 0;
}

void conn_count_sent(struct ktls_conn *c, size_t payload, size_t frag)
{
	c->tx.key_bytes += payload;
	c->tx.key_records += payload / frag + 2;
}

/* key_records overestimates; near the limit the path is asked for the true count. */
static bool records_used_up(struct ktls_conn *c)
{
	uint64_t limit = c->cipher->max_records, this_key, total;

	if (!limit || c->tx.key_records < limit)
		return false;
	if (c->tx.path->ops->records(c->tx.path, &this_key, &total) == 0)
		c->tx.key_records = this_key;
	/* An eighth of room: one more call may send many records before the next look. */
	return c->tx.key_records >= limit - limit / 8;
}

int conn_key_update_if_due(struct ktls_conn *c)
{
	/* TLS 1.2 has no way to change keys and RFC 5246 names no limit. */
	if (c->version != TLS_1_3 || c->tx.key_update != KEY_UPDATE_NONE)
		return 0;
	if (records_used_up(c)) {
		if (!tx_can_rekey(c))
			return conn_tx_fail(c, cannot_rekey(c, "the key has protected as many records as RFC 8446 section 5.5 allows",
							    KTLS_TX));
	} else if (!c->rekey_after || c->tx.key_bytes < c->rekey_after) {
		return 0;
	} else if (!tx_can_rekey(c)) {
		return conn_tx_fail(c, cannot_rekey(c, "a KeyUpdate was asked for", KTLS_TX));
	}
	c->tx.key_update = KEY_UPDATE_WANTED;
	return 0;
}

int ktls_conn_rekey(struct ktls_conn *conn, bool request_peer)
{
	if (conn->version != TLS_1_3)
		return errmsg_set(&conn->err, -ENOTSUP, "TLS 1.2 has no KeyUpdate");
	if (conn->tx.dead)
		return conn->tx.dead;
	/* Asked before anything is sent: a refusal here leaves the connection as it was. */
	if (!tx_can_rekey(conn))
		return cannot_rekey(conn, "a KeyUpdate was asked for", KTLS_TX);
	if (request_peer && !rx_can_rekey(conn))
		return cannot_rekey(conn, "a KeyUpdate of the peer was asked for", KTLS_RX);
	if (conn->tx.key_update == KEY_UPDATE_SENT && request_peer)
		return -EAGAIN;
	conn->tx.request_peer |= request_peer;
	if (conn->tx.key_update == KEY_UPDATE_NONE)
		conn->tx.key_update = KEY_UPDATE_WANTED;
	return conn_key_update_progress(conn);
}
