/* SPDX-License-Identifier: MIT */
/* Receiving by the engine into buffers of every kind, and when there is no memory: nothing is lost by it. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "unit/variants.h"

enum {
	BULK = 200000,
};

static uint8_t sent[BULK], got[BULK + 1];

/* --- malloc() as the library sees it (the linker's --wrap) */

static struct {
	bool fails;
	unsigned asked;			/* so often while it failed */
} memory;

void *__real_malloc(size_t len);
void *__wrap_malloc(size_t len);

void *__wrap_malloc(size_t len)
{
	memory.asked += memory.fails;
	return memory.fails ? NULL : __real_malloc(len);
}

static ssize_t recv_without_memory(struct pair *p, size_t at, size_t len)
{
	ssize_t n;

	memory.asked = 0;
	memory.fails = true;
	n = ktls_conn_recv(p->conn, got + at, len);
	memory.fails = false;
	return n;
}

static void make_quiet(struct pair *p, const struct variant *v, uint16_t version)
{
	struct pair_opts o = opts_for(v);

	o.version = version;
	o.tickets = 0;
	make(p, &o);
}

static void test_memory_for_the_socket(void **state)
{
	struct pair p;

	make_quiet(&p, *state, TLS_1_3);
	pattern(sent, BULK, 1);
	pair_peer_send(&p, TLS_CT_DATA, sent, 1000);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(recv_without_memory(&p, 0, BULK), -ENOMEM);
		assert_true(memory.asked > 0);
	}
	/* The other direction does not even hear of it. */
	assert_int_equal(ktls_conn_events(p.conn), POLLIN);
	assert_int_equal(ktls_conn_send(p.conn, sent, 100), 100);
	assert_string_equal(ktls_conn_error(p.conn), "");
	assert_int_equal(pair_recv(&p, got, BULK), 1000);
	assert_memory_equal(sent, got, 1000);
	receive_and_check(&p, BULK, 2);
	pair_free(&p);
}

/* What has come already can be had without any, by whatever pieces. */
static void test_no_memory_for_records(void **state)
{
	static const size_t lens[] = { 10, 3000, 3000, 3000, 1 };
	struct pair p;
	size_t total = 0;
	int on = 1;

	make_quiet(&p, *state, TLS_1_3);
	pattern(sent, BULK, 3);
	/* All of them are to be there when the first is asked for. */
	assert_int_equal(setsockopt(p.peer_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), 0);
	for (size_t i = 0; i < 5; i++)
		pair_peer_send(&p, TLS_CT_DATA, sent + i * 3000, 3000);
	assert_int_equal(pair_recv(&p, got, 1), 1);
	total = 1;
	for (size_t i = 0; total < 15000; i++) {
		const ssize_t n = recv_without_memory(&p, total, lens[i % ARRAY_SIZE(lens)]);

		assert_true(n > 0);
		assert_int_equal(memory.asked, 0);
		total += (size_t)n;
	}
	assert_int_equal(total, 15000);
	assert_memory_equal(sent, got, total);
	pair_free(&p);
}

/* Around a full record, with and without room for TLS 1.3's type; and a control record between them. */
static void test_buffers_of_every_kind(void **state)
{
	static const size_t lens[] = { TLS_MAX_PLAINTEXT, TLS_MAX_PLAINTEXT - 1, TLS_MAX_PLAINTEXT + 1, 8192, 1, 40000, BULK };
	static const uint16_t versions[] = { TLS_1_2, TLS_1_3 };
	static const uint8_t ticket[] = { TLS_HS_NEW_SESSION_TICKET, 0, 0, 2, 1, 2 };

	for (size_t i = 0; i < 2 * ARRAY_SIZE(lens); i++) {
		const uint16_t version = versions[i % 2];
		struct pair p;
		size_t done = 0;

		make_quiet(&p, *state, version);
		pattern(sent, BULK, (uint32_t)i);
		for (size_t at = 0; at < BULK; at += TLS_MAX_PLAINTEXT) {
			pair_peer_send(&p, TLS_CT_DATA, sent + at, MIN(BULK - at, (size_t)TLS_MAX_PLAINTEXT));
			if (version == TLS_1_3)
				pair_peer_send(&p, TLS_CT_HANDSHAKE, ticket, sizeof(ticket));
		}
		while (done < BULK) {
			const ssize_t n = pair_recv(&p, got + done, MIN(lens[i / 2], BULK + 1 - done));

			assert_true(n > 0);
			done += (size_t)n;
		}
		assert_int_equal(done, BULK);
		assert_memory_equal(sent, got, BULK);
		pair_free(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON(test_memory_for_the_socket, ON_ENGINE),
		ON(test_no_memory_for_records, ON_ENGINE),
		EACH(test_buffers_of_every_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
