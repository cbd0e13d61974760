/* SPDX-License-Identifier: MIT */
/* The connection against a peer that sends whatever a test wants, on every pairing of paths this kernel offers. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/attr.h"
#include "kernel/kernel.h"
#include "unit/pair.h"

/* A pairing of paths; the kernel's are skipped where there is no kernel TLS. */
struct variant {
	const char *name;
	enum ktls_want tx, rx;
};

static struct variant variants[] = {
	{ "engine", KTLS_OFF, KTLS_OFF },
	{ "kernel", KTLS_ON, KTLS_ON },
	{ "kernel tx", KTLS_ON, KTLS_OFF },
	{ "kernel rx", KTLS_OFF, KTLS_ON },
};

static bool kernel_required(void)
{
	const char *s = getenv("KTLS_TEST_REQUIRE_KERNEL");

	return s && strcmp(s, "1") == 0;
}

static struct pair_opts opts_for(const struct variant *v)
{
	return (struct pair_opts){ .tickets = -1, .conn = { .want = { [KTLS_TX] = v->tx, [KTLS_RX] = v->rx } } };
}

static void make(struct pair *p, const struct pair_opts *o)
{
	int ret = pair_try(p, o);

	if (ret == -EOPNOTSUPP && !kernel_required()) {
		pair_free(p);
		skip();
	}
	assert_int_equal(ret, 0);
}

static bool rx_in_kernel(const struct variant *v)
{
	return v->rx == KTLS_ON;
}

static bool tx_in_kernel(const struct variant *v)
{
	return v->tx == KTLS_ON;
}

static void pattern(uint8_t *buf, size_t len, uint32_t seed)
{
	for (size_t i = 0; i < len; i++) {
		seed = seed * 1664525u + 1013904223u;
		buf[i] = (uint8_t)(seed >> 24);
	}
}

enum {
	BULK = 300000,
};

static uint8_t sent[BULK], got[BULK + 1];

/* The end under test sends @len bytes of the pattern; the peer opens the records and compares. */
static void send_and_check(struct pair *p, size_t len, uint32_t seed)
{
	size_t done = 0, received = 0;
	uint8_t type;

	pattern(sent, len, seed);
	while (received < len) {
		if (done < len) {
			ssize_t n = ktls_conn_send(p->conn, sent + done, len - done);

			assert_true(n > 0 || n == -EAGAIN);
			done += n > 0 ? (size_t)n : 0;
		} else {
			int ret = ktls_conn_flush(p->conn);

			assert_true(ret == 0 || ret == -EAGAIN);
		}
		ssize_t n = pair_peer_recv(p, &type, got + received, sizeof(got) - received);

		assert_true(n >= 0);
		/* A server's tickets were sent before the hand-over. */
		if (type == TLS_CT_HANDSHAKE && received == 0)
			continue;
		assert_int_equal(type, TLS_CT_DATA);
		received += (size_t)n;
	}
	assert_int_equal(received, len);
	assert_memory_equal(sent, got, len);
}

static void receive_and_check(struct pair *p, size_t len, uint32_t seed)
{
	size_t done = 0, received = 0;

	pattern(sent, len, seed);
	while (received < len) {
		size_t n = MIN(len - done, TLS_MAX_PLAINTEXT);
		ssize_t r;

		if (n)
			pair_peer_send(p, TLS_CT_DATA, sent + done, n);
		done += n;
		r = pair_recv(p, got + received, sizeof(got) - received);
		if (r <= 0)
			fail_msg("recv: %zd %s", r, ktls_conn_error(p->conn));
		received += (size_t)r;
	}
	assert_int_equal(received, len);
	assert_memory_equal(sent, got, len);
}

/* --- data ---------------------------------------------------------------- */

static const struct {
	uint16_t version;
	const char *suite;
} suites[] = {
	{ TLS_1_3, "TLS_AES_128_GCM_SHA256" },
	{ TLS_1_3, "TLS_AES_256_GCM_SHA384" },
	{ TLS_1_3, "TLS_CHACHA20_POLY1305_SHA256" },
	{ TLS_1_3, "TLS_AES_128_CCM_SHA256" },
	{ TLS_1_2, "ECDHE-ECDSA-AES128-GCM-SHA256" },
	{ TLS_1_2, "ECDHE-ECDSA-AES256-GCM-SHA384" },
	{ TLS_1_2, "ECDHE-ECDSA-CHACHA20-POLY1305" },
	{ TLS_1_2, "ECDHE-ECDSA-AES128-CCM" },
};

static void test_conn_data_every_cipher(void **state)
{
	for (size_t i = 0; i < 2 * ARRAY_SIZE(suites); i++) {
		struct pair_opts o = opts_for(*state);
		struct ktls_conn_info info;
		struct pair p;

		o.version = suites[i / 2].version;
		o.suite = suites[i / 2].suite;
		o.test_server = i % 2;
		make(&p, &o);
		send_and_check(&p, BULK, (uint32_t)i);
		receive_and_check(&p, BULK, (uint32_t)i + 1000);
		ktls_conn_get_info(p.conn, &info);
		assert_int_equal(info.version, o.version);
		assert_int_equal(info.is_server, o.test_server);
		assert_int_equal(info.dir[KTLS_TX].bytes, BULK);
		assert_int_equal(info.dir[KTLS_RX].bytes, BULK);
		assert_true(info.dir[KTLS_TX].records >= BULK / TLS_MAX_PLAINTEXT + 1);
		assert_int_equal(info.dir[KTLS_TX].path, o.conn.want[KTLS_TX] == KTLS_ON ? KTLS_PATH_KERNEL : KTLS_PATH_ENGINE);
		assert_int_equal(info.dir[KTLS_RX].path, o.conn.want[KTLS_RX] == KTLS_ON ? KTLS_PATH_KERNEL : KTLS_PATH_ENGINE);
		assert_true(strlen(info.dir[KTLS_TX].reason) > 0);
		pair_free(&p);
	}
}

static void test_conn_max_payload_cuts_records(void **state)
{
	struct pair_opts o = opts_for(*state);
	struct pair p;
	uint8_t type;
	size_t total = 0;

	o.conn.max_payload = 512;
	make(&p, &o);
	pattern(sent, 2000, 7);
	for (size_t done = 0; done < 2000;) {
		ssize_t n = ktls_conn_send(p.conn, sent + done, 2000 - done);

		assert_true(n > 0);
		done += (size_t)n;
	}
	assert_int_equal(pair_until_done(&p, ktls_conn_flush), 0);
	while (total < 2000) {
		ssize_t n = pair_peer_recv(&p, &type, got + total, sizeof(got) - total);

		assert_true(n > 0 && n <= 512);
		total += (size_t)n;
	}
	assert_memory_equal(sent, got, 2000);
	pair_free(&p);
}

static void test_conn_file_and_pipe(void **state)
{
	struct pair_opts o = opts_for(*state);
	FILE *f = tmpfile();
	off_t off = 100;
	struct pair p;
	uint8_t type;
	int fds[2];
	size_t total = 0;

	make(&p, &o);
	pattern(sent, 60000, 9);
	assert_int_equal(fwrite(sent, 1, 30000, f), 30000);
	assert_int_equal(fflush(f), 0);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], sent + 30000, 30000), 30000);
	close(fds[1]);
	while (off < 30000)
		assert_true(ktls_conn_send_file(p.conn, fileno(f), &off, 30000) > 0);
	assert_int_equal(ktls_conn_send_file(p.conn, fileno(f), &off, 100), 0);
	for (ssize_t n; (n = ktls_conn_send_pipe(p.conn, fds[0], 1 << 20)) != 0;)
		assert_true(n > 0);
	assert_int_equal(pair_until_done(&p, ktls_conn_flush), 0);
	while (total < 60000 - 100)
		total += (size_t)pair_peer_recv(&p, &type, got + total, sizeof(got) - total);
	assert_int_equal(total, 60000 - 100);
	assert_memory_equal(sent + 100, got, total);
	close(fds[0]);
	fclose(f);
	pair_free(&p);
}

static void test_conn_receive_into_pipe(void **state)
{
	struct pair_opts o = opts_for(*state);
	static const uint8_t ticket[] = { TLS_HS_NEW_SESSION_TICKET, 0, 0, 2, 1, 2 };
	struct ktls_conn_info info;
	struct pair p;
	int fds[2];
	size_t total = 0, done = 0;

	o.tickets = 0;
	make(&p, &o);
	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	pattern(sent, BULK, 11);
	while (total < BULK) {
		size_t len = MIN(BULK - done, 10000u);
		ssize_t n;

		if (len) {
			pair_peer_send(&p, TLS_CT_DATA, sent + done, len);
			pair_peer_send(&p, TLS_CT_HANDSHAKE, ticket, sizeof(ticket));
			done += len;
		}
		n = ktls_conn_recv_to_pipe(p.conn, fds[1], 1 << 20);
		assert_true(n > 0 || n == -EAGAIN);
		/* A reader slower than the peer: the pipe fills, and nothing may be lost by that. */
		if (done == BULK || total % 3 == 0) {
			n = read(fds[0], got + total, 7777);
			total += n > 0 ? (size_t)n : 0;
		}
	}
	assert_memory_equal(sent, got, BULK);
	ktls_conn_get_info(p.conn, &info);
	assert_true(info.tickets >= BULK / 10000 - 1);
	close(fds[0]);
	close(fds[1]);
	pair_free(&p);
}

/* Fills the socket, then ends: no byte that was taken may be missing. */
static void test_conn_backpressure_loses_nothing(void **state)
{
	struct pair_opts o = opts_for(*state);
	uint8_t type = 0;
	struct pair p;
	size_t taken = 0, total = 0;
	int small = 4096, ret = -EAGAIN;

	make(&p, &o);
	setsockopt(p.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	pattern(sent, BULK, 13);
	while (taken < BULK) {
		ssize_t n = ktls_conn_send(p.conn, sent + taken, BULK - taken);

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
		total += (size_t)n;
	}
	assert_int_equal(total, taken);
	assert_memory_equal(sent, got, taken);
	assert_int_equal(pair_until_done(&p, ktls_conn_shutdown), 0);
	assert_int_equal(pair_peer_recv(&p, &type, got, sizeof(got)), -1);
	pair_free(&p);
}

/* --- ends ---------------------------------------------------------------- */

static void test_conn_half_close(void **state)
{
	struct pair_opts o = opts_for(*state);
	static const uint8_t close_notify[] = { 1, 0 };
	struct ktls_conn_info info;
	struct pair p;
	uint8_t type;

	make(&p, &o);
	assert_int_equal(pair_until_done(&p, ktls_conn_shutdown), 0);
	assert_int_equal(pair_peer_recv(&p, &type, got, sizeof(got)), 2);
	assert_int_equal(type, TLS_CT_ALERT);
	assert_memory_equal(got, close_notify, 2);
	assert_int_equal(pair_peer_recv(&p, &type, got, sizeof(got)), -1);
	assert_int_equal(ktls_conn_send(p.conn, "x", 1), -EPIPE);
	receive_and_check(&p, 50000, 17);
	pair_peer_send(&p, TLS_CT_ALERT, close_notify, 2);
	assert_int_equal(pair_recv(&p, got, sizeof(got)), 0);
	assert_int_equal(pair_recv(&p, got, sizeof(got)), 0);
	ktls_conn_get_info(p.conn, &info);
	assert_true(info.close_notify_sent && info.close_notify_received);
	pair_free(&p);
}

static void test_conn_fin_without_close_notify(void **state)
{
	struct pair_opts o = opts_for(*state);
	struct pair p;

	make(&p, &o);
	receive_and_check(&p, 1000, 19);
	shutdown(p.peer_fd, SHUT_WR);
	assert_int_equal(pair_recv(&p, got, sizeof(got)), -ECONNABORTED);
	assert_int_equal(pair_recv(&p, got, sizeof(got)), -ECONNABORTED);
	assert_non_null(strstr(ktls_conn_error(p.conn), "close_notify"));
	pair_free(&p);
}

static void test_conn_fin_in_mid_record(void **state)
{
	struct pair_opts o = opts_for(*state);
	struct pair p;
	uint8_t wire[200];
	size_t taken;

	make(&p, &o);
	assert_true(record_seal(p.peer_tx, TLS_CT_DATA, (const uint8_t *)"half of this never comes", 24, 16384, wire, sizeof(wire),
				&taken) > 0);
	assert_int_equal(send(p.peer_fd, wire, 20, 0), 20);
	shutdown(p.peer_fd, SHUT_WR);
	assert_int_equal(pair_recv(&p, got, sizeof(got)), -ECONNABORTED);
	pair_free(&p);
}

static void test_conn_fatal_alert(void **state)
{
	struct pair_opts o = opts_for(*state);
	static const uint8_t alert[] = { 2, 40 };
	struct ktls_conn_info info;
	struct pair p;

	make(&p, &o);
	receive_and_check(&p, 1000, 23);
	pair_peer_send(&p, TLS_CT_ALERT, alert, 2);
	assert_int_equal(pair_recv(&p, got, sizeof(got)), -EREMOTEIO);
	assert_non_null(strstr(ktls_conn_error(p.conn), "handshake_failure"));
	ktls_conn_get_info(p.conn, &info);
	assert_int_equal(info.alert_received, 40);
	pair_free(&p);
}

/* --- what a peer must not send -------------------------------------------- */

/* The fatal alert that the end under test sent; the data before it is skipped. */
static int alert_seen_by_peer(struct pair *p)
{
	uint8_t type;

	for (;;) {
		ssize_t n = pair_peer_recv(p, &type, got, sizeof(got));

		if (n < 0)
			return -1;
		if (type == TLS_CT_ALERT)
			return got[1];
	}
}

static void test_conn_bad_mac(void **state)
{
	struct pair_opts o = opts_for(*state);
	struct pair p;
	uint8_t wire[200];
	size_t taken;
	ssize_t n;

	make(&p, &o);
	receive_and_check(&p, 1000, 29);
	n = record_seal(p.peer_tx, TLS_CT_DATA, (const uint8_t *)"not to be seen", 14, 16384, wire, sizeof(wire), &taken);
	assert_true(n > 0);
	wire[n - 1] ^= 1;
	assert_int_equal(send(p.peer_fd, wire, (size_t)n, 0), n);
	memset(got, 0, 100);
	assert_int_equal(pair_recv(&p, got, sizeof(got)), -EBADMSG);
	assert_int_equal(pair_recv(&p, got, sizeof(got)), -EBADMSG);
	for (int i = 0; i < 100; i++)
		assert_int_equal(got[i], 0);
	assert_int_equal(alert_seen_by_peer(&p), TLS_ALERT_BAD_RECORD_MAC);
	pair_free(&p);
}

static const struct {
	uint8_t bytes[8];
	size_t len;
} bad_headers[] = {
	{ { 23, 3, 1, 0, 40 }, 5 },		/* version */
	{ { 0x47, 0x45, 0x54, 0x20, 0x2f }, 5 },	/* text */
	{ { 23, 3, 3, 0xff, 0xff }, 5 },	/* too long */
	{ { 23, 3, 3, 0, 4, 1, 2, 3 }, 8 },	/* shorter than a tag */
};

/* The kernel reports such a header once, and a read after that would wait for ever. */
static void test_conn_bad_headers_latch(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad_headers); i++) {
		struct pair_opts o = opts_for(*state);
		struct pair p;
		ssize_t n;

		o.tickets = 0;
		make(&p, &o);
		assert_true(send(p.peer_fd, bad_headers[i].bytes, bad_headers[i].len, 0) > 0);
		/* The kernel looks at some lengths only when the whole record is there. */
		assert_true(send(p.peer_fd, sent, 20000, 0) > 0);
		n = pair_recv(&p, got, sizeof(got));
		assert_true(n == -EINVAL || n == -EMSGSIZE || n == -EBADMSG);
		assert_int_equal(ktls_conn_recv(p.conn, got, sizeof(got)), n);
		assert_true(strlen(ktls_conn_error(p.conn)) > 0);
		pair_free(&p);
	}
}

static void expect_protocol_error(const struct variant *v, uint16_t version, uint8_t type, const uint8_t *data, size_t len)
{
	struct pair_opts o = opts_for(v);
	struct pair p;

	o.version = version;
	o.tickets = 0;
	make(&p, &o);
	pair_peer_send(&p, type, data, len);
	assert_int_equal(pair_recv(&p, got, sizeof(got)), -EPROTO);
	assert_true(strlen(ktls_conn_error(p.conn)) > 0);
	assert_int_equal(alert_seen_by_peer(&p), TLS_ALERT_UNEXPECTED_MESSAGE);
	pair_free(&p);
}

static void test_conn_protocol_errors(void **state)
{
	static const uint8_t long_alert[] = { 1, 0, 0 };
	static const uint8_t finished[] = { 20, 0, 0, 1, 0 };
	static const uint8_t hello[] = { 0, 0, 0, 0 };
	static const uint8_t huge[] = { 4, 0xff, 0xff, 0xff };

	expect_protocol_error(*state, TLS_1_3, TLS_CT_ALERT, long_alert, sizeof(long_alert));
	expect_protocol_error(*state, TLS_1_3, TLS_CT_HANDSHAKE, finished, sizeof(finished));
	expect_protocol_error(*state, TLS_1_3, TLS_CT_HANDSHAKE, hello, sizeof(hello));
	expect_protocol_error(*state, TLS_1_3, TLS_CT_HANDSHAKE, huge, sizeof(huge));
	expect_protocol_error(*state, TLS_1_2, TLS_CT_HANDSHAKE, finished, sizeof(finished));
	expect_protocol_error(*state, TLS_1_2, 99, finished, sizeof(finished));
}

static void test_conn_malformed_key_update(void **state)
{
	static const uint8_t wrong_value[] = { 24, 0, 0, 1, 2 };
	static const uint8_t wrong_length[] = { 24, 0, 0, 2, 0, 0 };
	static const uint8_t data_behind[] = { 24, 0, 0, 1, 0, 4, 0 };

	expect_protocol_error(*state, TLS_1_3, TLS_CT_HANDSHAKE, wrong_value, sizeof(wrong_value));
	expect_protocol_error(*state, TLS_1_3, TLS_CT_HANDSHAKE, wrong_length, sizeof(wrong_length));
	expect_protocol_error(*state, TLS_1_3, TLS_CT_HANDSHAKE, data_behind, sizeof(data_behind));
}

static void test_conn_renegotiation_is_declined(void **state)
{
	static const uint8_t hello_request[] = { 0, 0, 0, 0 };
	struct pair_opts o = opts_for(*state);
	struct pair p;
	uint8_t type;

	o.version = TLS_1_2;
	make(&p, &o);
	pair_peer_send(&p, TLS_CT_HANDSHAKE, hello_request, sizeof(hello_request));
	receive_and_check(&p, 1000, 31);
	assert_int_equal(pair_peer_recv(&p, &type, got, sizeof(got)), 2);
	assert_int_equal(type, TLS_CT_ALERT);
	assert_int_equal(got[1], TLS_ALERT_NO_RENEGOTIATION);
	pair_free(&p);
}

/* --- KeyUpdate ------------------------------------------------------------ */

/* Where the kernel holds a key it cannot replace, the promised error instead. True if that was so. */
static bool promised_error(struct pair *p, ssize_t ret, bool in_kernel, const char *option)
{
	if (!in_kernel || kernel_can_rekey() == 1)
		return false;
	assert_int_equal(ret, -EKEYEXPIRED);
	assert_non_null(strstr(ktls_conn_error(p->conn), option));
	return true;
}

static void test_conn_key_update_received(void **state)
{
	struct pair_opts o = opts_for(*state);
	struct ktls_conn_info info;
	struct pair p;

	make(&p, &o);
	receive_and_check(&p, 1000, 37);
	for (int i = 0; i < 100; i++) {
		pair_peer_key_update(&p, false);
		pair_peer_send(&p, TLS_CT_DATA, "data", 4);
		ssize_t n = pair_recv(&p, got, sizeof(got));

		if (promised_error(&p, n, rx_in_kernel(*state), "--ktls-rx=off"))
			goto out;
		assert_int_equal(n, 4);
		assert_memory_equal(got, "data", 4);
	}
	ktls_conn_get_info(p.conn, &info);
	assert_int_equal(info.dir[KTLS_RX].rekeys, 100);
	assert_int_equal(info.dir[KTLS_TX].rekeys, 0);
out:
	pair_free(&p);
}

static void test_conn_key_update_requested(void **state)
{
	static const uint8_t answer[] = { 24, 0, 0, 1, 0 };
	struct pair_opts o = opts_for(*state);
	struct pair p;
	uint8_t type;

	make(&p, &o);
	for (int i = 0; i < 100; i++) {
		ssize_t n;

		pair_peer_key_update(&p, true);
		pair_peer_send(&p, TLS_CT_DATA, "data", 4);
		n = pair_recv(&p, got, sizeof(got));
		if (promised_error(&p, n, rx_in_kernel(*state), "--ktls-rx=off") ||
		    promised_error(&p, n, tx_in_kernel(*state), "--ktls-tx=off"))
			goto out;
		assert_int_equal(n, 4);
		assert_int_equal(pair_until_done(&p, ktls_conn_flush), 0);
		assert_int_equal(pair_peer_recv(&p, &type, got, sizeof(got)), sizeof(answer));
		assert_int_equal(type, TLS_CT_HANDSHAKE);
		assert_memory_equal(got, answer, sizeof(answer));
		pair_peer_follow_key_update(&p);
		send_and_check(&p, 20000, (uint32_t)i);
	}
out:
	pair_free(&p);
}

static void test_conn_key_update_sent(void **state)
{
	static const uint8_t message[] = { 24, 0, 0, 1, 1 };
	struct pair_opts o = opts_for(*state);
	struct pair p;
	uint8_t type;

	make(&p, &o);
	for (int i = 0; i < 100; i++) {
		int ret = ktls_conn_rekey(p.conn, true);

		if (promised_error(&p, ret, tx_in_kernel(*state), "--ktls-tx=off") ||
		    promised_error(&p, ret, rx_in_kernel(*state), "--ktls-rx=off")) {
			/* Refused before anything was sent: the connection goes on. */
			send_and_check(&p, 20000, 41);
			goto out;
		}
		assert_true(ret == 0 || ret == -EAGAIN);
		assert_int_equal(pair_until_done(&p, ktls_conn_flush), 0);
		assert_int_equal(pair_peer_recv(&p, &type, got, sizeof(got)), sizeof(message));
		assert_memory_equal(got, message, sizeof(message));
		pair_peer_follow_key_update(&p);
		send_and_check(&p, 20000, (uint32_t)i);
	}
out:
	pair_free(&p);
}

static void test_conn_rekey_after_bytes(void **state)
{
	struct pair_opts o = opts_for(*state);
	struct ktls_conn_info info;
	struct pair p;
	uint8_t type;
	size_t done = 0, total = 0;

	o.conn.rekey_after = 50000;
	make(&p, &o);
	pattern(sent, BULK, 43);
	while (total < BULK) {
		ssize_t n = done < BULK ? ktls_conn_send(p.conn, sent + done, BULK - done) : ktls_conn_flush(p.conn);

		if (done >= 50000 && promised_error(&p, n, tx_in_kernel(*state), "--ktls-tx=off"))
			goto out;
		assert_true(n >= 0 || n == -EAGAIN);
		done += n > 0 ? (size_t)n : 0;
		n = pair_peer_recv(&p, &type, got + total, sizeof(got) - total);
		assert_true(n > 0);
		if (type == TLS_CT_HANDSHAKE)
			pair_peer_follow_key_update(&p);
		else
			total += (size_t)n;
	}
	assert_memory_equal(sent, got, BULK);
	ktls_conn_get_info(p.conn, &info);
	assert_int_equal(info.dir[KTLS_TX].rekeys, 5);
out:
	pair_free(&p);
}

/* The kernel looks at the first byte of a handshake record only, and a ticket stands there. */
static void test_conn_ticket_and_key_update_in_one_record(void **state)
{
	static const uint8_t both[] = { 4, 0, 0, 2, 9, 9, 24, 0, 0, 1, 0 };
	struct pair_opts o = opts_for(*state);
	struct ktls_conn_info info;
	struct tls_keys keys;
	struct pair p;
	ssize_t n;

	o.tickets = 0;
	make(&p, &o);
	pair_peer_send(&p, TLS_CT_HANDSHAKE, both, sizeof(both));
	assert_int_equal(tls13_next_secret(&p.peer.tx_secret, &p.peer.tx_secret), 0);
	assert_int_equal(tls13_keys_from_secret(&p.peer.tx_secret, p.peer.cipher, &keys), 0);
	assert_int_equal(record_rekey(p.peer_tx, &keys), 0);
	pair_peer_send(&p, TLS_CT_DATA, "behind", 6);
	n = pair_recv(&p, got, sizeof(got));
	if (!promised_error(&p, n, rx_in_kernel(*state), "--ktls-rx=off")) {
		assert_int_equal(n, 6);
		assert_memory_equal(got, "behind", 6);
		ktls_conn_get_info(p.conn, &info);
		assert_int_equal(info.tickets, 1);
	}
	pair_free(&p);
}

/* --- hand-over ------------------------------------------------------------ */

static void wait_readable(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	assert_int_equal(poll(&pfd, 1, 5000), 1);
}

static void peer_sends_early(struct pair *p)
{
	pair_peer_send(p, TLS_CT_DATA, "early", 5);
	wait_readable(p->fd);
}

static void peer_sends_early_garbage(struct pair *p)
{
	uint8_t wire[100];
	size_t taken;
	ssize_t n = record_seal(p->peer_tx, TLS_CT_DATA, (const uint8_t *)"early", 5, 16384, wire, sizeof(wire), &taken);

	wire[n - 1] ^= 1;
	assert_int_equal(send(p->peer_fd, wire, (size_t)n, 0), n);
	wait_readable(p->fd);
}

static void peer_closes_early(struct pair *p)
{
	shutdown(p->peer_fd, SHUT_WR);
	wait_readable(p->fd);
}

static void test_conn_data_queued_before_the_hand_over(void **state)
{
	struct pair_opts o = opts_for(*state);
	struct pair p;

	o.before = peer_sends_early;
	make(&p, &o);
	assert_int_equal(pair_recv(&p, got, sizeof(got)), 5);
	assert_memory_equal(got, "early", 5);
	receive_and_check(&p, 50000, 47);
	pair_free(&p);
}

static void test_conn_self_check_keeps_wrong_keys_from_the_kernel(void **state)
{
	struct pair_opts o = { .tickets = 0, .before = peer_sends_early_garbage };
	struct ktls_conn_info info;
	struct pair p;

	(void)state;
	pair_make(&p, &o);
	ktls_conn_get_info(p.conn, &info);
	assert_int_equal(info.dir[KTLS_RX].path, KTLS_PATH_ENGINE);
	assert_non_null(strstr(info.dir[KTLS_RX].reason, "self-check"));
	assert_int_equal(pair_recv(&p, got, sizeof(got)), -EBADMSG);
	pair_free(&p);
}

static void test_conn_fin_before_the_hand_over(void **state)
{
	struct pair_opts o = { .tickets = 0, .before = peer_closes_early };
	struct ktls_conn_info info;
	struct pair p;

	(void)state;
	pair_make(&p, &o);
	ktls_conn_get_info(p.conn, &info);
	assert_int_equal(info.dir[KTLS_TX].path, KTLS_PATH_ENGINE);
	assert_int_equal(info.dir[KTLS_RX].path, KTLS_PATH_ENGINE);
	if (kernel_required())
		assert_non_null(strstr(info.dir[KTLS_TX].reason, "ESTABLISHED"));
	send_and_check(&p, 1000, 53);
	assert_int_equal(pair_recv(&p, got, sizeof(got)), -ECONNABORTED);
	pair_free(&p);
}

static void test_conn_demanding_the_kernel_fails_with_the_reason(void **state)
{
	struct pair_opts o = { .tickets = -1, .conn = { .want = { KTLS_ON, KTLS_ON } } };
	struct pair p;
	int ret;

	(void)state;
	if (kernel_required())
		skip();
	ret = pair_try(&p, &o);
	/* Where the kernel takes it there is nothing to refuse. */
	assert_true(ret == 0 || ret == -EOPNOTSUPP);
	assert_int_equal(ret == 0, p.conn != NULL);
	pair_free(&p);
}

#define ONCE(f) { #f, f, NULL, NULL, NULL }
#define EACH(f) { #f, f, NULL, NULL, &variants[0] }, { #f " [kernel]", f, NULL, NULL, &variants[1] }, \
	{ #f " [kernel tx]", f, NULL, NULL, &variants[2] }, { #f " [kernel rx]", f, NULL, NULL, &variants[3] }

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(test_conn_data_every_cipher),
		EACH(test_conn_max_payload_cuts_records),
		EACH(test_conn_file_and_pipe),
		EACH(test_conn_receive_into_pipe),
		EACH(test_conn_backpressure_loses_nothing),
		EACH(test_conn_half_close),
		EACH(test_conn_fin_without_close_notify),
		EACH(test_conn_fin_in_mid_record),
		EACH(test_conn_fatal_alert),
		EACH(test_conn_bad_mac),
		EACH(test_conn_bad_headers_latch),
		EACH(test_conn_protocol_errors),
		EACH(test_conn_malformed_key_update),
		EACH(test_conn_renegotiation_is_declined),
		EACH(test_conn_key_update_received),
		EACH(test_conn_key_update_requested),
		EACH(test_conn_key_update_sent),
		EACH(test_conn_rekey_after_bytes),
		EACH(test_conn_ticket_and_key_update_in_one_record),
		EACH(test_conn_data_queued_before_the_hand_over),
		ONCE(test_conn_self_check_keeps_wrong_keys_from_the_kernel),
		ONCE(test_conn_fin_before_the_hand_over),
		ONCE(test_conn_demanding_the_kernel_fails_with_the_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
