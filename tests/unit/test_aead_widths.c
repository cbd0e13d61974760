/* SPDX-License-Identifier: MIT */
/*
 * The bodies of the VAES leaves by AES-NI alone (vec_by_128.h): byte for byte what libcrypto does, and what the leaves
 * themselves do where the CPU has them. So what test_aead_ct.c finds out about these bodies holds for those leaves'.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "aead/cpu.h"
#include "base/attr.h"
#include "base/bytes.h"
#include "tls/protocol.h"
#include "unit/engine.h"

#if HAVE_AESNI
#include "unit/leaves_by_128.h"
#include "unit/vec_constants.h"

enum {
	TAG = TLS_TAG_LEN,
	ALL_LENS = 2200,
	ROOM = TLS_MAX_PLAINTEXT + 512,
};

static const struct width {
	const char *cipher;
	const struct aead_leaf *leaf;
	const char *real;		/* the leaf that it stands for */
} widths[] = {
	{ "aes-128-gcm", &aead_leaf_vaes256_by_128, "vaes-avx2" },
	{ "aes-256-gcm", &aead_leaf_vaes256_by_128, "vaes-avx2" },
	{ "aes-128-gcm", &aead_leaf_vaes512_by_128, "vaes-avx512" },
	{ "aes-256-gcm", &aead_leaf_vaes512_by_128, "vaes-avx512" },
};

static const struct tls_cipher *cipher;
static struct aead *by_128, *real;	/* @real is NULL where it is not to be had */
static struct prng prng;
static uint8_t key[TLS_MAX_KEY_LEN], iv[TLS_NONCE_LEN], nonce[TLS_NONCE_LEN], aad[13];
static uint8_t in[ROOM], expected[ROOM], wire[ROOM], out[ROOM];

static int make(void **state)
{
	const struct width *w = *state;
	const struct aead_leaf *leaf = aead_leaf_by_name(w->real);
	const char *why_not = leaf ? aead_leaf_why_not(leaf, NULL, 0) : "not built";

	cipher = tls_cipher_by_id(w->cipher);
	prng.state = 20261127;
	prng_fill(&prng, key, sizeof(key));
	prng_fill(&prng, iv, sizeof(iv));
	prng_fill(&prng, aad, sizeof(aad));
	prng_fill(&prng, in, sizeof(in));
	real = NULL;
	if (why_not)
		printf("# beside libcrypto alone, not %s: %s\n", w->real, why_not);
	else if (aead_new_by(&real, NULL, leaf, cipher, key))
		return -1;
	return aead_new_by(&by_128, NULL, w->leaf, cipher, key);
}

static int release(void **state)
{
	(void)state;
	aead_free(by_128);
	aead_free(real);
	return 0;
}

static void check_wrong_tag(const struct aead_job *job)
{
	wire[job->len + prng_below(&prng, TAG)] ^= (uint8_t)(1u << prng_below(&prng, 8));
	assert_int_equal(aead_open(by_128, job), -EBADMSG);
	assert_true(all_zero(job->out, job->len));
}

/* @aad_len of AAD; what goes over the wire is @len bytes, the last of which is a tail if @tail_len is 1. */
static void check(size_t len, size_t aad_len, uint8_t tail_len)
{
	struct aead_job job = {
		.nonce = nonce, .aad = aad, .aad_len = aad_len, .in = in, .len = len - tail_len, .out = wire,
		.tail = tail_len ? in[len - 1] : 0, .tail_len = tail_len,
	};

	ref_seal(cipher, key, nonce, aad, aad_len, in, len, expected);
	memset(wire, 0xee, len + TAG + 64);
	if (real) {
		assert_int_equal(aead_seal(real, &job), 0);
		assert_memory_equal(wire, expected, len + TAG);
		memset(wire, 0xee, len + TAG + 64);
	}
	assert_int_equal(aead_seal(by_128, &job), 0);
	if (memcmp(wire, expected, len + TAG) != 0)
		fail_msg("%s, %s: %zu bytes sealed as libcrypto does not", cipher->name, aead_leaf(by_128), len);
	for (size_t i = 0; i < 64; i++)
		assert_int_equal(wire[len + TAG + i], 0xee);
	job.in = wire;
	job.out = out;
	job.len = len;
	memset(out, 0xee, len + 64);
	assert_int_equal(aead_open(by_128, &job), 0);
	assert_memory_equal(out, in, len);
	for (size_t i = 0; i < 64; i++)
		assert_int_equal(out[len + i], 0xee);
	check_wrong_tag(&job);
}

/* Records go the same ways as in the leaves themselves: both vectors' headers say so. */
static void test_aead_widths_constants(void **state)
{
	(void)state;
#if HAVE_VAES256
	assert_memory_equal(&vec256_by_128_constants, &vec256_constants, sizeof(struct vec_constants));
#endif
#if HAVE_VAES512
	assert_memory_equal(&vec512_by_128_constants, &vec512_constants, sizeof(struct vec_constants));
#endif
}

/* As TLS 1.3 makes it. */
static void set_seq(uint64_t seq)
{
	memcpy(nonce, iv, sizeof(nonce));
	store_be64(nonce + 4, load_be64(nonce + 4) ^ seq);
}

/* Nonces in a row, with a long record at times, so that rounds are cached for all of them. */
static void test_aead_widths_all_lengths(void **state)
{
	(void)state;
	for (size_t len = 0; len <= ALL_LENS; len++) {
		set_seq(len);
		if (len % 32 == 0)
			check(ALL_LENS, 5, 0);
		check(len, len % 14, len && len % 2);
	}
}

/* The same without the cache, as far as records go without it. */
static void test_aead_widths_random_nonces(void **state)
{
	(void)state;
	for (size_t len = 0; len <= ALL_LENS; len += 3) {
		prng_fill(&prng, nonce, sizeof(nonce));
		check(len, 5, 0);
	}
}

/* Around the edges of batches, of groups, of the block counter's low byte, and of records. */
static void test_aead_widths_long(void **state)
{
	static const size_t around[] = { 3072, 254 * 16, 510 * 16, TLS_MAX_PLAINTEXT };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(around); i++)
		for (size_t len = around[i] - 66; len <= around[i] + 66; len++) {
			set_seq(len);
			check(len, 5, len % 2);
		}
}

/* Where the cache is made anew (nonce byte 10), and further carries. */
static void test_aead_widths_sequence_numbers(void **state)
{
	static const uint64_t edges[] = {
		1u << 8, 1u << 16, UINT64_C(1) << 32, UINT64_C(1) << 40, UINT64_C(1) << 48, UINT64_MAX - 3,
	};
	static const size_t lens[] = { 1, 224, 225, 480, 481, 960, 961, 1024, 1025, 3000, TLS_MAX_PLAINTEXT + 1 };

	(void)state;
	for (size_t l = 0; l < ARRAY_SIZE(lens); l++)
		for (size_t e = 0; e < ARRAY_SIZE(edges); e++)
			for (uint64_t i = 0; i < 6; i++) {
				set_seq(edges[e] - 3 + i);
				check(lens[l], 13, (uint8_t)(i % 2));
			}
}

#define FOR(test, i, of) { #test " " of, test, make, release, (void *)(uintptr_t)&widths[i] }
#define EACH_WIDTH(test) \
	FOR(test, 0, "256, aes-128-gcm"), FOR(test, 1, "256, aes-256-gcm"), \
	FOR(test, 2, "512, aes-128-gcm"), FOR(test, 3, "512, aes-256-gcm")

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_aead_widths_constants),
		EACH_WIDTH(test_aead_widths_all_lengths),
		EACH_WIDTH(test_aead_widths_random_nonces),
		EACH_WIDTH(test_aead_widths_long),
		EACH_WIDTH(test_aead_widths_sequence_numbers),
	};

	unsetenv("KTLS_CPU_MASK");
	if (!(cpu_features() & CPU_AESNI)) {
		puts("1..0 # SKIP this CPU has no AES-NI");
		return 0;
	}
	return cmocka_run_group_tests_name("aead_widths", tests, NULL, NULL);
}
#else
int main(void)
{
	puts("1..0 # SKIP no leaf of our own is built");
	return 0;
}
#endif
