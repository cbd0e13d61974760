/* SPDX-License-Identifier: MIT */
/* ktls/record.h: every version, cipher and leaf against records made by hand, and what it refuses. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <ktls/aead.h>
#include <ktls/record.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "unit/engine.h"
#include "unit/records.h"

enum {
	PAYLOAD = 3 * KTLS_RECORD_MAX_PAYLOAD + 100,
	WIRE = PAYLOAD + 1000 * 30,
};

static const uint64_t first_seq = 254;	/* a byte of it carries soon */

static uint8_t payload[PAYLOAD], wire[WIRE], expected[WIRE], out[PAYLOAD + 64];

static int start(void **state)
{
	struct prng prng = { .state = 20261126 };

	(void)state;
	prng_fill(&prng, payload, sizeof(payload));
	return unsetenv("KTLS_CPU_MASK");
}

/* --- handles */

/* @from stays in use as long as the result. */
static struct ktls_record_keys public_keys(const struct tls_keys *from)
{
	const bool has_salt = from->version == TLS_1_2 && from->cipher->explicit_len_12;

	return (struct ktls_record_keys){
		.version = from->version,
		.cipher = from->cipher->id,
		.key = from->key,
		.key_len = from->cipher->key_len,
		.iv = from->iv,
		.iv_len = has_salt ? 4 : 12,
		.explicit_nonce = load_be64(from->explicit_nonce),
		.seq = from->seq,
	};
}

static struct ktls_record *make(const struct record_case *c, enum ktls_dir dir, const char *leaf)
{
	struct ktls_record_keys keys;
	struct tls_keys taken;
	struct ktls_record *r = NULL;

	records_keys(&taken, c, first_seq);
	keys = public_keys(&taken);
	assert_int_equal(ktls_record_new(&r, NULL, dir, leaf, &keys), 0);
	assert_non_null(r);
	assert_int_equal(ktls_record_seq(r), first_seq);
	return r;
}

/* Runs @check with each leaf for each version and cipher that it can carry here. */
static void each_leaf(void (*check)(const struct record_case *c, const char *leaf))
{
	struct ktls_aead_leaf_info info;
	size_t runs = 0;

	for (size_t i = 0; i < ARRAY_SIZE(record_cases); i++) {
		if (!ref_has(tls_cipher_by_id(record_cases[i].id)))
			continue;
		for (size_t l = 0; !ktls_aead_leaf_at(l, record_cases[i].id, &info); l++)
			if (info.usable) {
				check(&record_cases[i], info.name);
				runs++;
			}
	}
	assert_true(runs >= 4);
}

/* --- data to records and back */

/* @len bytes of payload in records of @max, by hand, into @expected: their length. */
static size_t by_hand(const struct record_case *c, size_t len, size_t max)
{
	size_t done = 0, n = 0;
	uint64_t i = 0;

	do {
		const size_t part = MIN(len - done, max);
		uint8_t inner[KTLS_RECORD_MAX_PAYLOAD + 1], nonce[8];

		memcpy(inner, payload + done, part);
		inner[part] = KTLS_RECORD_DATA;
		store_be64(nonce, UINT64_MAX - 1 + i);
		n += records_by_hand(c, first_seq + i, KTLS_RECORD_DATA, nonce, inner, part + (c->version == TLS_1_3),
				     expected + n);
		done += part;
		i++;
	} while (done < len);
	return n;
}

static void seal_and_open(const struct record_case *c, const char *leaf, size_t len, size_t max)
{
	struct ktls_record *tx = make(c, KTLS_TX, leaf), *rx = make(c, KTLS_RX, leaf);
	const size_t records = len ? (len - 1) / max + 1 : 1, n = by_hand(c, len, max);
	struct ktls_record_opened res;
	size_t taken = 0;

	assert_string_equal(ktls_record_leaf(tx), leaf);
	assert_int_equal(ktls_record_overhead(tx), c->overhead);
	assert_int_equal(ktls_record_wire_len(tx, len, max), n);
	assert_int_equal(
	    ktls_record_seal(tx, KTLS_RECORD_DATA, len ? payload : NULL, len, max, wire, sizeof(wire), &taken), n);
	assert_int_equal(taken, len);
	assert_int_equal(ktls_record_seq(tx), first_seq + records);
	assert_memory_equal(wire, expected, n);

	assert_int_equal(ktls_record_frame(rx, wire, n), c->overhead + MIN(len, max));
	assert_int_equal(ktls_record_open(rx, wire, n, out, sizeof(out), &res), 0);
	assert_memory_equal(wire, expected, n);
	assert_int_equal(res.type, KTLS_RECORD_DATA);
	assert_int_equal(res.records, records);
	assert_int_equal(res.wire, n);
	assert_int_equal(res.plain, len);
	assert_int_equal(res.offset, 0);
	assert_memory_equal(out, payload, len);
	assert_int_equal(ktls_record_seq(rx), first_seq + records);
	ktls_record_free(tx);
	ktls_record_free(rx);
}

static void check_lengths(const struct record_case *c, const char *leaf)
{
	static const struct {
		size_t len, max;
	} rows[] = { { 0, 1 }, { 1, 1 }, { 64, 64 }, { 640, 64 }, { 1000, 300 }, { 16384, 16384 }, { PAYLOAD, 16384 }, { 4000, 16384 } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		seal_and_open(c, leaf, rows[i].len, rows[i].max);
}

static void test_each_leaf_as_by_hand(void **state)
{
	(void)state;
	each_leaf(check_lengths);
}

/* In place one a call, and where the payload then is. */
static void check_in_place(const struct record_case *c, const char *leaf)
{
	struct ktls_record *rx = make(c, KTLS_RX, leaf);
	const size_t n = by_hand(c, 250, 100);
	struct ktls_record_opened res;
	size_t at = 0, done = 0;

	memcpy(wire, expected, n);
	while (at < n) {
		assert_int_equal(ktls_record_open(rx, wire + at, n - at, wire + at, 0, &res), 0);
		assert_int_equal(res.records, 1);
		assert_memory_equal(wire + at + res.offset, payload + done, res.plain);
		at += res.wire;
		done += res.plain;
	}
	assert_int_equal(done, 250);
	ktls_record_free(rx);
}

static void test_each_leaf_in_place(void **state)
{
	(void)state;
	each_leaf(check_in_place);
}

/* The first two are good, and the first call says so. */
static void check_wrong(const struct record_case *c, const char *leaf)
{
	struct ktls_record *rx = make(c, KTLS_RX, leaf);
	const size_t n = by_hand(c, 300, 100), one = 100 + c->overhead;
	struct ktls_record_opened res = { 0 };

	expected[n - 1] ^= 1;
	assert_int_equal(ktls_record_open(rx, expected, n, out, sizeof(out), &res), 0);
	assert_int_equal(res.records, 2);
	memset(out, 0xee, sizeof(out));
	assert_int_equal(ktls_record_open(rx, expected + 2 * one, one, out, sizeof(out), &res), -EBADMSG);
	assert_memory_not_equal(out, payload + 200, 16);
	assert_int_equal(ktls_record_seq(rx), first_seq + 2);
	expected[n - 1] ^= 1;
	assert_int_equal(ktls_record_open(rx, expected + 2 * one, one - 1, out, sizeof(out), &res), 0);
	assert_int_equal(res.records, 0);
	assert_int_equal(ktls_record_open(rx, expected + 2 * one, one, out, 99, &res), -ENOSPC);
	assert_int_equal(ktls_record_open(rx, expected + 2 * one, one, out, sizeof(out), &res), 0);
	assert_memory_equal(out, payload + 200, 100);
	ktls_record_free(rx);
}

static void test_each_leaf_wrong_tag(void **state)
{
	(void)state;
	each_leaf(check_wrong);
}

static void test_as_many_as_fit(void **state)
{
	struct ktls_record *tx = make(&record_cases[0], KTLS_TX, NULL);
	const size_t one = 100 + record_cases[0].overhead;
	size_t taken = 7;

	(void)state;
	assert_int_equal(ktls_record_seal(tx, KTLS_RECORD_DATA, payload, 500, 100, wire, one - 1, &taken), -ENOSPC);
	assert_int_equal(taken, 7);
	assert_int_equal(ktls_record_seal(tx, KTLS_RECORD_DATA, payload, 500, 100, wire, 3 * one + 5, &taken), 3 * one);
	assert_int_equal(taken, 300);
	ktls_record_free(tx);
}

static void test_other_types(void **state)
{
	struct ktls_record *tx = make(&record_cases[0], KTLS_TX, NULL), *rx = make(&record_cases[0], KTLS_RX, NULL);
	struct ktls_record_opened res;
	size_t taken;
	ssize_t n;

	(void)state;
	n = ktls_record_seal(tx, 21, "\1", 2, 2, wire, sizeof(wire), &taken);
	assert_int_equal(n, 2 + record_cases[0].overhead);
	assert_int_equal(wire[0], KTLS_RECORD_DATA);
	assert_int_equal(ktls_record_open(rx, wire, (size_t)n, out, sizeof(out), &res), 0);
	assert_int_equal(res.type, 21);
	ktls_record_free(tx);
	ktls_record_free(rx);
}

/* --- sequence numbers and keys */

static void test_seek(void **state)
{
	struct ktls_record *rx = make(&record_cases[0], KTLS_RX, NULL);
	const size_t n = by_hand(&record_cases[0], 200, 100), one = n / 2;
	struct ktls_record_opened res;

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(ktls_record_open(rx, expected, n, out, sizeof(out), &res), 0);
		assert_int_equal(res.records, 2);
		assert_int_equal(ktls_record_open(rx, expected, n, out, sizeof(out), &res), -EBADMSG);
		assert_int_equal(ktls_record_seek(rx, first_seq), 0);
	}
	assert_int_equal(ktls_record_seek(rx, first_seq + 1), 0);
	assert_int_equal(ktls_record_open(rx, expected + one, one, out, sizeof(out), &res), 0);
	assert_memory_equal(out, payload + 100, 100);
	assert_int_equal(ktls_record_seek(rx, UINT64_MAX), 0);
	assert_int_equal(ktls_record_open(rx, expected, n, out, sizeof(out), &res), -EOVERFLOW);
	ktls_record_free(rx);
}

static void check_rekey(const struct record_case *c, const char *leaf)
{
	struct ktls_record *tx = make(c, KTLS_TX, leaf), *rx = make(c, KTLS_RX, leaf);
	struct ktls_record_opened res;
	struct ktls_record_keys keys;
	struct tls_keys taken;
	size_t n, used;

	records_keys(&taken, c, 5);
	taken.key[0] ^= 1;
	keys = public_keys(&taken);
	assert_int_equal(ktls_record_rekey(tx, &keys), 0);
	assert_int_equal(ktls_record_seq(tx), 5);
	n = (size_t)ktls_record_seal(tx, KTLS_RECORD_DATA, payload, 3000, 1000, wire, sizeof(wire), &used);
	assert_int_equal(ktls_record_seek(rx, 5), 0);
	assert_int_equal(ktls_record_open(rx, wire, n, out, sizeof(out), &res), -EBADMSG);
	assert_int_equal(ktls_record_rekey(rx, &keys), 0);
	assert_int_equal(ktls_record_open(rx, wire, n, out, sizeof(out), &res), 0);
	assert_memory_equal(out, payload, 3000);
	assert_string_equal(ktls_record_leaf(rx), leaf);

	/* What cannot be taken changes nothing. */
	keys.key_len--;
	assert_int_equal(ktls_record_rekey(rx, &keys), -EINVAL);
	keys.key_len++;
	keys.version = c->version == TLS_1_3 ? TLS_1_2 : TLS_1_3;
	keys.iv_len = keys.version == TLS_1_2 && taken.cipher->explicit_len_12 ? 4 : 12;
	assert_int_equal(ktls_record_rekey(rx, &keys), -EINVAL);
	assert_int_equal(ktls_record_seq(rx), 8);
	ktls_record_free(tx);
	ktls_record_free(rx);
}

static void test_each_leaf_rekey(void **state)
{
	(void)state;
	each_leaf(check_rekey);
}

/* The pool may go before what lies in it, and with it the memory. */
static void check_pool(const struct record_case *c, const char *leaf)
{
	struct ktls_record *many[40] = { NULL };
	struct ktls_record_pool *pool;
	struct ktls_record_keys keys;
	struct tls_keys taken;
	size_t n = by_hand(c, 100, 100), used;

	records_keys(&taken, c, first_seq);
	keys = public_keys(&taken);
	assert_int_equal(ktls_record_pool_new(&pool), 0);
	for (size_t i = 0; i < ARRAY_SIZE(many); i++)
		assert_int_equal(ktls_record_new(&many[i], pool, KTLS_TX, leaf, &keys), 0);
	ktls_record_pool_free(pool);
	for (size_t i = 0; i < ARRAY_SIZE(many); i++) {
		assert_int_equal(
		    ktls_record_seal(many[i], KTLS_RECORD_DATA, payload, 100, 100, wire, sizeof(wire), &used), n);
		assert_memory_equal(wire, expected, n);
		ktls_record_free(many[i]);
	}
}

static void test_each_leaf_pool(void **state)
{
	(void)state;
	each_leaf(check_pool);
	ktls_record_pool_free(NULL);
}

/* --- what is refused */

static void test_one_direction(void **state)
{
	struct ktls_record *tx = make(&record_cases[0], KTLS_TX, NULL), *rx = make(&record_cases[0], KTLS_RX, NULL);
	struct ktls_record_opened res;
	size_t taken;

	(void)state;
	assert_int_equal(ktls_record_seal(rx, KTLS_RECORD_DATA, payload, 1, 1, wire, sizeof(wire), &taken), -EINVAL);
	assert_int_equal(ktls_record_open(tx, wire, 100, out, sizeof(out), &res), -EINVAL);
	assert_int_equal(ktls_record_seek(tx, 0), -EINVAL);
	assert_int_equal(ktls_record_seq(tx), first_seq);
	ktls_record_free(tx);
	ktls_record_free(rx);
}

static void test_limits(void **state)
{
	struct ktls_record *tx = make(&record_cases[0], KTLS_TX, NULL);
	size_t taken;

	(void)state;
	assert_int_equal(ktls_record_seal(tx, KTLS_RECORD_DATA, payload, 1, 0, wire, sizeof(wire), &taken), -EINVAL);
	assert_int_equal(ktls_record_seal(tx, KTLS_RECORD_DATA, payload, 1, 16385, wire, sizeof(wire), &taken),
			 -EINVAL);
	assert_int_equal(ktls_record_seal(tx, 0, payload, 1, 1, wire, sizeof(wire), &taken), -EINVAL);
	assert_int_equal(ktls_record_wire_len(tx, 100, 0), 0);
	assert_int_equal(ktls_record_wire_len(tx, 100, 16385), 0);
	assert_int_equal(ktls_record_wire_len(tx, SIZE_MAX, 16384), 0);
	assert_int_equal(ktls_record_wire_len(tx, SIZE_MAX / 2, 1), 0);
	assert_int_equal(ktls_record_frame(tx, "\27\3\3\1", 4), 0);
	assert_int_equal(ktls_record_frame(tx, "\27\3\3\377\377", 5), -EMSGSIZE);
	assert_int_equal(ktls_record_frame(tx, "\27\3\3\0\3", 5), -EBADMSG);
	assert_int_equal(ktls_record_frame(tx, "\27\3\4\1\0", 5), -EINVAL);
	ktls_record_free(tx);
}

static void test_cannot_be_had(void **state)
{
	static const uint8_t key[32], iv[12];
	static const struct {
		unsigned version;
		const char *cipher, *leaf;
		size_t key_len, iv_len;
		enum ktls_dir dir;
		int err;
	} rows[] = {
		{ KTLS_RECORD_TLS_1_3, "aes-192-gcm", NULL, 24, 12, KTLS_TX, -EPROTONOSUPPORT },
		{ 0x0302, "aes-128-gcm", NULL, 16, 12, KTLS_TX, -EPROTONOSUPPORT },
		{ 0x10304, "aes-128-gcm", NULL, 16, 12, KTLS_TX, -EPROTONOSUPPORT },
		{ KTLS_RECORD_TLS_1_3, "aes-128-gcm", NULL, 32, 12, KTLS_TX, -EINVAL },
		{ KTLS_RECORD_TLS_1_3, "aes-128-gcm", NULL, 16, 4, KTLS_TX, -EINVAL },
		{ KTLS_RECORD_TLS_1_2, "aes-128-gcm", NULL, 16, 12, KTLS_TX, -EINVAL },
		{ KTLS_RECORD_TLS_1_2, "chacha20-poly1305", NULL, 32, 4, KTLS_TX, -EINVAL },
		{ KTLS_RECORD_TLS_1_3, "aes-128-gcm", NULL, 16, 12, (enum ktls_dir)2, -EINVAL },
		{ KTLS_RECORD_TLS_1_3, "aes-128-gcm", "vax", 16, 12, KTLS_RX, -ENOENT },
#if HAVE_AESNI
		{ KTLS_RECORD_TLS_1_3, "chacha20-poly1305", "aesni-pclmul", 32, 12, KTLS_RX, -EOPNOTSUPP },
#endif
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct ktls_record_keys keys = {
			.version = rows[i].version,
			.cipher = rows[i].cipher,
			.key = key,
			.key_len = rows[i].key_len,
			.iv = iv,
			.iv_len = rows[i].iv_len,
		};
		struct ktls_record *r = NULL;

		assert_int_equal(ktls_record_new(&r, NULL, rows[i].dir, rows[i].leaf, &keys), rows[i].err);
		assert_null(r);
	}
	ktls_record_free(NULL);
}

#define TEST(f) cmocka_unit_test_setup(f, start)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_each_leaf_as_by_hand),
		TEST(test_each_leaf_in_place),
		TEST(test_each_leaf_wrong_tag),
		TEST(test_as_many_as_fit),
		TEST(test_other_types),
		TEST(test_seek),
		TEST(test_each_leaf_rekey),
		TEST(test_each_leaf_pool),
		TEST(test_one_direction),
		TEST(test_limits),
		TEST(test_cannot_be_had),
	};

	return cmocka_run_group_tests_name("record_api", tests, NULL, NULL);
}
