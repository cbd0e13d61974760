/* SPDX-License-Identifier: MIT */
/* Inside of a connection: two directions that know nothing of each other, and the control records that join them. */
#ifndef KTLS_CONN_CONN_H
#define KTLS_CONN_CONN_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/bulk.h"
#include "base/errmsg.h"
#include "handshake/handshake.h"
#include "ktls/conn.h"
#include "path/path.h"
#include "tls/messages.h"

enum {
	CONN_REASON_LEN = 256,
	/* Control records in a row, without data between them, that a sane peer never reaches. */
	CONN_MAX_CONTROL_RUN = 4096,
	/* Bytes that one receive into a pipe moves at most when they must pass through user space. */
	CONN_SPILL_LEN = 256 * 1024,
};

/* How far a KeyUpdate of ours has come. In this order: the new key must wait until the old one's last byte has gone. */
enum key_update_state {
	KEY_UPDATE_NONE,
	KEY_UPDATE_WANTED,	/* the message waits to be sent */
	KEY_UPDATE_SENT,	/* the message is taken, not yet flushed; no data until the key has changed */
};

/* How far our end of the connection has come. */
enum close_state {
	CLOSE_NONE,
	CLOSE_WANTED,		/* close_notify waits to be sent */
	CLOSE_NOTIFIED,		/* close_notify is taken, the FIN waits for the flush */
	CLOSE_DONE,
};

struct conn_tx {
	struct path_tx *path;
	struct tls_secret secret;
	char reason[CONN_REASON_LEN];
	bool zero_copy;			/* it was wished, and the kernel took the wish */
	int dead;			/* 0, or the negative errno that every call repeats */
	enum key_update_state key_update;
	bool request_peer;		/* our next KeyUpdate asks for one in return */
	enum close_state close;
	uint64_t bytes, rekeys;
	uint64_t key_bytes;		/* payload sent with the present key */
	uint64_t key_records;		/* records sent with it: never fewer than there were */
};

struct conn_rx {
	struct path_rx *path;
	struct tls_secret secret;
	char reason[CONN_REASON_LEN];
	int dead;
	bool ended;			/* close_notify was received */
	uint64_t bytes, rekeys, tickets;
	unsigned control_run;		/* control records since the last data */
	int alert;			/* description of the last alert received, -1 if none */
	struct tls_messages messages;
	/* What has come of a control record that comes in pieces. */
	size_t control_len;
	struct bulk control;
	/* Data on its way into a pipe that was full. */
	struct bulk spill;
	size_t spill_off, spill_len;
};

/* Where tickets become sessions. Both NULL where nobody wants them. */
struct conn_tickets {
	struct record *seal;		/* the server's first keys, at libssl's own sequence number */
	struct handshake_tickets *libssl;
};

struct ktls_conn {
	struct path_env env;
	struct errmsg err;
	bool is_server;
	uint16_t version;
	const struct tls_cipher *cipher;
	uint64_t rekey_after;
	struct conn_tx tx;
	struct conn_rx rx;
	struct conn_tickets tickets;
};

_Static_assert(sizeof(struct ktls_conn) <= SECRET_PIECE_MAX, "a connection is a piece of its pool");

/* Errors that say "later", not "never". */
static inline bool conn_is_transient(int err)
{
	return err == -EAGAIN || err == -EINTR;
}

/* paths.c: gives each direction its path and the reason for it. Errors as ktls_conn_new(), messages in @err. */
int conn_choose_paths(struct ktls_conn *c, const struct handover *ho, const struct ktls_conn_opts *opts,
		      struct errmsg *err);

/* send.c: does the control work that waits (KeyUpdate, close_notify, FIN). 0 when none is left. */
int conn_tx_progress(struct ktls_conn *c);

/* send.c: marks the direction dead unless @err is transient, and returns @err. */
int conn_tx_fail(struct ktls_conn *c, int err);

/* send.c: a fatal alert, as far as the socket takes it without waiting; after it nothing more is sent. */
void conn_send_fatal_alert(struct ktls_conn *c, uint8_t description, int err);

/*
 * control.c: takes a piece of a control record (@eor: its last); acts once it is whole. 0 to go on receiving, 1 after
 * close_notify, else a negative errno with its message set.
 */
int conn_take_control(struct ktls_conn *c, uint8_t type, const uint8_t *data, size_t len, bool eor);

/* control.c: room for the next piece of a control record, *@room bytes; NULL when out of memory. */
uint8_t *conn_control_room(struct ktls_conn *c, size_t *room);

/* key_update.c: the peer's KeyUpdate (its one-byte body). */
int conn_key_update_received(struct ktls_conn *c, const uint8_t *body, size_t len);

/* key_update.c: goes on with ours. 0 when none is under way. */
int conn_key_update_progress(struct ktls_conn *c);

/* key_update.c: before data is sent: starts a KeyUpdate when the present key has done its share. */
int conn_key_update_if_due(struct ktls_conn *c);

/* key_update.c: counts what was sent with the present key; @frag is the fewest payload bytes a record may have held. */
void conn_count_sent(struct ktls_conn *c, size_t payload, size_t frag);

/* tickets.c: prepares to make sessions of tickets, if @ho is of a connection that can have some. -ENOMEM or an error of the record. */
int conn_tickets_prepare(struct ktls_conn *c, const struct handover *ho, const struct ktls_handshake *hs);

/* tickets.c: the handshake has been freed. */
void conn_tickets_begin(struct ktls_conn *c);

/* tickets.c: one NewSessionTicket. */
void conn_tickets_take(struct ktls_conn *c, const uint8_t *body, size_t len);

/* tickets.c: no more sessions. */
void conn_tickets_end(struct ktls_conn *c);

#endif
