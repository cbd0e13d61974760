/* SPDX-License-Identifier: MIT */
/* Nonces as records have them: each leaf against libcrypto and every other leaf where caches are made anew and counters carry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "aead/leaf.h"
#include "base/attr.h"
#include "base/bytes.h"
#include "tls/protocol.h"
#include "unit/engine.h"

enum {
	TAG = TLS_TAG_LEN,
	ROOM = 2 * TLS_MAX_PLAINTEXT + 512,
	LEAVES_MAX = 8,
};

static struct prng prng;
static const struct tls_cipher *cipher;
static uint8_t key[TLS_MAX_KEY_LEN], iv[TLS_NONCE_LEN], nonce[TLS_NONCE_LEN], aad[13];
static uint8_t in[ROOM], expected[ROOM], wire[ROOM], out[ROOM];
static struct aead *aeads[LEAVES_MAX];
static size_t n_aeads;

/* One handle a leaf, kept for the whole of a test: what one record leaves behind in it the next one meets. */
static int make(void **state)
{
	const struct aead_leaf *leaf;

	cipher = tls_cipher_by_id(*state);
	prng.state = 20261126;
	prng_fill(&prng, key, sizeof(key));
	prng_fill(&prng, iv, sizeof(iv));
	prng_fill(&prng, aad, sizeof(aad));
	prng_fill(&prng, in, sizeof(in));
	n_aeads = 0;
	for (size_t i = 0; (leaf = aead_leaf_at(i)); i++) {
		const char *why_not = aead_leaf_why_not(leaf, cipher, 0);

		if (why_not)
			printf("# left out: %s by %s: %s\n", cipher->name, leaf->name, why_not);
		else
			assert_int_equal(aead_new_by(&aeads[n_aeads++], NULL, leaf, cipher, key), 0);
	}
	return n_aeads ? 0 : -1;
}

static int release(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_aeads; i++)
		aead_free(aeads[i]);
	return 0;
}

static void check_leaf(struct aead *a, size_t len, size_t aad_len)
{
	struct aead_job job = { .nonce = nonce, .aad = aad, .aad_len = aad_len, .in = in, .len = len, .out = wire };

	memset(wire, 0xee, len + TAG + 1);
	assert_int_equal(aead_seal(a, &job), 0);
	if (memcmp(wire, expected, len + TAG) != 0)
		fail_msg("%s, %s: %zu bytes, sealed as nobody else does", cipher->name, aead_leaf(a), len);
	assert_int_equal(wire[len + TAG], 0xee);
	job.in = wire;
	job.out = out;
	assert_int_equal(aead_open(a, &job), 0);
	assert_memory_equal(out, in, len);
	job.out = wire;
	assert_int_equal(aead_open(a, &job), 0);
	assert_memory_equal(wire, in, len);
}

static void check_all(size_t len, size_t aad_len)
{
	ref_seal(cipher, key, nonce, aad, aad_len, in, len, expected);
	for (size_t i = 0; i < n_aeads; i++)
		check_leaf(aeads[i], len, aad_len);
}

/* As TLS 1.3 makes it. */
static void set_seq(uint64_t seq)
{
	memcpy(nonce, iv, sizeof(nonce));
	store_be64(nonce + 4, load_be64(nonce + 4) ^ seq);
}

static const size_t lens[] = { 1, 96, 97, 128, 129, 224, 225, 480, 481, 500, 960, 961, 1024, 1025, 3000, TLS_MAX_PLAINTEXT + 1 };

/* Nonce byte 10, which the cache depends on, and byte 5 change here. */
static void test_aead_sequence_numbers(void **state)
{
	static const uint64_t edges[] = {
		0, 1u << 8, 1u << 16, UINT64_C(1) << 24, UINT64_C(1) << 32, UINT64_C(1) << 40, UINT64_C(1) << 48,
		UINT64_C(1) << 56, UINT64_MAX - 3,
	};

	(void)state;
	for (size_t l = 0; l < ARRAY_SIZE(lens); l++)
		for (size_t e = 0; e < ARRAY_SIZE(edges); e++)
			for (uint64_t i = 0; i < 7; i++) {
				set_seq(edges[e] - 3 + i);
				check_all(lens[l], i % 2 ? 5 : 13);
			}
}

/* 600 records in a row, long and short ones in turn: twice the cache is made anew. */
static void test_aead_a_row_of_records(void **state)
{
	(void)state;
	for (uint64_t seq = 0; seq < 600; seq++) {
		set_seq(seq);
		check_all(lens[seq % ARRAY_SIZE(lens)], 5);
	}
}

/* TLS 1.2 peers may choose them so. */
static void test_aead_random_explicit_nonces(void **state)
{
	(void)state;
	memcpy(nonce, iv, sizeof(nonce));
	for (size_t i = 0; i < 400; i++) {
		prng_fill(&prng, nonce + 4, 8);
		check_all(lens[i % ARRAY_SIZE(lens)], 13);
	}
}

/* The block counter's low byte overflows at multiples of 256 blocks, two of which are not data. */
static void test_aead_counter_carries(void **state)
{
	(void)state;
	for (size_t blocks = 256; blocks <= 1024; blocks += 256)
		for (size_t len = (blocks - 2) * 16 - 70; len <= (blocks - 2) * 16 + 70; len++) {
			set_seq(len);
			check_all(len, 5);
		}
	/* Longer than records are. */
	for (size_t len = 1278 * 16 - 33; len < 1278 * 16 + 33; len++) {
		set_seq(len);
		check_all(len, 13);
	}
}

/* Batches, groups of them and what is left over begin and end around multiples of 128 bytes, less the two blocks in front. */
static void test_aead_batch_edges(void **state)
{
	(void)state;
	for (size_t end = 128; end <= TLS_MAX_PLAINTEXT + 256; end += 128)
		for (size_t len = end - 33; len <= end - 31; len++) {
			set_seq(len);
			check_all(len, 5);
		}
}

#define FOR(test, id) { #test " " id, test, make, release, (void *)(uintptr_t)id }
#define BOTH(test) FOR(test, "aes-128-gcm"), FOR(test, "aes-256-gcm")

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(test_aead_sequence_numbers),
		BOTH(test_aead_a_row_of_records),
		BOTH(test_aead_random_explicit_nonces),
		BOTH(test_aead_counter_carries),
		BOTH(test_aead_batch_edges),
	};

	unsetenv("KTLS_CPU_MASK");
	return cmocka_run_group_tests_name("aead_edges", tests, NULL, NULL);
}
