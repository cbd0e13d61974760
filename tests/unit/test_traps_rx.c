/* SPDX-License-Identifier: MIT */
/* The kernel's receiving traps, one test each: what path_kernel_rx.c does about them must keep working. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/attr.h"
#include "conn/conn.h"
#include "unit/variants.h"

enum {
	BULK = 50000,
};

static uint8_t sent[BULK], got[BULK];

static const struct {
	uint8_t bytes[8];
	size_t len;
} bad_headers[] = {
	{ { 23, 3, 1, 0, 40 }, 5 },		/* version */
	{ { 0x47, 0x45, 0x54, 0x20, 0x2f }, 5 },	/* text */
	{ { 23, 3, 3, 0xff, 0xff }, 5 },	/* too long */
	{ { 23, 3, 3, 0, 4, 1, 2, 3 }, 8 },	/* shorter than a tag */
};

static void send_bad_header(struct pair *p, size_t i)
{
	assert_true(send(p->peer_fd, bad_headers[i].bytes, bad_headers[i].len, 0) > 0);
	/* The kernel looks at some lengths only when the whole record is there. */
	assert_true(send(p->peer_fd, sent, 20000, 0) > 0);
}

static bool is_malformed(ssize_t n)
{
	return n == -EINVAL || n == -EMSGSIZE || n == -EBADMSG;
}

/* Trap: a malformed header is reported once, and a blocking read after that waits for ever. */
static void test_blocking_read_after_a_bad_header_returns(void **state)
{
	const struct timeval patience = { .tv_sec = 3 };

	for (size_t i = 0; i < ARRAY_SIZE(bad_headers); i++) {
		struct pair_opts o = opts_for(*state);
		struct pair p;
		uint8_t type;
		bool eor;
		ssize_t n;

		o.tickets = 0;
		make(&p, &o);
		fcntl(p.fd, F_SETFL, 0);
		setsockopt(p.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		send_bad_header(&p, i);
		n = ktls_conn_recv(p.conn, got, sizeof(got));
		assert_true(is_malformed(n));
		for (int again = 0; again < 3; again++)
			assert_int_equal(ktls_conn_recv(p.conn, got, sizeof(got)), n);
		/* The connection keeps the error, too: whether the path would wait is seen only below it. */
		assert_int_equal(p.conn->rx.path->ops->recv(p.conn->rx.path, got, sizeof(got), &type, &eor), n);
		pair_free(&p);
	}
}

static ssize_t recv_to_pipe_waiting(struct pair *p, int fd)
{
	ssize_t n;

	for (int i = 0; i < 1000 && (n = ktls_conn_recv_to_pipe(p->conn, fd, 1 << 20)) == -EAGAIN; i++)
		usleep(2000);
	return n;
}

/* Trap: splice() says EINVAL to a control record and to a malformed header alike; the latter only once. */
static void test_splice_tells_a_bad_header_from_a_control_record(void **state)
{
	static const uint8_t ticket[] = { TLS_HS_NEW_SESSION_TICKET, 0, 0, 2, 1, 2 };

	for (size_t i = 0; i < ARRAY_SIZE(bad_headers); i++) {
		struct pair_opts o = opts_for(*state);
		struct pair p;
		int fds[2];
		ssize_t n;

		o.tickets = 0;
		make(&p, &o);
		assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
		pair_peer_send(&p, TLS_CT_DATA, "one", 3);
		pair_peer_send(&p, TLS_CT_HANDSHAKE, ticket, sizeof(ticket));
		pair_peer_send(&p, TLS_CT_DATA, "two", 3);
		for (size_t total = 0; total < 6; total += (size_t)n) {
			n = recv_to_pipe_waiting(&p, fds[1]);
			assert_true(n > 0);
		}
		assert_int_equal(read(fds[0], got, 100), 6);
		assert_memory_equal(got, "onetwo", 6);
		send_bad_header(&p, i);
		n = recv_to_pipe_waiting(&p, fds[1]);
		assert_true(is_malformed(n));
		assert_int_equal(ktls_conn_recv_to_pipe(p.conn, fds[1], 1 << 20), n);
		assert_int_equal(ktls_conn_recv(p.conn, got, sizeof(got)), n);
		close(fds[0]);
		close(fds[1]);
		pair_free(&p);
	}
}

/* Trap: splice() knows nothing of alerts; the kernel takes FIN without close_notify for an ordinary end. */
static void test_splice_ends_as_the_peer_does(void **state)
{
	static const uint8_t fatal[] = { 2, 40 }, close_notify[] = { 1, 0 };
	static const struct {
		const uint8_t *alert;
		ssize_t expect;
	} ends[] = { { fatal, -EREMOTEIO }, { close_notify, 0 }, { NULL, -ECONNABORTED } };

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		struct pair_opts o = opts_for(*state);
		struct pair p;
		int fds[2];

		o.tickets = 0;
		make(&p, &o);
		assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
		pattern(sent, 16000, 6);
		pair_peer_send(&p, TLS_CT_DATA, sent, 16000);
		if (ends[i].alert)
			pair_peer_send(&p, TLS_CT_ALERT, ends[i].alert, 2);
		shutdown(p.peer_fd, SHUT_WR);
		for (ssize_t n, total = 0; total < 16000; total += n) {
			n = recv_to_pipe_waiting(&p, fds[1]);
			assert_true(n > 0);
		}
		assert_int_equal(read(fds[0], got, 20000), 16000);
		assert_memory_equal(got, sent, 16000);
		for (int again = 0; again < 2; again++)
			assert_int_equal(recv_to_pipe_waiting(&p, fds[1]), ends[i].expect);
		close(fds[0]);
		close(fds[1]);
		pair_free(&p);
	}
}

/* An alert that arrives while a pipe is being sent stops the sending with the peer's reason. */
static void test_alert_stops_a_sending_splice(void **state)
{
	static const uint8_t fatal[] = { 2, 80 };
	struct pair_opts o = opts_for(*state);
	struct pair p;
	int fds[2];

	o.tickets = 0;
	make(&p, &o);
	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	pattern(sent, 50000, 7);
	assert_int_equal(write(fds[1], sent, 50000), 50000);
	assert_true(ktls_conn_send_pipe(p.conn, fds[0], 20000) > 0);
	pair_peer_send(&p, TLS_CT_ALERT, fatal, 2);
	assert_int_equal(pair_recv(&p, got, sizeof(got)), -EREMOTEIO);
	assert_int_equal(ktls_conn_send_pipe(p.conn, fds[0], 20000), -EREMOTEIO);
	assert_non_null(strstr(ktls_conn_error(p.conn), "internal_error"));
	close(fds[0]);
	close(fds[1]);
	pair_free(&p);
}

/* Trap: a read without room for the record type gets EIO, and the control record stays in the way until one has room. */
static void test_control_record_needs_room_for_its_type(void **state)
{
	static const uint8_t ticket[] = { TLS_HS_NEW_SESSION_TICKET, 0, 0, 2, 1, 2 };
	struct pair_opts o = opts_for(*state);
	struct ktls_conn_info info;
	struct pair p;

	o.tickets = 0;
	make(&p, &o);
	pair_peer_send(&p, TLS_CT_HANDSHAKE, ticket, sizeof(ticket));
	pair_peer_send(&p, TLS_CT_DATA, "data", 4);
	assert_int_equal(poll(&(struct pollfd){ .fd = p.fd, .events = POLLIN }, 1, 5000), 1);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(recv(p.fd, got, sizeof(got), MSG_DONTWAIT), -1);
		assert_int_equal(errno, EIO);
	}
	assert_int_equal(pair_recv(&p, got, sizeof(got)), 4);
	assert_memory_equal(got, "data", 4);
	ktls_conn_get_info(p.conn, &info);
	assert_int_equal(info.tickets, 1);
	pair_free(&p);
}

/* Trap: with a record of no payload recvmsg() returns 0, as it does at the end. */
static void test_empty_record_is_not_the_end(void **state)
{
	struct pair_opts o = opts_for(*state);
	struct pair p;

	o.tickets = 0;
	make(&p, &o);
	for (int i = 0; i < 3; i++) {
		pair_peer_send(&p, TLS_CT_DATA, "", 0);
		pair_peer_send(&p, TLS_CT_DATA, "data", 4);
		assert_int_equal(pair_recv(&p, got, sizeof(got)), 4);
		assert_memory_equal(got, "data", 4);
	}
	pair_free(&p);
}

/* Trap: a TLS 1.2 handshake record that begins with the number of KeyUpdate stops the kernel as if there were one (6.14). */
static void test_key_update_in_tls12_is_refused(void **state)
{
	static const uint8_t message[] = { TLS_HS_KEY_UPDATE, 0, 0, 1, 0 };
	struct pair_opts o = opts_for(*state);
	struct pair p;

	o.version = TLS_1_2;
	make(&p, &o);
	pair_peer_send(&p, TLS_CT_HANDSHAKE, message, sizeof(message));
	pair_peer_send(&p, TLS_CT_DATA, "data", 4);
	assert_int_equal(pair_recv(&p, got, sizeof(got)), -EPROTO);
	assert_int_equal(pair_recv(&p, got, sizeof(got)), -EPROTO);
	assert_non_null(strstr(ktls_conn_error(p.conn), "type 24"));
	pair_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(test_blocking_read_after_a_bad_header_returns),
		EACH(test_splice_tells_a_bad_header_from_a_control_record),
		EACH(test_splice_ends_as_the_peer_does),
		EACH(test_alert_stops_a_sending_splice),
		ON(test_control_record_needs_room_for_its_type, ON_KERNEL_RX),
		EACH(test_empty_record_is_not_the_end),
		EACH(test_key_update_in_tls12_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
