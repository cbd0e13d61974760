/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ktls-bench/batch.h"
#include "ktls-bench/crypter.h"
#include "ktls-bench/pattern.h"
#include "ktls-bench/records.h"

static const size_t sizes[] = { 1, 15, 16, 64, 1000, 4095, 4096, RECORD_MAX };
static const char *const ciphers[] = { "aes-128-gcm", "aes-256-gcm", "chacha20-poly1305", "aes-128-ccm" };

static struct pattern pattern;

static struct crypter *crypter(const char *leaf, const char *cipher, enum work work)
{
	const struct crypter_who who = { .leaf = leaf };
	char why[CARRIER_WHY_MAX] = "";
	struct crypter *c;

	assert_int_equal(crypter_new(&c, &who, cipher, work, why), 0);
	assert_string_equal(crypter_name(c), leaf ? leaf : "libcrypto");
	return c;
}

/* Runs all of them one by one: 0 if each comes out as @wanted has it. */
static int compare(struct crypter *c, const struct records *r, const struct pass *p, const uint8_t *wanted, size_t len)
{
	for (size_t i = 0; i < r->n; i++)
		if (crypter_run(c, p, i, 1) || memcmp(pass_out(p, i), wanted + i * r->stride, len) != 0)
			return -1;
	return 0;
}

static void check_both_ways(const struct records *r, const char *leaf, const char *cipher, bool in_place)
{
	for (int opens = 0; opens < 2; opens++) {
		const struct pass p = records_pass(r, opens, in_place);
		struct crypter *c = crypter(leaf, cipher, opens ? WORK_OPEN : WORK_SEAL);

		records_refill(r, opens, r->n);
		assert_int_equal(compare(c, r, &p, opens ? r->plain : r->sealed, r->size + (opens ? 0 : KTLS_AEAD_TAG_LEN)), 0);
		crypter_free(c);
	}
}

/* What is sealed comes out again as it was, by libcrypto and by the leaf that has every cipher, in place as well. */
static void test_records_both_ways(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof(ciphers) / sizeof(ciphers[0]); k++) {
		struct crypter *reference = crypter(NULL, ciphers[k], WORK_SEAL);
		struct records r;

		assert_int_equal(records_make(&r, 100, &pattern, reference), 0);
		for (int in_place = 0; in_place < 2; in_place++) {
			check_both_ways(&r, NULL, ciphers[k], in_place);
			check_both_ways(&r, "evp", ciphers[k], in_place);
		}
		records_free(&r);
		crypter_free(reference);
	}
}

static void test_records_wrong_tag(void **state)
{
	static const char *const leaves[] = { NULL, "evp" };

	(void)state;
	for (size_t k = 0; k < sizeof(ciphers) / sizeof(ciphers[0]); k++) {
		struct crypter *reference = crypter(NULL, ciphers[k], WORK_SEAL);
		struct records r;
		struct pass p;

		assert_int_equal(records_make(&r, 64, &pattern, reference), 0);
		p = records_pass(&r, true, true);
		for (size_t i = 0; i < 2; i++) {
			struct crypter *c = crypter(leaves[i], ciphers[k], WORK_OPEN);

			records_refill(&r, true, 2);
			pass_in(&p, 1)[64] ^= 1;
			assert_int_equal(crypter_run(c, &p, 0, 2), -EBADMSG);
			crypter_free(c);
		}
		records_free(&r);
		crypter_free(reference);
	}
}

/* RFC 8446 section 5.3: the sequence number over the end of the IV. */
static void check_nonces(const struct records *r, const struct pass *p)
{
	for (uint64_t seq = 0; seq < r->n; seq++) {
		uint64_t diff = 0;

		assert_memory_equal(pass_nonce(p, seq), pass_nonce(p, 0), 4);
		for (size_t i = 4; i < KTLS_AEAD_NONCE_LEN; i++)
			diff = diff << 8 | (pass_nonce(p, seq)[i] ^ pass_nonce(p, 0)[i]);
		assert_true(diff == seq);
	}
}

/* Whatever the size: the output half a page from the input, all of it within the buffer, and the header's length right. */
static void test_records_layout(void **state)
{
	struct crypter *reference = crypter(NULL, "aes-128-gcm", WORK_SEAL);

	(void)state;
	for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
		const size_t len = sizes[k] + KTLS_AEAD_TAG_LEN;
		struct records r;
		struct pass p;

		assert_int_equal(records_make(&r, sizes[k], &pattern, reference), 0);
		assert_true(r.n >= 8 && r.n <= 1024 && r.stride >= len);
		assert_int_equal(r.aad[3] << 8 | r.aad[4], len);
		p = records_pass(&r, false, false);
		for (size_t i = 0; i < r.n; i++) {
			assert_int_equal((uintptr_t)pass_in(&p, i) % 64, 16);
			assert_int_equal((pass_out(&p, i) - pass_in(&p, i)) & 4095, 2048);
			assert_true(pass_out(&p, i) >= r.out && pass_out(&p, i) + len <= r.nonces);
		}
		check_nonces(&r, &p);
		records_free(&r);
	}
	crypter_free(reference);
}

/* Of each operation, whichever record is asked for. */
static void test_records_hot(void **state)
{
	struct crypter *reference = crypter(NULL, "aes-128-gcm", WORK_SEAL);
	struct records r;

	(void)state;
	assert_int_equal(records_make(&r, 100, &pattern, reference), 0);
	for (int opens = 0; opens < 2; opens++) {
		const struct pass p = records_hot_pass(&r, opens), cold = records_pass(&r, opens, false);
		struct crypter *c = crypter(NULL, "aes-128-gcm", opens ? WORK_OPEN : WORK_SEAL);

		assert_ptr_equal(pass_in(&p, 12345), pass_in(&cold, 0));
		assert_ptr_equal(pass_out(&p, 12345), pass_out(&cold, 0));
		assert_int_equal(crypter_run(c, &p, 7, 100), 0);
		assert_memory_equal(pass_out(&p, 0), opens ? r.plain : r.sealed, 100);
		crypter_free(c);
	}
	records_free(&r);
	crypter_free(reference);
}

/* Twice, since a batch begins anew each time; what is sealed then has other sequence numbers. */
static void check_batch(const struct batch *b, const char *leaf, const char *cipher)
{
	const struct pass there = batch_pass(b, b->n, false), back = batch_pass(b, b->n, true);
	struct crypter *seals = crypter(leaf, cipher, WORK_SEAL_BATCH), *opens = crypter(leaf, cipher, WORK_OPEN_BATCH);

	assert_int_equal(crypter_run(seals, &there, 0, b->n), 0);
	assert_memory_equal(there.out, b->wire, b->wire_len);
	assert_int_equal(crypter_run(seals, &there, 0, b->n), 0);
	assert_memory_not_equal(there.out, b->wire, b->wire_len);
	for (int i = 0; i < 2; i++) {
		memset(back.out, 0, b->data_len);
		assert_int_equal(crypter_run(opens, &back, 0, 2 * b->n), 0);
		assert_memory_equal(back.out, b->data, b->data_len);
	}
	b->wire[b->wire_len - 1] ^= 1;
	assert_int_equal(crypter_run(opens, &back, 0, b->n), -EBADMSG);
	b->wire[b->wire_len - 1] ^= 1;
	crypter_free(seals);
	crypter_free(opens);
}

/* libcrypto frames by itself, the leaf by libktls's record layer. */
static void test_batches_both_ways(void **state)
{
	static const size_t lens[] = { 1, 64, 1000, RECORD_MAX };

	(void)state;
	for (size_t k = 0; k < sizeof(ciphers) / sizeof(ciphers[0]); k++)
		for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
			struct crypter *reference = crypter(NULL, ciphers[k], WORK_SEAL_BATCH);
			struct batch b;

			assert_int_equal(batch_make(&b, lens[i], 5, &pattern, reference), 0);
			assert_int_equal(b.wire_len, 5 * (lens[i] + 22));
			check_batch(&b, NULL, ciphers[k]);
			check_batch(&b, "evp", ciphers[k]);
			batch_free(&b);
			crypter_free(reference);
		}
}

static void test_batch_length(void **state)
{
	static const struct {
		size_t size, n, wanted;
	} rows[] = { { 16384, 0, 16 }, { 1024, 0, 256 }, { 1, 0, 4096 }, { 10000, 0, 26 }, { 16384, 3, 3 }, { 1, 1, 1 } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct crypter *reference = crypter(NULL, "aes-128-gcm", WORK_SEAL_BATCH);
		struct batch b;

		assert_int_equal(batch_make(&b, rows[i].size, rows[i].n, &pattern, reference), 0);
		assert_int_equal(b.n, rows[i].wanted);
		batch_free(&b);
		crypter_free(reference);
	}
}

/* A key costs nothing that is seen: the same record each time. */
static void test_set_up_and_rekey(void **state)
{
	static const enum work works[] = { WORK_SETUP, WORK_REKEY };
	static const char *const leaves[] = { NULL, "evp" };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct crypter *reference = crypter(NULL, "aes-256-gcm", WORK_SEAL_BATCH),
			       *c = crypter(leaves[i / 2], "aes-256-gcm", works[i % 2]);
		struct batch b;
		struct pass p;

		assert_int_equal(batch_make(&b, 300, 2, &pattern, reference), 0);
		p = batch_pass(&b, 1, false);
		assert_int_equal(crypter_run(c, &p, 0, 3), 0);
		assert_memory_equal(p.out, b.wire, b.wire_len / 2);
		batch_free(&b);
		crypter_free(c);
		crypter_free(reference);
	}
}

static void test_crypter_refused(void **state)
{
	char why[CARRIER_WHY_MAX] = "";
	struct crypter *c;

	(void)state;
	assert_int_equal(crypter_new(&c, &(struct crypter_who){ .leaf = "none-such" }, "aes-128-gcm", WORK_SEAL, why),
			 -ENOENT);
	assert_true(why[0]);
	why[0] = '\0';
	assert_int_equal(crypter_new(&c, &(struct crypter_who){ 0 }, "rot-13", WORK_SEAL, why), -EOPNOTSUPP);
	assert_true(why[0]);
	crypter_free(NULL);
}

static int make_pattern(void **state)
{
	(void)state;
	return pattern_make(&pattern, RECORD_MAX);
}

static int free_pattern(void **state)
{
	(void)state;
	pattern_free(&pattern);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records_both_ways),
		cmocka_unit_test(test_records_wrong_tag),
		cmocka_unit_test(test_records_layout),
		cmocka_unit_test(test_records_hot),
		cmocka_unit_test(test_batches_both_ways),
		cmocka_unit_test(test_batch_length),
		cmocka_unit_test(test_set_up_and_rekey),
		cmocka_unit_test(test_crypter_refused),
	};

	return cmocka_run_group_tests(tests, make_pattern, free_pattern);
}
