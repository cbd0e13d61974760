/* SPDX-License-Identifier: MIT */
/* Handshake messages out of records: split anywhere, several at once, too long. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tls/messages.h"
#include "tls/protocol.h"

/* A ticket of 300 bytes, a KeyUpdate, an empty HelloRequest. */
enum {
	TICKET_LEN = 300,
	STREAM_LEN = 4 + TICKET_LEN + 4 + 1 + 4,
};

static void make_stream(uint8_t *s)
{
	static const uint8_t tail[] = { TLS_HS_KEY_UPDATE, 0, 0, 1, 1, TLS_HS_HELLO_REQUEST, 0, 0, 0 };

	s[0] = TLS_HS_NEW_SESSION_TICKET;
	s[1] = 0;
	s[2] = TICKET_LEN >> 8;
	s[3] = TICKET_LEN & 0xff;
	for (size_t i = 0; i < TICKET_LEN; i++)
		s[4 + i] = (uint8_t)(i * 7);
	memcpy(s + 4 + TICKET_LEN, tail, sizeof(tail));
}

/* Takes what is whole and compares it with message number @seen of the stream. Returns the new count. */
static size_t drain(struct tls_messages *m, const uint8_t *stream, size_t seen)
{
	static const struct {
		uint8_t type;
		size_t off, len;
	} want[] = {
		{ TLS_HS_NEW_SESSION_TICKET, 4, TICKET_LEN },
		{ TLS_HS_KEY_UPDATE, 4 + TICKET_LEN + 4, 1 },
		{ TLS_HS_HELLO_REQUEST, STREAM_LEN, 0 },
	};
	const uint8_t *body;
	size_t len;
	uint8_t type;

	while (tls_messages_next(m, &type, &body, &len) == 1) {
		assert_in_range(seen, 0, 2);
		assert_int_equal(type, want[seen].type);
		assert_int_equal(len, want[seen].len);
		assert_memory_equal(body, stream + want[seen].off, len);
		seen++;
	}
	return seen;
}

static void test_messages_several_in_one_record(void **state)
{
	struct tls_messages m = { 0 };
	uint8_t stream[STREAM_LEN];

	(void)state;
	make_stream(stream);
	assert_int_equal(tls_messages_feed(&m, stream, sizeof(stream)), 0);
	assert_int_equal(drain(&m, stream, 0), 3);
	assert_int_equal(tls_messages_pending(&m), 0);
	tls_messages_free(&m);
}

static void test_messages_split_at_every_byte(void **state)
{
	uint8_t stream[STREAM_LEN];

	(void)state;
	make_stream(stream);
	for (size_t cut = 0; cut <= sizeof(stream); cut++) {
		struct tls_messages m = { 0 };
		size_t seen;

		assert_int_equal(tls_messages_feed(&m, stream, cut), 0);
		seen = drain(&m, stream, 0);
		assert_int_equal(tls_messages_feed(&m, stream + cut, sizeof(stream) - cut), 0);
		assert_int_equal(drain(&m, stream, seen), 3);
		assert_int_equal(tls_messages_pending(&m), 0);
		tls_messages_free(&m);
	}
}

static void test_messages_byte_by_byte(void **state)
{
	struct tls_messages m = { 0 };
	uint8_t stream[STREAM_LEN];
	size_t seen = 0;

	(void)state;
	make_stream(stream);
	for (int round = 0; round < 5; round++, seen = 0) {
		for (size_t i = 0; i < sizeof(stream); i++) {
			assert_int_equal(tls_messages_feed(&m, stream + i, 1), 0);
			seen = drain(&m, stream, seen);
		}
		assert_int_equal(seen, 3);
	}
	tls_messages_free(&m);
}

/* The caller asks this right after a KeyUpdate was handed over: RFC 8446 section 5.1. */
static void test_messages_pending_counts_what_follows(void **state)
{
	struct tls_messages m = { 0 };
	const uint8_t bytes[] = { TLS_HS_KEY_UPDATE, 0, 0, 1, 0, TLS_HS_NEW_SESSION_TICKET, 0 };
	const uint8_t *body;
	size_t len;
	uint8_t type;

	(void)state;
	assert_int_equal(tls_messages_pending(&m), 0);
	assert_int_equal(tls_messages_feed(&m, bytes, 3), 0);
	assert_int_equal(tls_messages_pending(&m), 3);
	assert_int_equal(tls_messages_next(&m, &type, &body, &len), 0);
	assert_int_equal(tls_messages_feed(&m, bytes + 3, sizeof(bytes) - 3), 0);
	assert_int_equal(tls_messages_next(&m, &type, &body, &len), 1);
	assert_int_equal(body[0], 0);
	assert_int_equal(tls_messages_pending(&m), 2);
	assert_int_equal(tls_messages_next(&m, &type, &body, &len), 0);
	tls_messages_free(&m);
}

static void header(uint8_t *p, size_t body_len)
{
	p[0] = TLS_HS_NEW_SESSION_TICKET;
	p[1] = (uint8_t)(body_len >> 16);
	p[2] = (uint8_t)(body_len >> 8);
	p[3] = (uint8_t)body_len;
}

static void test_messages_too_long(void **state)
{
	struct tls_messages m = { 0 };
	uint8_t head[4];

	(void)state;
	header(head, TLS_MESSAGE_MAX - 4 + 1);
	assert_int_equal(tls_messages_feed(&m, head, 3), 0);
	assert_int_equal(tls_messages_feed(&m, head + 3, 1), -EMSGSIZE);
	assert_int_equal(tls_messages_pending(&m), 0);
	tls_messages_free(&m);
}

static void test_messages_too_long_behind_a_good_one(void **state)
{
	struct tls_messages m = { 0 };
	uint8_t bytes[8] = { TLS_HS_HELLO_REQUEST, 0, 0, 0, TLS_HS_NEW_SESSION_TICKET, 0xff, 0xff, 0xff };

	(void)state;
	assert_int_equal(tls_messages_feed(&m, bytes, sizeof(bytes)), -EMSGSIZE);
	tls_messages_free(&m);
}

static void test_messages_longest(void **state)
{
	struct tls_messages m = { 0 };
	uint8_t *big = calloc(1, TLS_MESSAGE_MAX);
	const uint8_t *body;
	size_t len;
	uint8_t type;

	(void)state;
	assert_non_null(big);
	header(big, TLS_MESSAGE_MAX - 4);
	big[TLS_MESSAGE_MAX - 1] = 0x77;
	for (size_t off = 0; off < TLS_MESSAGE_MAX; off += TLS_MAX_PLAINTEXT) {
		size_t n = TLS_MESSAGE_MAX - off < TLS_MAX_PLAINTEXT ? TLS_MESSAGE_MAX - off : TLS_MAX_PLAINTEXT;

		assert_int_equal(tls_messages_next(&m, &type, &body, &len), 0);
		assert_int_equal(tls_messages_feed(&m, big + off, n), 0);
	}
	assert_int_equal(tls_messages_next(&m, &type, &body, &len), 1);
	assert_int_equal(len, TLS_MESSAGE_MAX - 4);
	assert_int_equal(body[len - 1], 0x77);
	assert_int_equal(tls_messages_pending(&m), 0);
	tls_messages_free(&m);
	free(big);
}

static void test_messages_empty_record(void **state)
{
	struct tls_messages m = { 0 };
	const uint8_t *body;
	size_t len;
	uint8_t type;

	(void)state;
	assert_int_equal(tls_messages_next(&m, &type, &body, &len), 0);
	assert_int_equal(tls_messages_feed(&m, (const uint8_t *)"", 0), 0);
	assert_int_equal(tls_messages_next(&m, &type, &body, &len), 0);
	tls_messages_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages_several_in_one_record),
		cmocka_unit_test(test_messages_split_at_every_byte),
		cmocka_unit_test(test_messages_byte_by_byte),
		cmocka_unit_test(test_messages_pending_counts_what_follows),
		cmocka_unit_test(test_messages_too_long),
		cmocka_unit_test(test_messages_too_long_behind_a_good_one),
		cmocka_unit_test(test_messages_longest),
		cmocka_unit_test(test_messages_empty_record),
	};

	return cmocka_run_group_tests_name("messages", tests, NULL, NULL);
}
