/* SPDX-License-Identifier: MIT */
/* Record boundaries in a byte stream, cut in every way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "handshake/scanner.h"
#include "tls/protocol.h"

/* A handshake record, a change_cipher_spec, an encrypted one with an explicit nonce, an empty one. */
static const uint8_t stream[] = {
	22, 3, 1, 0, 6, 1, 2, 3, 4, 5, 6,
	20, 3, 3, 0, 1, 1,
	22, 3, 3, 0, 12, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 9, 9, 9, 9,
	23, 3, 3, 0, 0,
};

/* Where the records of the stream begin, and its end. */
static const size_t bounds[] = { 0, 11, 17, 34, 39 };

static bool is_bound(size_t off)
{
	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++)
		if (bounds[i] == off)
			return true;
	return false;
}

static void test_scanner_fresh(void **state)
{
	struct scanner s = { 0 };

	(void)state;
	assert_true(scanner_at_boundary(&s));
	assert_int_equal(scanner_want(&s), 5);
	assert_true(s.records == 0);
}

static void test_scanner_split_everywhere(void **state)
{
	(void)state;
	for (size_t cut = 0; cut <= sizeof(stream); cut++) {
		struct scanner s = { 0 };

		scanner_feed(&s, stream, cut);
		assert_int_equal(scanner_at_boundary(&s), is_bound(cut));
		scanner_feed(&s, stream + cut, sizeof(stream) - cut);
		assert_true(scanner_at_boundary(&s));
		assert_true(s.records == 3);
		assert_false(s.saw_ccs);
	}
}

static void test_scanner_byte_by_byte(void **state)
{
	struct scanner s = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(stream); i++) {
		scanner_feed(&s, stream + i, 1);
		assert_int_equal(scanner_at_boundary(&s), is_bound(i + 1));
		assert_int_equal(s.saw_ccs, i >= bounds[1] && i < bounds[2]);
	}
	assert_true(s.records == 3);
}

/* A reader that takes what is wanted meets every boundary and never leaves a record. */
static void test_scanner_want_never_leaves_the_record(void **state)
{
	struct scanner s = { 0 };
	size_t off = 0, next = 0;

	(void)state;
	while (off < sizeof(stream)) {
		size_t n = scanner_want(&s);

		if (scanner_at_boundary(&s))
			next++;
		assert_true(n > 0 && off + n <= bounds[next]);
		scanner_feed(&s, stream + off, n);
		off += n;
	}
	assert_int_equal(next, 4);
}

/* The same reader with a socket that gives less than it is asked for. */
static void test_scanner_want_shrinks_with_what_came(void **state)
{
	struct scanner s = { 0 };

	(void)state;
	scanner_feed(&s, stream, 2);
	assert_int_equal(scanner_want(&s), 3);
	scanner_feed(&s, stream + 2, 3);
	assert_int_equal(scanner_want(&s), 6);
	scanner_feed(&s, stream + 5, 4);
	assert_int_equal(scanner_want(&s), 2);
	scanner_feed(&s, stream + 9, 2);
	assert_int_equal(scanner_want(&s), 5);
}

static void test_scanner_long_records(void **state)
{
	static uint8_t big[2 * (5 + 65535)];
	struct scanner s = { 0 };

	(void)state;
	big[0] = big[5 + 65535] = 23;
	memset(big + 3, 0xff, 2);
	memset(big + 5 + 65535 + 3, 0xff, 2);
	scanner_feed(&s, big, 5);
	assert_int_equal(scanner_want(&s), 65535);
	scanner_feed(&s, big + 5, sizeof(big) - 6);
	assert_false(scanner_at_boundary(&s));
	assert_int_equal(scanner_want(&s), 1);
	scanner_feed(&s, big + sizeof(big) - 1, 1);
	assert_true(scanner_at_boundary(&s));
	assert_true(s.records == 2);
}

static void test_scanner_epoch_starts_after_ccs(void **state)
{
	struct scanner s = { 0 };

	(void)state;
	scanner_feed(&s, stream, bounds[2]);
	assert_true(s.saw_ccs && scanner_at_boundary(&s));
	assert_true(s.records == 1);
	scanner_new_epoch(&s);
	assert_true(s.records == 0);
	scanner_feed(&s, stream + bounds[2], bounds[3] - bounds[2]);
	assert_true(s.records == 1);
	assert_false(s.saw_ccs);
}

/* A record on its way when the key changes was sealed with the old one. */
static void test_scanner_epoch_in_mid_record(void **state)
{
	(void)state;
	for (size_t cut = 1; cut < bounds[1]; cut++) {
		struct scanner s = { 0 };

		scanner_feed(&s, stream, cut);
		scanner_new_epoch(&s);
		scanner_feed(&s, stream + cut, bounds[1] - cut);
		assert_true(s.records == 0);
		scanner_feed(&s, stream + bounds[2], bounds[3] - bounds[2]);
		assert_true(s.records == 1);
	}
}

static void test_scanner_explicit_nonce(void **state)
{
	static const uint8_t zeros[TLS_EXPLICIT_NONCE_LEN];

	(void)state;
	for (size_t cut = bounds[2]; cut <= bounds[3]; cut++) {
		struct scanner s = { 0 };

		scanner_feed(&s, stream, cut);
		scanner_feed(&s, stream + cut, bounds[3] - cut);
		assert_memory_equal(scanner_explicit_nonce(&s), stream + bounds[2] + 5, TLS_EXPLICIT_NONCE_LEN);
		/* The next record has none of its own: nothing of the last one is left. */
		scanner_feed(&s, stream + bounds[3], bounds[4] - bounds[3]);
		assert_memory_equal(scanner_explicit_nonce(&s), zeros, TLS_EXPLICIT_NONCE_LEN);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scanner_fresh),
		cmocka_unit_test(test_scanner_split_everywhere),
		cmocka_unit_test(test_scanner_byte_by_byte),
		cmocka_unit_test(test_scanner_want_never_leaves_the_record),
		cmocka_unit_test(test_scanner_want_shrinks_with_what_came),
		cmocka_unit_test(test_scanner_long_records),
		cmocka_unit_test(test_scanner_epoch_starts_after_ccs),
		cmocka_unit_test(test_scanner_epoch_in_mid_record),
		cmocka_unit_test(test_scanner_explicit_nonce),
	};

	return cmocka_run_group_tests_name("scanner", tests, NULL, NULL);
}
