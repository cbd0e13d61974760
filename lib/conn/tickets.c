/* SPDX-License-Identifier: MIT */
/*
 * Sessions out of tickets (RFC 8446 section 4.6.1). What makes a session of a ticket, the resumption secret above all, libssl
 * keeps to itself. So it reads each ticket a second time: sealed with the server's first application keys and the sequence number
 * that libssl is waiting for, whatever has become of the keys of the connection. These records never leave the process, so it does no
 * harm that the server used the same nonces.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/secret.h"
#include "conn/conn.h"
#include "handshake/tickets.h"
#include "record/record.h"

enum {
	HEADER_LEN = 4,		/* of a handshake message: type and length */
};

int conn_tickets_prepare(struct ktls_conn *c, const struct handover *ho, const struct ktls_handshake *hs)
{
	int ret;

	if (ho->is_server || ho->version != TLS_1_3)
		return 0;
	ret = record_new_in(&c->tickets.seal, c->env.pool, &ho->rx);
	if (!ret)
		ret = handshake_tickets_new(&c->tickets.libssl, hs);
	return ret;
}

void conn_tickets_begin(struct ktls_conn *c)
{
	if (c->tickets.libssl)
		handshake_tickets_begin(c->tickets.libssl);
}

void conn_tickets_end(struct ktls_conn *c)
{
	record_free(c->tickets.seal);
	handshake_tickets_free(c->tickets.libssl);
	c->tickets = (struct conn_tickets){ .seal = NULL };
}

/* The message as it came, in records as libssl expects them. */
static int feed(struct conn_tickets *t, const uint8_t *message, size_t len)
{
	const size_t cap = record_wire_len(t->seal, len);
	uint8_t *wire = malloc(cap);
	size_t taken;
	ssize_t n;
	int ret;

	if (!wire)
		return -ENOMEM;
	n = record_seal(t->seal, TLS_CT_HANDSHAKE, message, len, TLS_MAX_PLAINTEXT, wire, cap, &taken);
	ret = n < 0 ? (int)n : taken < len ? -EIO : handshake_tickets_read(t->libssl, wire, (size_t)n);
	free(wire);
	return ret;
}

void conn_tickets_take(struct ktls_conn *c, const uint8_t *body, size_t len)
{
	uint8_t *message;
	int ret = -ENOMEM;

	if (!c->tickets.libssl)
		return;
	message = malloc(HEADER_LEN + len);
	if (message) {
		message[0] = TLS_HS_NEW_SESSION_TICKET;
		message[1] = (uint8_t)(len >> 16);
		store_be16(message + 2, (uint16_t)len);
		memcpy(message + HEADER_LEN, body, len);
		ret = feed(&c->tickets, message, HEADER_LEN + len);
		secret_wipe(message, HEADER_LEN + len);
		free(message);
	}
	/* The connection does not need it. */
	if (ret)
		conn_tickets_end(c);
}
