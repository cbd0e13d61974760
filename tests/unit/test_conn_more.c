/* SPDX-License-Identifier: MIT */
/* Sending in small pieces: they become full records, stay back until more comes, and are never lost nor overtaken. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/attr.h"
#include "kernel/kernel.h"
#include "unit/variants.h"

enum {
	BULK = 300000,
	PIECE = 1000,
	/* What is kept back before an end of each kind. */
	KEPT = 3 * PIECE,
	REST = 500,
};

static uint8_t sent[BULK], got[BULK + 1];

/* All of @len bytes from @from on, in pieces behind which more follows. */
static void send_pieces(struct pair *p, size_t from, size_t len)
{
	for (size_t done = 0; done < len;) {
		const ssize_t n = ktls_conn_send_more(p->conn, sent + from + done, MIN(len - done, (size_t)PIECE));

		assert_true(n > 0);
		done += (size_t)n;
	}
}

/* Whether anything has arrived at the peer. Over loopback what is sent is there when the call returns. */
static bool peer_has_any(struct pair *p)
{
	uint8_t byte;

	return recv(p->peer_fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1;
}

/* A pair in which the peer has nothing to read: no tickets. */
static void make_silent(struct pair *p, struct pair_opts *o)
{
	o->tickets = 0;
	make(p, o);
	p->leave_alone = true;
	assert_false(peer_has_any(p));
}

static void test_more_fills_records(void **state)
{
	static const size_t expected[] = { 16384, 16384, 40000 - 2 * 16384 };
	struct pair_opts o = opts_for(*state);
	struct ktls_conn_info info;
	struct pair p;
	uint8_t type;
	size_t total = 0;

	make_silent(&p, &o);
	pattern(sent, BULK, 1);
	send_pieces(&p, 0, 40000);
	ktls_conn_get_info(p.conn, &info);
	assert_int_equal(info.dir[KTLS_TX].bytes, 40000);
	assert_int_equal(pair_until_done(&p, ktls_conn_flush), 0);
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		assert_int_equal(pair_peer_recv(&p, &type, got + total, sizeof(got) - total), expected[i]);
		assert_int_equal(type, TLS_CT_DATA);
		total += expected[i];
	}
	assert_memory_equal(sent, got, total);
	pair_free(&p);
}

/* Nothing is on its way, and the program is not told to wait for the socket. */
static void test_more_stays_back(void **state)
{
	struct pair_opts o = opts_for(*state);
	struct pair p;

	make_silent(&p, &o);
	pattern(sent, BULK, 2);
	send_pieces(&p, 0, KEPT);
	assert_int_equal(ktls_conn_send_more(p.conn, sent, 0), 0);
	assert_int_equal(ktls_conn_send(p.conn, sent, 0), 0);
	assert_false(peer_has_any(&p));
	assert_int_equal(ktls_conn_events(p.conn), POLLIN);
	assert_int_equal(pair_until_done(&p, ktls_conn_flush), 0);
	pair_peer_expect(&p, sent, KEPT, got, sizeof(got));
	/* And not again. */
	assert_int_equal(pair_until_done(&p, ktls_conn_flush), 0);
	assert_false(peer_has_any(&p));
	pair_free(&p);
}

/* The engine keeps a batch of records back at most, the kernel one: no call but those with more is needed. */
static void test_more_sends_what_is_full(void **state)
{
	struct pair_opts o = opts_for(*state);
	struct pair p;
	const size_t batch = o.conn.want[KTLS_TX] == KTLS_ON ? TLS_MAX_PLAINTEXT : 16 * TLS_MAX_PLAINTEXT;

	make_silent(&p, &o);
	pattern(sent, BULK, 3);
	send_pieces(&p, 0, batch - 1);
	assert_false(peer_has_any(&p));
	send_pieces(&p, batch - 1, 2);
	pair_peer_expect(&p, sent, batch, got, sizeof(got));
	assert_false(peer_has_any(&p));
	assert_int_equal(ktls_conn_send(p.conn, sent + batch + 1, REST), REST);
	pair_peer_expect(&p, sent + batch, 1 + REST, got, sizeof(got));
	pair_free(&p);
}

/* A piece longer than all that is kept back goes at once, as far as it fills records. */
static void test_more_takes_long_pieces(void **state)
{
	struct pair_opts o = opts_for(*state);
	struct pair p;
	size_t done = 0, received = 0;
	uint8_t type = 0;

	make_silent(&p, &o);
	pattern(sent, BULK, 4);
	while (received < BULK) {
		ssize_t n = done < BULK ? ktls_conn_send_more(p.conn, sent + done, BULK - done) : ktls_conn_flush(p.conn);

		assert_true(n >= 0 || n == -EAGAIN);
		done += n > 0 ? (size_t)n : 0;
		while (received < BULK && peer_has_any(&p)) {
			n = pair_peer_recv(&p, &type, got + received, sizeof(got) - received);
			assert_true(n == TLS_MAX_PLAINTEXT || received + (size_t)n == BULK);
			assert_int_equal(type, TLS_CT_DATA);
			received += (size_t)n;
		}
	}
	assert_memory_equal(sent, got, BULK);
	pair_free(&p);
}

/* --- what ends a run of pieces */

static void by_send(struct pair *p, const uint8_t *rest)
{
	assert_int_equal(ktls_conn_send(p->conn, rest, REST), REST);
}

static void by_file(struct pair *p, const uint8_t *rest)
{
	FILE *f = tmpfile();
	off_t off = 0;

	assert_int_equal(fwrite(rest, 1, REST, f), REST);
	assert_int_equal(fflush(f), 0);
	assert_int_equal(ktls_conn_send_file(p->conn, fileno(f), &off, REST), REST);
	assert_int_equal(off, REST);
	fclose(f);
}

static void by_pipe(struct pair *p, const uint8_t *rest)
{
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], rest, REST), REST);
	assert_int_equal(ktls_conn_send_pipe(p->conn, fds[0], REST), REST);
	close(fds[0]);
	close(fds[1]);
}

static void by_flush(struct pair *p, const uint8_t *rest)
{
	(void)rest;
	assert_int_equal(pair_until_done(p, ktls_conn_flush), 0);
}

static void by_shutdown(struct pair *p, const uint8_t *rest)
{
	(void)rest;
	assert_int_equal(pair_until_done(p, ktls_conn_shutdown), 0);
}

static int rekey(struct ktls_conn *c)
{
	return ktls_conn_rekey(c, false);
}

static void by_rekey(struct pair *p, const uint8_t *rest)
{
	(void)rest;
	assert_int_equal(pair_until_done(p, rekey), 0);
}

/* The peer asks for a KeyUpdate: our answer goes behind the data, and new keys behind both. */
static void by_request(struct pair *p, const uint8_t *rest)
{
	(void)rest;
	pair_peer_key_update(p, true);
	assert_int_equal(ktls_conn_recv(p->conn, got, sizeof(got)), -EAGAIN);
}

/* A file and a pipe that have nothing send nothing. */
static void test_more_outlasts_empty_sources(void **state)
{
	struct pair_opts o = opts_for(*state);
	FILE *f = tmpfile();
	off_t off = 0;
	struct pair p;
	int fds[2];

	make_silent(&p, &o);
	pattern(sent, BULK, 5);
	assert_int_equal(pipe(fds), 0);
	send_pieces(&p, 0, KEPT);
	assert_int_equal(ktls_conn_send_file(p.conn, fileno(f), &off, REST), 0);
	assert_int_equal(ktls_conn_send_pipe(p.conn, fds[0], REST), -EAGAIN);
	close(fds[1]);
	assert_int_equal(ktls_conn_send_pipe(p.conn, fds[0], REST), 0);
	send_pieces(&p, KEPT, KEPT);
	assert_int_equal(pair_until_done(&p, ktls_conn_flush), 0);
	pair_peer_expect(&p, sent, (size_t)2 * KEPT, got, sizeof(got));
	close(fds[0]);
	fclose(f);
	pair_free(&p);
}

static const struct end {
	const char *name;
	void (*end)(struct pair *p, const uint8_t *rest);
	size_t adds;			/* bytes of data */
	uint8_t then;			/* the record behind the data; 0: none */
	bool rekeys, both_ways;
} ends[] = {
	{ "send", by_send, REST, 0, false, false },
	{ "file", by_file, REST, 0, false, false },
	{ "pipe", by_pipe, REST, 0, false, false },
	{ "flush", by_flush, 0, 0, false, false },
	{ "shutdown", by_shutdown, 0, TLS_CT_ALERT, false, false },
	{ "rekey", by_rekey, 0, TLS_CT_HANDSHAKE, true, false },
	{ "the peer's request to rekey", by_request, 0, TLS_CT_HANDSHAKE, true, true },
};

/* Whether a direction that this end changes the key of stands in a kernel that cannot. */
static bool cannot_rekey(const struct end *e, const struct pair_opts *o)
{
	return e->rekeys && !kernel_can_rekey() &&
	       (o->conn.want[KTLS_TX] == KTLS_ON || (e->both_ways && o->conn.want[KTLS_RX] == KTLS_ON));
}

static void check_end(const struct end *e, struct pair_opts o)
{
	uint8_t message[16], type = 0;
	struct pair p;

	print_message("# %s\n", e->name);
	make_silent(&p, &o);
	pattern(sent, BULK, 6);
	send_pieces(&p, 0, KEPT);
	e->end(&p, sent + KEPT);
	pair_peer_expect(&p, sent, KEPT + e->adds, got, sizeof(got));
	if (e->then) {
		assert_true(pair_peer_recv(&p, &type, message, sizeof(message)) > 0);
		assert_int_equal(type, e->then);
	}
	if (e->rekeys) {
		/* The new key is in force for what comes next, in pieces, too. */
		pair_peer_follow_key_update(&p);
		send_pieces(&p, 0, KEPT);
		assert_int_equal(pair_until_done(&p, ktls_conn_flush), 0);
		pair_peer_expect(&p, sent, KEPT, got, sizeof(got));
	}
	pair_free(&p);
}

static void test_more_is_ended_by(void **state)
{
	const struct pair_opts o = opts_for(*state);

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (!cannot_rekey(&ends[i], &o))
			check_end(&ends[i], o);
}

/* --- */

/* A full socket, then the end: no byte that was taken may be missing. */
static void test_more_under_backpressure(void **state)
{
	struct pair_opts o = opts_for(*state);
	uint8_t type = 0;
	struct pair p;
	size_t taken = 0, total = 0;
	int small = 4096, ret = -EAGAIN;

	make(&p, &o);
	setsockopt(p.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	pattern(sent, BULK, 7);
	while (taken < BULK) {
		ssize_t n = ktls_conn_send_more(p.conn, sent + taken, MIN(BULK - taken, (size_t)PIECE));

		if (n == -EAGAIN)
			break;
		assert_true(n > 0);
		taken += (size_t)n;
	}
	for (;;) {
		ssize_t n;

		if (ret == -EAGAIN)
			ret = ktls_conn_shutdown(p.conn);
		assert_true(ret == 0 || ret == -EAGAIN);
		n = pair_peer_recv(&p, &type, got + total, sizeof(got) - total);
		assert_true(n >= 0);
		if (type == TLS_CT_ALERT)
			break;
		/* A server's tickets. */
		total += type == TLS_CT_DATA ? (size_t)n : 0;
	}
	assert_int_equal(total, taken);
	assert_memory_equal(sent, got, taken);
	pair_free(&p);
}

static void test_more_keeps_max_payload(void **state)
{
	struct pair_opts o = opts_for(*state);
	struct pair p;
	uint8_t type;
	size_t total = 0;

	o.conn.max_payload = 512;
	make_silent(&p, &o);
	pattern(sent, BULK, 8);
	for (size_t done = 0; done < 4000; done += 100)
		assert_int_equal(ktls_conn_send_more(p.conn, sent + done, 100), 100);
	assert_int_equal(pair_until_done(&p, ktls_conn_flush), 0);
	while (total < 4000) {
		ssize_t n = pair_peer_recv(&p, &type, got + total, sizeof(got) - total);

		assert_true(n > 0 && n <= 512);
		total += (size_t)n;
	}
	assert_memory_equal(sent, got, total);
	pair_free(&p);
}

/* KeyUpdates that come by themselves fall between pieces. */
static void test_more_with_rekey_limit(void **state)
{
	struct pair_opts o = opts_for(*state);
	struct ktls_conn_info info;
	struct pair p;
	size_t total = 0;
	uint8_t type;

	if (o.conn.want[KTLS_TX] == KTLS_ON && !kernel_can_rekey())
		skip();
	o.conn.rekey_after = 10000;
	make_silent(&p, &o);
	pattern(sent, BULK, 9);
	send_pieces(&p, 0, 50000);
	assert_int_equal(pair_until_done(&p, ktls_conn_flush), 0);
	while (total < 50000) {
		ssize_t n = pair_peer_recv(&p, &type, got + total, sizeof(got) - total);

		assert_true(n > 0);
		if (type == TLS_CT_HANDSHAKE)
			pair_peer_follow_key_update(&p);
		else
			total += (size_t)n;
	}
	assert_memory_equal(sent, got, total);
	ktls_conn_get_info(p.conn, &info);
	assert_int_equal(info.dir[KTLS_TX].rekeys, 4);
	pair_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(test_more_fills_records),
		EACH(test_more_stays_back),
		EACH(test_more_sends_what_is_full),
		EACH(test_more_takes_long_pieces),
		EACH(test_more_outlasts_empty_sources),
		EACH(test_more_is_ended_by),
		EACH(test_more_under_backpressure),
		EACH(test_more_keeps_max_payload),
		EACH(test_more_with_rekey_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
