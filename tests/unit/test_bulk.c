/* SPDX-License-Identifier: MIT */
/* Buffers for bulk data, and that a connection at rest has given its own back. */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/bulk.h"
#include "base/poison.h"
#include "path/path.h"

static void test_bulk_need(void **state)
{
	struct bulk b = { 0 };
	uint8_t *first;

	(void)state;
	assert_int_equal(bulk_need(&b, 100), 0);
	assert_true(b.cap >= 100);
	first = b.data;
	memset(b.data, 1, 100);
	bulk_holds_plain(&b, 60);
	bulk_holds_plain(&b, 40);
	assert_int_equal(b.plain, 60);
	/* What is large enough stays. */
	assert_int_equal(bulk_need(&b, 50), 0);
	assert_ptr_equal(b.data, first);
	assert_int_equal(bulk_need(&b, 5000), 0);
	assert_true(b.cap >= 5000);
	assert_int_equal(b.plain, 0);
	/* The sanitizer's malloc() does not return from that. */
	if (!HAVE_POISON) {
		assert_int_equal(bulk_need(&b, SIZE_MAX / 2), -ENOMEM);
		assert_null(b.data);
		assert_int_equal(b.cap, 0);
	}
	bulk_free(&b);
	bulk_free(&b);
}

/* --- a connection at rest */

enum {
	MUCH = 1 << 20,
	/* As much as two directions at rest may hold, whatever went over them. */
	REST_LEN = 12 * 1024,
};

struct ends {
	int fds[2];
	struct errmsg err;
	struct path_env tx_env, rx_env;
	struct path_tx *tx;
	struct path_rx *rx;
};

static uint8_t data[MUCH], got[MUCH];

/* Bytes that the program has from malloc() now; always 0 where malloc() does not tell, and then only the data is checked. */
static size_t bytes_held(void)
{
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
#else
	return 0;
#endif
}

static void ends_make(struct ends *e)
{
	const struct tls_keys keys = { .version = TLS_1_3, .cipher = tls_cipher_by_id("aes-128-gcm"), .key = { 1, 2 } };

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, e->fds), 0);
	e->err.text[0] = '\0';
	e->tx_env = (struct path_env){ .sys = &sys_linux, .fd = e->fds[0], .err = &e->err, .max_payload = TLS_MAX_PLAINTEXT };
	e->rx_env = e->tx_env;
	e->rx_env.fd = e->fds[1];
	assert_int_equal(path_engine_tx_new(&e->tx, &e->tx_env, &keys), 0);
	assert_int_equal(path_engine_rx_new(&e->rx, &e->rx_env, &keys), 0);
}

static void ends_free(struct ends *e)
{
	e->tx->ops->free(e->tx);
	e->rx->ops->free(e->rx);
	close(e->fds[0]);
	close(e->fds[1]);
}

/* Receives by pieces of @step until nothing more comes; *@at goes on. */
static void receive(struct ends *e, size_t *at, size_t step)
{
	ssize_t n;
	uint8_t type;
	bool eor;

	while ((n = e->rx->ops->recv(e->rx, got + *at, MIN(step, sizeof(got) - *at), &type, &eor)) > 0)
		*at += (size_t)n;
	assert_int_equal(n, -EAGAIN);
}

/* How payload goes in: as much as @len bytes from @from on. */
typedef ssize_t (*feeder)(struct ends *e, size_t from, size_t len);

static ssize_t feed_memory(struct ends *e, size_t from, size_t len)
{
	return e->tx->ops->send(e->tx, data + from, len, false);
}

/* The last piece is followed by none. */
static ssize_t feed_pieces(struct ends *e, size_t from, size_t len)
{
	return e->tx->ops->send(e->tx, data + from, len, from + len < MUCH - 1000);
}

static ssize_t feed_file(struct ends *e, size_t from, size_t len)
{
	const int file = memfd_create("data", MFD_CLOEXEC);
	off_t off = 0;
	ssize_t n;

	assert_int_equal(write(file, data + from, len), len);
	n = e->tx->ops->send_file(e->tx, file, &off, len);
	if (n > 0 && (size_t)n == len)
		assert_int_equal(e->tx->ops->send_file(e->tx, file, &off, len), e->tx->ops->has_unsent(e->tx) ? -EAGAIN : 0);
	close(file);
	return n;
}

static ssize_t feed_pipe(struct ends *e, size_t from, size_t len)
{
	int fds[2];
	ssize_t n;

	len = MIN(len, (size_t)65536);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], data + from, len), len);
	n = e->tx->ops->send_pipe(e->tx, fds[0], len);
	if (n > 0)
		assert_int_equal(n, len);
	if (n > 0 && !e->tx->ops->has_unsent(e->tx))
		assert_int_equal(e->tx->ops->send_pipe(e->tx, fds[0], len), -EAGAIN);
	close(fds[0]);
	close(fds[1]);
	return n;
}

static const struct pattern {
	const char *name;
	feeder feed;
	size_t write_len, read_len, total;
} patterns[] = {
	{ "nothing", feed_memory, 1, 1, 0 },
	{ "one byte", feed_memory, 1, 1, 1 },
	{ "short messages", feed_memory, 100, 300, 5000 },
	{ "writes of a record, reads of a page", feed_memory, 16384, 4096, MUCH },
	{ "long writes, long reads", feed_memory, 200000, MUCH, MUCH },
	{ "full batches, and a short end", feed_memory, MUCH, MUCH, MUCH - 1000 },
	{ "full batches to the end", feed_memory, MUCH, MUCH, MUCH },
	{ "pieces", feed_pieces, 1000, MUCH, MUCH - 1000 },
	{ "from a file", feed_file, MUCH, MUCH, MUCH },
	{ "from a pipe", feed_pipe, 65536, MUCH, MUCH },
};

/* Sends what is there, the socket's room permitting, and receives it, until all is through. */
static void carry(struct ends *e, const struct pattern *p)
{
	size_t sent = 0, received = 0;

	while (received < p->total) {
		ssize_t n = sent < p->total ? p->feed(e, sent, MIN(p->write_len, p->total - sent)) : 0;

		if (n > 0)
			sent += (size_t)n;
		else if (n < 0)
			assert_int_equal(n, -EAGAIN);
		receive(e, &received, p->read_len);
		if (e->tx->ops->has_unsent(e->tx))
			e->tx->ops->flush(e->tx);
	}
	assert_int_equal(received, p->total);
	assert_memory_equal(got, data, p->total);
	receive(e, &received, p->read_len);
}

static void test_bulk_rest(void **state)
{
	const struct pattern *p = *state;
	size_t before, held;
	struct ends e;

	ends_make(&e);
	before = bytes_held();
	carry(&e, p);
	held = bytes_held() - before;
	print_message("# %s: %zu bytes\n", p->name, held);
	assert_true(held <= REST_LEN);
	/* And again: what was given back can be had again. */
	carry(&e, p);
	assert_true(bytes_held() - before <= REST_LEN);
	ends_free(&e);
}

int main(void)
{
	struct CMUnitTest tests[1 + ARRAY_SIZE(patterns)] = { cmocka_unit_test(test_bulk_need) };

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 + i / 251);
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++)
		tests[1 + i] = (struct CMUnitTest){ patterns[i].name, test_bulk_rest, NULL, NULL, (void *)(uintptr_t)&patterns[i] };
	return cmocka_run_group_tests_name("bulk", tests, NULL, NULL);
}
