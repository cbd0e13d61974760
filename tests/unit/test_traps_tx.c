/* SPDX-License-Identifier: MIT */
/* The kernel's sending traps, one test each: what path_kernel_tx.c does about them must keep working. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/attr.h"
#include "kernel/kernel.h"
#include "unit/variants.h"

enum {
	BULK = 1 << 20,
};

static uint8_t sent[BULK], got[BULK + TLS_MAX_PLAINTEXT];

/* Data records up to close_notify or FIN; what the end under test keeps back is not fetched by the peer. */
static size_t peer_reads_all(struct pair *p)
{
	size_t total = 0;
	uint8_t type;

	for (;;) {
		ssize_t n = pair_peer_recv(p, &type, got + total, sizeof(got) - total);

		if (n < 0 || type == TLS_CT_ALERT)
			return total;
		assert_int_equal(type, TLS_CT_DATA);
		total += (size_t)n;
		assert_true(total <= BULK);
	}
}

static void peer_reads(struct pair *p, size_t len)
{
	pair_peer_expect(p, sent, len, got, sizeof(got));
}

/* Trap: an open record (MSG_MORE) is dropped by shutdown(), without an error; close_notify, sent before, pushes it. */
static void test_open_record_survives_shutdown(void **state)
{
	struct pair_opts o = opts_for(*state);
	struct pair p;

	make(&p, &o);
	pattern(sent, 20000, 1);
	assert_int_equal(ktls_conn_send(p.conn, sent, 10000), 10000);
	/* As sendfile() leaves one behind when it is stopped. */
	assert_int_equal(send(p.fd, sent + 10000, 10000, MSG_MORE), 10000);
	p.leave_alone = true;
	assert_int_equal(pair_until_done(&p, ktls_conn_shutdown), 0);
	assert_int_equal(peer_reads_all(&p), 20000);
	assert_memory_equal(sent, got, 20000);
	pair_free(&p);
}

/* Trap: nothing pushes an open record: no timer, no TCP_NODELAY, no send of 0 bytes. */
static void test_open_record_is_pushed_by_flush(void **state)
{
	struct pair_opts o = opts_for(*state);
	struct pair p;

	make(&p, &o);
	pattern(sent, 5000, 2);
	assert_int_equal(send(p.fd, sent, 5000, MSG_MORE), 5000);
	p.leave_alone = true;
	assert_int_equal(pair_until_done(&p, ktls_conn_flush), 0);
	peer_reads(&p, 5000);
	pair_free(&p);
}

/* Says whose turn it was: the kernel's, which holds records, or TCP's. */
static void fail_as_stalled(int fd, int ret)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);
	int queued = 0;

	getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len);
	ioctl(fd, SIOCOUTQ, &queued);
	fail_msg("stalled: shutdown said %d, %d bytes in TCP, %u segments on their way, %u lost, RTO %u us, window probes %u", ret, queued,
		 info.tcpi_unacked, info.tcpi_lost, info.tcpi_rto, info.tcpi_probes);
}

/* Trap: the same by sendfile(), stopped by a full socket in the middle of the file. */
static void test_stopped_sendfile_survives_shutdown(void **state)
{
	struct pair_opts o = opts_for(*state);
	FILE *f = tmpfile();
	int small = 4096, ret = -EAGAIN, idle = 0;
	uint8_t type = 0;
	size_t total = 0;
	struct pair p;
	off_t off = 0;

	make(&p, &o);
	setsockopt(p.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	pattern(sent, BULK, 3);
	assert_int_equal(fwrite(sent, 1, BULK, f), BULK);
	assert_int_equal(fflush(f), 0);
	for (ssize_t n = 1; n > 0;)
		n = ktls_conn_send_file(p.conn, fileno(f), &off, BULK);
	assert_true(off > 0 && off < BULK);
	/* Up to a minute: what TCP lost comes with its timer, which is seconds where an emulated machine made round trips so long. */
	while (type != TLS_CT_ALERT) {
		ssize_t n;

		if (ret == -EAGAIN)
			ret = ktls_conn_shutdown(p.conn);
		assert_true(ret == 0 || ret == -EAGAIN);
		if (poll(&(struct pollfd){ .fd = p.peer_fd, .events = POLLIN }, 1, 5) != 1) {
			if (++idle == 12000)
				fail_as_stalled(p.fd, ret);
			continue;
		}
		n = pair_peer_recv(&p, &type, got + total, sizeof(got) - total);
		assert_true(n > 0);
		total += type == TLS_CT_ALERT ? 0 : (size_t)n;
	}
	assert_int_equal(total, off);
	assert_memory_equal(sent, got, total);
	fclose(f);
	pair_free(&p);
}

/* Fills a default pipe with writes of one size; how much went in. */
static size_t fill_pipe(int fd, size_t piece)
{
	size_t total = 0;
	ssize_t n;

	pattern(sent, BULK, (uint32_t)piece);
	while ((n = write(fd, sent + total, piece)) == (ssize_t)piece)
		total += piece;
	return total + (n > 0 ? (size_t)n : 0);
}

/*
 * Trap: splice(pipe, socket, more than there is) keeps the tail back when the pipe buffers moved are a multiple of 16: a full default
 * pipe of partly filled pages (6.5 and later). Nobody flushes here.
 */
static void test_splice_of_a_full_pipe_keeps_no_tail(void **state)
{
	static const size_t pieces[] = { 3000, 4097, 2049, 1500, 4096, 1, 100 };

	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		struct pair_opts o = opts_for(*state);
		struct pair p;
		size_t total, taken = 0;
		int fds[2];

		make(&p, &o);
		p.leave_alone = true;
		assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
		total = fill_pipe(fds[1], pieces[i]);
		while (taken < total) {
			ssize_t n = ktls_conn_send_pipe(p.conn, fds[0], BULK);

			assert_true(n > 0);
			taken += (size_t)n;
		}
		peer_reads(&p, total);
		close(fds[0]);
		close(fds[1]);
		pair_free(&p);
	}
}

/* From a file and from a pipe: no record above the limit, no byte missing. */
static void limited_file_and_pipe(struct pair *p, size_t limit)
{
	FILE *f = tmpfile();
	size_t total = 0;
	uint8_t type;
	off_t off = 0;
	int fds[2];

	pattern(sent, 6000, 4);
	assert_int_equal(fwrite(sent, 1, 3000, f), 3000);
	assert_int_equal(fflush(f), 0);
	while (off < 3000)
		assert_true(ktls_conn_send_file(p->conn, fileno(f), &off, 3000) > 0);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], sent + 3000, 3000), 3000);
	close(fds[1]);
	for (ssize_t n; (n = ktls_conn_send_pipe(p->conn, fds[0], 1 << 20)) != 0;)
		assert_true(n > 0);
	while (total < 6000) {
		ssize_t n = pair_peer_recv(p, &type, got + total, sizeof(got) - total);

		assert_true(n > 0 && (size_t)n <= limit);
		total += (size_t)n;
	}
	assert_memory_equal(sent, got, 6000);
	close(fds[0]);
	fclose(f);
}

/*
 * Trap: TLS_TX_MAX_PAYLOAD_LEN (6.19) is two bytes wide and answers EINVAL to an int. Where the kernel has the option it
 * must be in force, so that one call may carry many records; elsewhere calls are cut.
 */
static void test_max_payload_is_the_kernels_where_it_can(void **state)
{
	static const uint16_t versions[] = { TLS_1_2, TLS_1_3 };

	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		struct pair_opts o = opts_for(*state);
		uint16_t limit = 0;
		struct pair p;
		int ret;

		o.version = versions[i];
		o.conn.max_payload = 512;
		make(&p, &o);
		ret = kernel_max_payload_get(&sys_linux, p.fd, &limit);
		assert_true(ret == 0 || ret == -ENOPROTOOPT);
		pattern(sent, 2000, 5);
		if (ret == 0)
			assert_int_equal(limit, 512);
		assert_int_equal(ktls_conn_send(p.conn, sent, 2000), ret == 0 ? 2000 : 512);
		peer_reads(&p, ret == 0 ? 2000 : 512);
		limited_file_and_pipe(&p, 512);
		pair_free(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON(test_open_record_survives_shutdown, ON_KERNEL),
		ON(test_open_record_is_pushed_by_flush, ON_KERNEL_TX),
		EACH(test_stopped_sendfile_survives_shutdown),
		EACH(test_splice_of_a_full_pipe_keeps_no_tail),
		ON(test_max_payload_is_the_kernels_where_it_can, ON_KERNEL),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
