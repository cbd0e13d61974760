/* SPDX-License-Identifier: MIT */
/* What a peer must not send, and the hand-over, on every pairing of paths this kernel offers. */
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
	/* A kernel without TLS would not have got them anyway. */
	if (kernel_required())
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

static void peer_goes_with_an_alert(struct pair *p)
{
	static const uint8_t alert[2] = { TLS_ALERT_FATAL, 116 };

	pair_peer_send(p, TLS_CT_ALERT, alert, sizeof(alert));
	peer_closes_early(p);
}

static void test_conn_refusal_repeats_the_alert_of_a_peer_that_went(void **state)
{
	struct pair_opts o = { .tickets = 0, .conn = { .want = { KTLS_ON, KTLS_ON } }, .before = peer_goes_with_an_alert };
	struct pair p;

	(void)state;
	assert_int_equal(pair_try(&p, &o), -EOPNOTSUPP);
	assert_non_null(strstr(p.refusal, "kernel TLS was demanded for receiving"));
	assert_non_null(strstr(p.refusal, "alert certificate_required"));
	pair_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(test_conn_bad_mac),
		EACH(test_conn_bad_headers_latch),
		EACH(test_conn_protocol_errors),
		EACH(test_conn_malformed_key_update),
		EACH(test_conn_renegotiation_is_declined),
		EACH(test_conn_data_queued_before_the_hand_over),
		ONCE(test_conn_self_check_keeps_wrong_keys_from_the_kernel),
		ONCE(test_conn_fin_before_the_hand_over),
		ONCE(test_conn_demanding_the_kernel_fails_with_the_reason),
		ONCE(test_conn_refusal_repeats_the_alert_of_a_peer_that_went),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
