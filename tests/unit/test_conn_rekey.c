/* SPDX-License-Identifier: MIT */
/* KeyUpdate both ways, on every pairing of paths this kernel offers. */
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

static bool rx_in_kernel(const struct variant *v)
{
	return v->rx == KTLS_ON;
}

static bool tx_in_kernel(const struct variant *v)
{
	return v->tx == KTLS_ON;
}

enum {
	BULK = 300000,
};

static uint8_t sent[BULK], got[BULK + 1];

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(test_conn_key_update_received),
		EACH(test_conn_key_update_requested),
		EACH(test_conn_key_update_sent),
		EACH(test_conn_rekey_after_bytes),
		EACH(test_conn_ticket_and_key_update_in_one_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
