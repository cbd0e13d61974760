/* SPDX-License-Identifier: MIT */
/* Control records: alerts and handshake messages, the same whichever path brought them. */
#include <errno.h>
#include <string.h>

#include "conn/conn.h"

/* RFC 8446 section 6: in TLS 1.3 every alert but these two is fatal, whatever its level says. */
static bool alert_is_fatal(const struct ktls_conn *c, const uint8_t *alert)
{
	if (alert[1] == TLS_ALERT_USER_CANCELED)
		return false;
	return c->version == TLS_1_3 || alert[0] == TLS_ALERT_FATAL;
}

static int take_alert(struct ktls_conn *c, const uint8_t *alert, size_t len)
{
	if (len != 2)
		return errmsg_set(&c->err, -EPROTO, "the peer sent an alert of %zu bytes instead of 2", len);
	c->rx.alert = alert[1];
	if (alert[1] == TLS_ALERT_CLOSE_NOTIFY) {
		c->rx.ended = true;
		return 1;
	}
	if (!alert_is_fatal(c, alert))
		return 0;
	errmsg_set(&c->err, -EREMOTEIO, "the peer sent the fatal alert %s (%u)", tls_alert_name(alert[1]), alert[1]);
	c->tx.dead = -EREMOTEIO;
	return -EREMOTEIO;
}

/* RFC 5246 section 7.4.1.1: a request to renegotiate may be declined with this warning. */
static int decline_renegotiation(struct ktls_conn *c)
{
	static const uint8_t alert[2] = { TLS_ALERT_WARNING, TLS_ALERT_NO_RENEGOTIATION };
	int ret;

	if (c->tx.dead || c->tx.close != CLOSE_NONE)
		return 0;
	ret = c->tx.path->ops->send_control(c->tx.path, TLS_CT_ALERT, alert, sizeof(alert));
	return conn_is_transient(ret) ? 0 : ret;
}

static int take_ticket(struct ktls_conn *c, const uint8_t *body, size_t len)
{
	c->rx.tickets++;
	conn_tickets_take(c, body, len);
	return 0;
}

static int take_key_update(struct ktls_conn *c, const uint8_t *body, size_t len)
{
	return conn_key_update_received(c, body, len);
}

static int take_renegotiation(struct ktls_conn *c, const uint8_t *body, size_t len)
{
	(void)body;
	(void)len;
	return decline_renegotiation(c);
}

enum {
	TLS_HS_CLIENT_HELLO = 1,
};

/* Which message may come from whom after the handshake; all else is unexpected. */
static const struct {
	uint16_t version;
	bool to_server, to_client;
	uint8_t type;
	int (*take)(struct ktls_conn *c, const uint8_t *body, size_t len);
} messages[] = {
	{ TLS_1_3, true, true, TLS_HS_KEY_UPDATE, take_key_update },
	{ TLS_1_3, false, true, TLS_HS_NEW_SESSION_TICKET, take_ticket },
	{ TLS_1_2, false, true, TLS_HS_HELLO_REQUEST, take_renegotiation },
	{ TLS_1_2, true, false, TLS_HS_CLIENT_HELLO, take_renegotiation },
};

static int take_message(struct ktls_conn *c, uint8_t type, const uint8_t *body, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(messages); i++)
		if (messages[i].type == type && messages[i].version == c->version &&
		    (c->is_server ? messages[i].to_server : messages[i].to_client))
			return messages[i].take(c, body, len);
	return errmsg_set(&c->err, -EPROTO, "the peer sent an unexpected handshake message (type %u)", type);
}

/*
 * The whole record is parsed before the next one is read: a kernel that saw no KeyUpdate at the record's start (it looks at
 * the first byte only, and a ticket may stand there) would open the next record with the old key.
 */
static int take_handshake(struct ktls_conn *c, const uint8_t *data, size_t len)
{
	const uint8_t *body;
	size_t body_len;
	uint8_t type;
	int ret = tls_messages_feed(&c->rx.messages, data, len);

	if (ret == -EMSGSIZE)
		return errmsg_set(&c->err, -EPROTO, "the peer announced a handshake message that is too long");
	while (!ret && tls_messages_next(&c->rx.messages, &type, &body, &body_len) == 1)
		ret = take_message(c, type, body, body_len);
	if (!tls_messages_pending(&c->rx.messages))
		tls_messages_free(&c->rx.messages);
	return ret;
}

static int take_record(struct ktls_conn *c, uint8_t type, const uint8_t *data, size_t len)
{
	if (++c->rx.control_run > CONN_MAX_CONTROL_RUN)
		return errmsg_set(&c->err, -EPROTO, "the peer sent %d control records without data between them",
				  CONN_MAX_CONTROL_RUN);
	switch (type) {
	case TLS_CT_ALERT:
		return take_alert(c, data, len);
	case TLS_CT_HANDSHAKE:
		return take_handshake(c, data, len);
	default:
		return errmsg_set(&c->err, -EPROTO, "the peer sent a record of unexpected content type %u", type);
	}
}

uint8_t *conn_control_room(struct ktls_conn *c, size_t *room)
{
	struct bulk *b = &c->rx.control;

	if (bulk_need(b, TLS_MAX_PLAINTEXT))
		return NULL;
	bulk_holds_plain(b, TLS_MAX_PLAINTEXT);
	*room = TLS_MAX_PLAINTEXT - c->rx.control_len;
	return b->data + c->rx.control_len;
}

/* The data may stand where it belongs already: a splicing receive puts it there. */
static int keep_piece(struct ktls_conn *c, const uint8_t *data, size_t len)
{
	size_t room;
	uint8_t *to = conn_control_room(c, &room);

	if (!to)
		return -ENOMEM;
	if (len > room)
		return errmsg_set(&c->err, -EMSGSIZE, "the peer sent a control record of more than 16384 bytes");
	memmove(to, data, len);
	c->rx.control_len += len;
	return 0;
}

int conn_take_control(struct ktls_conn *c, uint8_t type, const uint8_t *data, size_t len, bool eor)
{
	const bool whole = eor && !c->rx.control_len;
	int ret = whole ? 0 : keep_piece(c, data, len);

	if (ret || !eor)
		return ret;
	/* The usual case needs no copy. */
	ret = whole ? take_record(c, type, data, len) : take_record(c, type, c->rx.control.data, c->rx.control_len);
	c->rx.control_len = 0;
	bulk_free(&c->rx.control);
	return ret;
}
