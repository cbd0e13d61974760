/* SPDX-License-Identifier: MIT */
/* The BIO on its own: what it reads, what it notes, and what it does not claim to be able to do. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "handshake/bio.h"
#include "handshake/registry.h"

struct fixture {
	struct stream stream;
	BIO *bio;
	int peer;
};

static int setup(void **state)
{
	static struct fixture f;
	int fds[2];

	memset(&f, 0, sizeof(f));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	f.stream.fd = fds[0];
	f.peer = fds[1];
	f.bio = stream_bio_new(registry_get()->method, &f.stream);
	assert_non_null(f.bio);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	BIO_free(f->bio);
	close(f->stream.fd);
	if (f->peer >= 0)
		close(f->peer);
	return 0;
}

static const uint8_t two_records[] = { 22, 3, 3, 0, 4, 1, 2, 3, 4, 23, 3, 3, 0, 1, 9 };

/* However much is asked for, one read never gives more than the rest of a header or of a body. */
static void test_stream_reads_stay_in_a_record(void **state)
{
	static const int want[] = { 5, 4, 5, 1 };
	struct fixture *f = *state;
	uint8_t buf[100], all[sizeof(two_records)];
	size_t off = 0;

	assert_int_equal(send(f->peer, two_records, sizeof(two_records), 0), sizeof(two_records));
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(BIO_read(f->bio, buf, sizeof(buf)), want[i]);
		memcpy(all + off, buf, (size_t)want[i]);
		off += (size_t)want[i];
	}
	assert_memory_equal(all, two_records, sizeof(all));
	assert_true(f->stream.rx.scanner.records == 2);
	assert_true(scanner_at_boundary(&f->stream.rx.scanner));
	assert_int_equal(BIO_read(f->bio, buf, sizeof(buf)), -1);
	assert_true(BIO_should_retry(f->bio) && BIO_should_read(f->bio));
	assert_int_equal(f->stream.rx_err, -EAGAIN);
	assert_false(f->stream.foreign);
}

static void test_stream_eof(void **state)
{
	struct fixture *f = *state;
	uint8_t byte;

	assert_int_equal(BIO_eof(f->bio), 0);
	close(f->peer);
	f->peer = -1;
	assert_int_equal(BIO_read(f->bio, &byte, 1), 0);
	assert_false(BIO_should_retry(f->bio));
	assert_int_equal(BIO_eof(f->bio), 1);
	assert_true(f->stream.eof);
	/* No SIGPIPE. */
	assert_int_equal(BIO_write(f->bio, two_records, 9), -1);
	assert_false(BIO_should_retry(f->bio));
	assert_int_equal(f->stream.tx_err, -EPIPE);
}

/* Counted is what the socket took, not what libssl offered. */
static void test_stream_writes_count_what_was_sent(void **state)
{
	struct fixture *f = *state;
	static uint8_t flood[1 << 20] = { 22, 3, 3, 0xff, 0xff };
	size_t done = 0;
	int n;

	assert_int_equal(BIO_write(f->bio, two_records, 9), 9);
	assert_true(f->stream.tx.scanner.records == 1);
	assert_true(scanner_at_boundary(&f->stream.tx.scanner));
	while ((n = BIO_write(f->bio, flood + done, (int)(65540 - done))) > 0 && done + (size_t)n < 65540)
		done += (size_t)n;
	for (int i = 0; i < 1000 && n > 0; i++)
		n = BIO_write(f->bio, flood, 65540);
	assert_int_equal(n, -1);
	assert_true(BIO_should_retry(f->bio) && BIO_should_write(f->bio));
	assert_int_equal(f->stream.tx_err, -EAGAIN);
}

/* Several records and a change_cipher_spec in one write, as libssl's buffer makes of a flight. */
static void test_stream_epochs_in_one_write(void **state)
{
	static const uint8_t flight[] = {
		22, 3, 3, 0, 1, 1,
		20, 3, 3, 0, 1, 1,
		22, 3, 3, 0, 8, 0, 0, 0, 0, 0, 0, 0, 42,
	};
	struct fixture *f = *state;

	assert_int_equal(BIO_write(f->bio, flight, sizeof(flight)), sizeof(flight));
	assert_true(f->stream.tx.scanner.records == 1);
	assert_int_equal(scanner_explicit_nonce(&f->stream.tx.scanner)[7], 42);
	assert_true(f->stream.rx.scanner.records == 0);
	/* Once there is a traffic secret, it alone starts epochs. */
	f->stream.tx.secret.len = 32;
	assert_int_equal(BIO_write(f->bio, flight, sizeof(flight)), sizeof(flight));
	assert_true(f->stream.tx.scanner.records == 3);
}

static void test_stream_knows_what_is_no_tls(void **state)
{
	static const char *const heads[] = { "HTTP/", "\026\002\001\000\001", "\200\056\001\003\003",
					     "\030\003\003\000\001" };
	struct fixture *f = *state;
	uint8_t byte;

	for (size_t i = 0; i < 4; i++) {
		memset(&f->stream.rx, 0, sizeof(f->stream.rx));
		f->stream.foreign = false;
		assert_int_equal(send(f->peer, heads[i], 5, 0), 5);
		for (int j = 0; j < 5; j++) {
			assert_false(f->stream.foreign);
			assert_int_equal(BIO_read(f->bio, &byte, 1), 1);
		}
		assert_true(f->stream.foreign);
		assert_memory_equal(f->stream.foreign_head, heads[i], 5);
	}
}

/* BIO_CTRL_SET_KTLS and its relatives are 72 to 76; their names are libssl's own affair. */
static void test_stream_ctrls(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(BIO_flush(f->bio), 1);
	assert_int_equal(BIO_pending(f->bio), 0);
	assert_int_equal(BIO_wpending(f->bio), 0);
	for (int cmd = 0; cmd < 200; cmd++)
		if (cmd != BIO_CTRL_FLUSH)
			assert_int_equal(BIO_ctrl(f->bio, cmd, 0, NULL), 0);
	assert_int_equal(BIO_get_ktls_send(f->bio), 0);
	assert_int_equal(BIO_get_ktls_recv(f->bio), 0);
}

static void test_stream_detached(void **state)
{
	struct fixture *f = *state;
	uint8_t buf[5];

	assert_int_equal(send(f->peer, two_records, sizeof(two_records), 0), sizeof(two_records));
	assert_int_equal(BIO_read(f->bio, buf, 5), 5);
	stream_bio_detach(f->bio);
	assert_int_equal(BIO_read(f->bio, buf, 1), -1);
	assert_false(BIO_should_retry(f->bio));
	assert_int_equal(BIO_write(f->bio, two_records, 5), -1);
	assert_false(BIO_should_retry(f->bio));
	assert_int_equal(BIO_flush(f->bio), 1);
	assert_int_equal(BIO_eof(f->bio), 1);
	assert_int_equal(recv(f->peer, buf, sizeof(buf), 0), -1);
	assert_int_equal(errno, EAGAIN);
	ERR_clear_error();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_stream_reads_stay_in_a_record, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stream_eof, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stream_writes_count_what_was_sent, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stream_epochs_in_one_write, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stream_knows_what_is_no_tls, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stream_ctrls, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stream_detached, setup, teardown),
	};

	return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
