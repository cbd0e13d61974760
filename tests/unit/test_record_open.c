/* SPDX-License-Identifier: MIT */
/* What a peer may do wrong, padding, control records, and the end of sequence numbers and keys. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "aead/aead.h"
#include "base/attr.h"
#include "unit/engine.h"
#include "unit/records.h"

static const struct record_case *const gcm13 = &record_cases[0], *const gcm12 = &record_cases[4],
				*const chacha12 = &record_cases[7];

static uint8_t wire[8 * RECORD_WIRE_MAX], out[8 * RECORD_WIRE_MAX], inner[TLS_MAX_CIPHERTEXT_12];

static size_t seal(struct record *r, uint8_t type, const void *in, size_t len, uint8_t *to)
{
	size_t taken;
	ssize_t n = record_seal(r, type, in, len, TLS_MAX_PLAINTEXT, to, RECORD_WIRE_MAX, &taken);

	assert_true(n > 0);
	assert_int_equal(taken, len);
	return (size_t)n;
}

static int open(struct record *r, size_t from, size_t to, struct record_opened *res)
{
	memset(res, 0, sizeof(*res));
	memset(out, 0xee, sizeof(out));
	return record_open(r, wire + from, to - from, out, sizeof(out), res);
}

/* --- headers */

static void test_record_headers(void **state)
{
	static const struct {
		const struct record_case *c;
		uint8_t header[5];
		ssize_t want;
	} rows[] = {
		/* TLS 1.3: data only, 17 … 16640. */
		{ &record_cases[0], { 23, 3, 3, 0, 17 }, 22 },
		{ &record_cases[0], { 23, 3, 3, 0, 16 }, -EBADMSG },
		{ &record_cases[0], { 23, 3, 3, 0, 0 }, -EBADMSG },
		{ &record_cases[0], { 23, 3, 3, 0x41, 0x00 }, 16645 },
		{ &record_cases[0], { 23, 3, 3, 0x41, 0x01 }, -EMSGSIZE },
		{ &record_cases[0], { 23, 3, 3, 0xff, 0xff }, -EMSGSIZE },
		{ &record_cases[0], { 20, 3, 3, 0, 1 }, -EINVAL },
		{ &record_cases[0], { 21, 3, 3, 0, 2 }, -EINVAL },
		{ &record_cases[0], { 22, 3, 3, 0, 100 }, -EINVAL },
		{ &record_cases[0], { 24, 3, 3, 0, 100 }, -EINVAL },
		{ &record_cases[0], { 0, 3, 3, 0, 100 }, -EINVAL },
		{ &record_cases[0], { 23, 3, 1, 0, 100 }, -EINVAL },
		{ &record_cases[0], { 23, 3, 4, 0, 100 }, -EINVAL },
		{ &record_cases[0], { 23, 2, 3, 0, 100 }, -EINVAL },
		/* TLS 1.2 with an explicit nonce: any type, 24 … 16408. */
		{ &record_cases[4], { 23, 3, 3, 0, 24 }, 29 },
		{ &record_cases[4], { 23, 3, 3, 0, 23 }, -EBADMSG },
		{ &record_cases[4], { 23, 3, 3, 0x40, 0x18 }, 16413 },
		{ &record_cases[4], { 23, 3, 3, 0x40, 0x19 }, -EMSGSIZE },
		{ &record_cases[4], { 20, 3, 3, 0, 25 }, 30 },
		{ &record_cases[4], { 21, 3, 3, 0, 26 }, 31 },
		{ &record_cases[4], { 22, 3, 3, 0, 28 }, 33 },
		{ &record_cases[4], { 19, 3, 3, 0, 28 }, 33 },
		{ &record_cases[4], { 24, 3, 3, 0, 28 }, 33 },
		{ &record_cases[4], { 0x80, 3, 3, 0, 28 }, 33 },
		{ &record_cases[4], { 23, 3, 2, 0, 28 }, -EINVAL },
		/* TLS 1.2 without: 16 … 16400. */
		{ &record_cases[7], { 23, 3, 3, 0, 16 }, 21 },
		{ &record_cases[7], { 23, 3, 3, 0, 15 }, -EBADMSG },
		{ &record_cases[7], { 23, 3, 3, 0x40, 0x10 }, 16405 },
		{ &record_cases[7], { 23, 3, 3, 0x40, 0x11 }, -EMSGSIZE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct record *r = records_new(rows[i].c, 0);
		struct record_opened res;

		/* Less than a header is no answer yet; what follows it does not matter. */
		for (size_t len = 0; len < 5; len++)
			assert_int_equal(record_frame(r, rows[i].header, len), 0);
		assert_int_equal(record_frame(r, rows[i].header, 5), rows[i].want);
		memcpy(wire, rows[i].header, 5);
		assert_int_equal(open(r, 0, 5, &res), rows[i].want < 0 ? rows[i].want : 0);
		assert_int_equal(res.records, 0);
		assert_int_equal(record_seq(r), 0);
		record_free(r);
	}
}

/* --- tags */

static void test_record_wrong_tag(void **state)
{
	const struct record_case *c = *state;
	struct record *tx = records_new(c, 0), *rx = records_new(c, 0);
	struct record_opened res;
	size_t first, second, end;

	first = seal(tx, TLS_CT_DATA, "first", 5, wire);
	second = first + seal(tx, TLS_CT_DATA, "second", 6, wire + first);
	end = second + seal(tx, TLS_CT_DATA, "third", 5, wire + second);
	for (size_t i = first + TLS_HEADER_LEN; i < second; i++) {
		struct record *r = records_new(c, 0);

		wire[i] ^= 0x40;
		/* What is good in front of it comes first. */
		assert_int_equal(open(r, 0, end, &res), 0);
		assert_int_equal(res.records, 1);
		assert_int_equal(res.wire, first);
		assert_memory_equal(out, "first", 5);
		assert_true(all_zero(out + 5, second - first - c->overhead));
		/* Then the error, each time, and no step on. */
		for (int again = 0; again < 2; again++) {
			assert_int_equal(open(r, first, end, &res), -EBADMSG);
			assert_true(all_zero(out, second - first - c->overhead));
			assert_int_equal(res.records, 0);
			assert_int_equal(record_seq(r), 1);
		}
		wire[i] ^= 0x40;
		assert_int_equal(open(r, first, end, &res), 0);
		assert_int_equal(res.records, 2);
		assert_memory_equal(out, "secondthird", 11);
		record_free(r);
	}
	record_free(tx);
	record_free(rx);
}

/* The header is authenticated, and so is a record's place in the sequence. */
static void test_record_wrong_place(void **state)
{
	const struct record_case *c = *state;
	struct record *tx = records_new(c, 0), *rx = records_new(c, 0);
	const size_t first = seal(tx, TLS_CT_DATA, "first", 5, wire);
	const size_t end = first + seal(tx, TLS_CT_DATA, "second", 6, wire + first);
	struct record_opened res;

	assert_int_equal(open(rx, first, end, &res), -EBADMSG);
	assert_int_equal(open(rx, 0, first, &res), 0);
	assert_int_equal(open(rx, 0, first, &res), -EBADMSG);
	if (c->version == TLS_1_2) {
		wire[first] = TLS_CT_HANDSHAKE;
		assert_int_equal(open(rx, first, end, &res), -EBADMSG);
		wire[first] = TLS_CT_DATA;
	}
	/* One byte longer, with the byte there. */
	wire[first + 4]++;
	assert_int_equal(open(rx, first, end + 1, &res), -EBADMSG);
	wire[first + 4]--;
	assert_int_equal(open(rx, first, end, &res), 0);
	assert_int_equal(res.plain, 6);
	record_free(tx);
	record_free(rx);
}

static void test_record_wrong_tag_in_place(void **state)
{
	const struct record_case *c = *state;
	struct record *tx = records_new(c, 0), *rx = records_new(c, 0);
	const size_t n = seal(tx, TLS_CT_DATA, "one record", 10, wire), at = c->overhead == 29 ? 13 : 5;
	struct record_opened res = { .records = 99 };

	wire[n - 1] ^= 1;
	assert_int_equal(record_open(rx, wire, n, wire, sizeof(wire), &res), -EBADMSG);
	assert_true(all_zero(wire + at, n - at - TLS_TAG_LEN));
	assert_int_equal(res.records, 99);
	record_free(tx);
	record_free(rx);
}

/* TLS 1.2: the sender chooses its explicit nonces, in whatever order. */
static void test_record_any_explicit_nonce(void **state)
{
	static const uint8_t nonces[][8] = { { 0xff, 1, 2, 3, 4, 5, 6, 7 }, { 0 }, { 9, 9, 9, 9, 9, 9, 9, 9 } };
	struct record *rx = records_new(gcm12, 5);
	struct record_opened res;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(nonces); i++) {
		const size_t n = records_by_hand(gcm12, 5 + i, TLS_CT_DATA, nonces[i], "payload", 7, wire);

		assert_int_equal(open(rx, 0, n, &res), 0);
		assert_memory_equal(out, "payload", 7);
	}
	record_free(rx);
}

/* --- TLS 1.3 padding and size */

/* A record of inner plaintext @payload bytes || @type || @padding zeros. */
static size_t padded(uint64_t seq, size_t payload, uint8_t type, size_t padding)
{
	memset(inner, 'x', payload);
	inner[payload] = type;
	memset(inner + payload + 1, 0, padding);
	return records_by_hand(gcm13, seq, TLS_CT_DATA, NULL, inner, payload + 1 + padding, wire);
}

static void test_record_padding(void **state)
{
	static const struct {
		size_t payload, padding;
	} rows[] = {
		{ 0, 0 }, { 0, 1 }, { 0, 16384 }, { 1, 1 }, { 5, 100 }, { 100, 15 }, { 1000, 5000 }, { 16383, 1 },
		{ 16384, 0 }, { 16384, 1 }, { 16384, 239 },
	};
	struct record *rx = records_new(gcm13, 0);
	struct record_opened res;
	size_t n;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		n = padded(i, rows[i].payload, TLS_CT_DATA, rows[i].padding);
		assert_int_equal(open(rx, 0, n, &res), 0);
		assert_int_equal(res.type, TLS_CT_DATA);
		assert_int_equal(res.plain, rows[i].payload);
		assert_int_equal(res.wire, n);
		for (size_t k = 0; k < rows[i].payload; k++)
			assert_int_equal(out[k], 'x');
	}
	/* Zeros in front of the type are payload. */
	memset(inner, 0, 50);
	inner[49] = TLS_CT_ALERT;
	n = records_by_hand(gcm13, record_seq(rx), TLS_CT_DATA, NULL, inner, 50, wire);
	assert_int_equal(open(rx, 0, n, &res), 0);
	assert_int_equal(res.type, TLS_CT_ALERT);
	assert_int_equal(res.plain, 49);
	record_free(rx);
}

/* With padding the room needed is that of the whole inner plaintext; not more. */
static void test_record_padding_needs_space(void **state)
{
	struct record *rx = records_new(gcm13, 0);
	const size_t n = padded(0, 10, TLS_CT_DATA, 20);
	struct record_opened res;

	(void)state;
	assert_int_equal(record_open(rx, wire, n, out, 30, &res), -ENOSPC);
	assert_int_equal(record_open(rx, wire, n, out, 31, &res), 0);
	assert_int_equal(res.plain, 10);
	record_free(rx);
}

static void test_record_nothing_but_zeros(void **state)
{
	static const size_t lens[] = { 1, 2, 16, 100, 16624 };
	struct record *rx = records_new(gcm13, 0);
	struct record_opened res;

	(void)state;
	memset(inner, 0, sizeof(inner));
	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		const size_t n = records_by_hand(gcm13, 0, TLS_CT_DATA, NULL, inner, lens[i], wire);

		assert_int_equal(open(rx, 0, n, &res), -EBADMSG);
		assert_true(all_zero(out, lens[i]));
		assert_int_equal(record_seq(rx), 0);
	}
	record_free(rx);
}

static void test_record_too_much_payload(void **state)
{
	struct record *rx = records_new(gcm13, 0);
	struct record_opened res;
	size_t n;

	(void)state;
	n = padded(0, 16385, TLS_CT_DATA, 0);
	assert_int_equal(open(rx, 0, n, &res), -EMSGSIZE);
	assert_true(all_zero(out, 16386));
	n = padded(0, 16500, TLS_CT_DATA, 50);
	assert_int_equal(open(rx, 0, n, &res), -EMSGSIZE);
	assert_int_equal(record_seq(rx), 0);
	/* The same number as data: 16384 is the last that passes. */
	n = padded(0, 16384, TLS_CT_DATA, 0);
	assert_int_equal(open(rx, 0, n, &res), 0);
	assert_int_equal(res.plain, 16384);
	record_free(rx);
}

/* --- control records and empty ones */

/* What one call after the other must give, for records 'd' (data), 'e' (empty data), 'a' (alert), 'h' (handshake). */
static void check_calls(const struct record_case *c, const char *row, const char *calls)
{
	struct record *tx = records_new(c, 0), *rx = records_new(c, 0);
	size_t n = 0, at = 0, opened = 0;

	for (const char *p = row; *p; p++)
		n += seal(tx, *p == 'a' ? TLS_CT_ALERT : *p == 'h' ? TLS_CT_HANDSHAKE : TLS_CT_DATA, "payload!",
			  *p == 'e' ? 0 : 8, wire + n);
	while (*calls) {
		const size_t records = strcspn(calls, " ");
		const uint8_t type = *calls == 'a' ? TLS_CT_ALERT : *calls == 'h' ? TLS_CT_HANDSHAKE : TLS_CT_DATA;
		struct record_opened res;
		size_t plain = 0;

		for (size_t i = 0; i < records; i++)
			plain += calls[i] == 'e' ? 0 : 8;
		assert_int_equal(open(rx, at, n, &res), 0);
		assert_int_equal(res.type, type);
		assert_int_equal(res.records, records);
		assert_int_equal(res.plain, plain);
		for (size_t i = 0; i < plain; i += 8)
			assert_memory_equal(out + i, "payload!", 8);
		/* A control record behind data leaves no trace: TLS 1.3 wipes what it found, 1.2 saw it coming. */
		if (c->version == TLS_1_3 && calls[records] && type == TLS_CT_DATA)
			assert_true(all_zero(out + plain, 9));
		else if (c->version == TLS_1_2)
			assert_int_equal(out[plain], 0xee);
		at += res.wire;
		calls += records + (calls[records] == ' ');
		opened += records;
		assert_int_equal(record_seq(rx), opened);
	}
	assert_int_equal(at, n);
	assert_int_equal(opened, strlen(row));
	record_free(tx);
	record_free(rx);
}

static void test_record_control_between_data(void **state)
{
	check_calls(*state, "d", "d");
	check_calls(*state, "a", "a");
	check_calls(*state, "dddd", "dddd");
	check_calls(*state, "da", "d a");
	check_calls(*state, "ad", "a d");
	check_calls(*state, "aah", "a a h");
	check_calls(*state, "ddhdhhddda", "dd h d h h ddd a");
	check_calls(*state, "e", "e");
	check_calls(*state, "ede", "ede");
	check_calls(*state, "eeha", "ee h a");
	check_calls(*state, "dehed", "de h ed");
}

/* An empty control record is one too: its meaning is for others to judge. */
static void test_record_empty_control(void **state)
{
	struct record *tx = records_new(*state, 0), *rx = records_new(*state, 0);
	const size_t n = seal(tx, TLS_CT_HANDSHAKE, NULL, 0, wire);
	struct record_opened res;

	assert_int_equal(open(rx, 0, n, &res), 0);
	assert_int_equal(res.type, TLS_CT_HANDSHAKE);
	assert_int_equal(res.records, 1);
	assert_int_equal(res.plain, 0);
	record_free(tx);
	record_free(rx);
}

/* --- ends */

static void test_record_sequence_ends(void **state)
{
	struct record *tx = records_new(*state, UINT64_MAX - 2), *rx = records_new(*state, UINT64_MAX - 2);
	static const uint8_t payload[30];
	struct record_opened res;
	size_t taken = 99, n;
	ssize_t ret;

	/* Three records are wanted, two are left. */
	ret = record_seal(tx, TLS_CT_DATA, payload, 30, 10, wire, sizeof(wire), &taken);
	assert_true(ret > 0);
	n = (size_t)ret;
	assert_int_equal(n, 20 + 2 * record_overhead(tx));
	assert_int_equal(taken, 20);
	assert_true(record_seq(tx) == UINT64_MAX);
	assert_int_equal(record_seal(tx, TLS_CT_DATA, payload, 30, 10, wire + n, sizeof(wire) - n, &taken), -EOVERFLOW);
	assert_int_equal(record_seal(tx, TLS_CT_ALERT, payload, 0, 10, wire + n, sizeof(wire) - n, &taken), -EOVERFLOW);
	assert_true(record_seq(tx) == UINT64_MAX);

	/* A peer that goes on all the same: the last good ones come first. */
	memcpy(wire + n, wire, n);
	assert_int_equal(open(rx, 0, 2 * n, &res), 0);
	assert_int_equal(res.records, 2);
	assert_int_equal(open(rx, n, 2 * n, &res), -EOVERFLOW);
	assert_true(record_seq(rx) == UINT64_MAX);
	/* No record there yet: nothing to refuse. */
	assert_int_equal(open(rx, n, n + 4, &res), 0);
	assert_int_equal(res.records, 0);
	record_free(tx);
	record_free(rx);
}

static void test_record_rekey(void **state)
{
	const struct record_case *c = *state;
	struct record *tx = records_new(c, 1000), *rx = records_new(c, 1000);
	struct tls_keys keys;
	struct record_opened res;
	size_t n;

	n = seal(tx, TLS_CT_DATA, "old", 3, wire);
	assert_int_equal(open(rx, 0, n, &res), 0);
	records_keys(&keys, c, 0);
	keys.key[0] ^= 1;
	keys.iv[0] ^= 1;
	assert_int_equal(record_rekey(tx, &keys), 0);
	assert_int_equal(record_seq(tx), 0);
	n = seal(tx, TLS_CT_DATA, "new", 3, wire);
	assert_int_equal(open(rx, 0, n, &res), -EBADMSG);
	assert_int_equal(record_rekey(rx, &keys), 0);
	assert_int_equal(open(rx, 0, n, &res), 0);
	assert_memory_equal(out, "new", 3);
	assert_int_equal(record_seq(rx), 1);
	record_free(tx);
	record_free(rx);
}

static void test_record_failed_rekey_is_the_end(void **state)
{
	struct record *r = records_new(*state, 0);
	struct tls_cipher missing;
	struct tls_keys keys;
	struct record_opened res;
	size_t taken;

	records_keys(&keys, *state, 0);
	missing = *keys.cipher;
	missing.id = missing.evp = "no-such-cipher";
	keys.cipher = &missing;
	assert_int_equal(record_rekey(r, &keys), -ENOTSUP);
	assert_int_equal(record_seal(r, TLS_CT_DATA, wire, 1, 1, wire, 100, &taken), -EKEYREJECTED);
	assert_int_equal(open(r, 0, 100, &res), -EKEYREJECTED);
	/* Not even good keys bring it back. */
	records_keys(&keys, *state, 0);
	assert_int_equal(record_rekey(r, &keys), -EKEYREJECTED);
	assert_string_equal(record_leaf(r), "");
	record_free(r);
}

static void test_record_refused_keys(void **state)
{
	static const struct {
		uint16_t version;
		const char *id;
	} rows[] = {
		{ 0x0302, "aes-128-gcm" },
		{ 0x0305, "aes-128-gcm" },
		{ 0, "aes-128-gcm" },
		{ TLS_1_3, "aria-128-gcm" },
		{ TLS_1_2, "sm4-gcm" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct tls_keys keys = { .version = rows[i].version, .cipher = tls_cipher_by_id(rows[i].id) };
		struct record *r = (struct record *)(uintptr_t)&keys;

		assert_int_equal(record_new(&r, &keys), -ENOTSUP);
		assert_ptr_equal(r, &keys);
	}
	record_free(NULL);
}

static void test_record_leaf(void **state)
{
	struct record *gcm = records_new(gcm13, 0), *chacha = records_new(chacha12, 0);

	(void)state;
	assert_string_equal(record_leaf(chacha), "evp");
	assert_string_equal(record_leaf(gcm), aead_leaf_for(tls_cipher_by_id("aes-128-gcm"), 0));
	record_free(gcm);
	record_free(chacha);
}

#define WITH(test, c, name) { #test " " name, test, NULL, NULL, (void *)(uintptr_t)&record_cases[c] }
/* TLS 1.3 and both forms of TLS 1.2. */
#define WITH_ALL(test) \
	WITH(test, 0, "TLS 1.3 AES-128-GCM"), WITH(test, 2, "TLS 1.3 AES-128-CCM"), \
	WITH(test, 3, "TLS 1.3 ChaCha20-Poly1305"), WITH(test, 4, "TLS 1.2 AES-128-GCM"), \
	WITH(test, 6, "TLS 1.2 AES-128-CCM"), WITH(test, 7, "TLS 1.2 ChaCha20-Poly1305")

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_record_headers),
		WITH_ALL(test_record_wrong_tag),
		WITH_ALL(test_record_wrong_place),
		WITH_ALL(test_record_wrong_tag_in_place),
		cmocka_unit_test(test_record_any_explicit_nonce),
		cmocka_unit_test(test_record_padding),
		cmocka_unit_test(test_record_padding_needs_space),
		cmocka_unit_test(test_record_nothing_but_zeros),
		cmocka_unit_test(test_record_too_much_payload),
		WITH_ALL(test_record_control_between_data),
		WITH_ALL(test_record_empty_control),
		WITH_ALL(test_record_sequence_ends),
		WITH_ALL(test_record_rekey),
		WITH_ALL(test_record_failed_rekey_is_the_end),
		cmocka_unit_test(test_record_refused_keys),
		cmocka_unit_test(test_record_leaf),
	};

	return cmocka_run_group_tests_name("record_open", tests, NULL, NULL);
}
