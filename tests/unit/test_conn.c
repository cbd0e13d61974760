/* SPDX-License-Identifier: MIT */
/* The data of a connection, from the hand-over to the end, on every pairing of paths this kernel offers. */
#include <errno.h>
#include <fcntl.h>
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
};

static uint8_t sent[BULK], got[BULK + 1];

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
