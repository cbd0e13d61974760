/* SPDX-License-Identifier: MIT */
/* Two ends of a TCP connection over 127.0.0.1 that have shaken hands within this process. */
#ifndef KTLS_TESTS_PAIR_H
#define KTLS_TESTS_PAIR_H

#include "handshake/handshake.h"
#include "ktls/conn.h"
#include "record/record.h"

struct pair;

struct pair_opts {
	uint16_t version;		/* 0: TLS 1.3 */
	const char *suite;		/* libssl's name; NULL: its choice */
	struct ktls_conn_opts conn;	/* for the end under test */
	bool test_server;		/* the end under test is the server */
	int tickets;			/* tickets the server sends: as given, -1: libssl's default */
	void (*before)(struct pair *p);	/* runs after the handshake, before the hand-over */
};

/*
 * `conn` is the end under test. The other end is bare: its keys, so that a test can send any record it likes and open what
 * comes; nothing is read from its socket yet.
 */
struct pair {
	int fd, peer_fd;
	struct ktls_conn *conn;
	struct handover peer;
	struct record *peer_tx, *peer_rx;
	char refusal[320];		/* what ktls_conn_new() said when it failed */
	bool leave_alone;		/* pair_peer_recv() does not flush the end under test: what that keeps back stays unseen */
};

/* Fails the test when anything goes wrong. The end under test is non-blocking. */
void pair_make(struct pair *p, const struct pair_opts *opts);
void pair_free(struct pair *p);

/* As pair_make() up to the hand-over: ktls_conn_new()'s result instead of a failed test. */
int pair_try(struct pair *p, const struct pair_opts *opts);

/* The peer sends one record of @type. */
void pair_peer_send(struct pair *p, uint8_t type, const void *data, size_t len);

/* The peer receives one record (waits up to 5 s): its type, its payload in @buf, and the payload's length as result; -1 at FIN. */
ssize_t pair_peer_recv(struct pair *p, uint8_t *type, void *buf, size_t len);

/* The peer receives @len bytes of data, and nothing else, which are those at @sent. @buf has @room bytes: a record's more than @len. */
void pair_peer_expect(struct pair *p, const uint8_t *sent, size_t len, uint8_t *buf, size_t room);

/* The peer's KeyUpdate, and its own new sending key. */
void pair_peer_key_update(struct pair *p, bool request);

/* The peer has read our KeyUpdate: its new receiving key. */
void pair_peer_follow_key_update(struct pair *p);

/* ktls_conn_recv() with waiting (poll, up to 5 s). */
ssize_t pair_recv(struct pair *p, void *buf, size_t len);

/* Repeats @op (flush, shutdown) while it says -EAGAIN, up to 5 s. */
int pair_until_done(struct pair *p, int (*op)(struct ktls_conn *));

#endif
