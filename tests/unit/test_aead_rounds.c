/* SPDX-License-Identifier: MIT */
/* The cached rounds of counter mode against AES as FIPS 197 tells it, byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "aead/aead.h"
#include "unit/engine.h"

#if HAVE_AESNI
#include "aead/vec128.h"

#include "aead/gcm_rounds.h"

/* --- slow and obvious: sections 4 and 5 of FIPS 197 */

static uint8_t times(uint8_t a, uint8_t b)
{
	uint8_t sum = 0;

	for (; b; b >>= 1) {
		if (b & 1)
			sum ^= a;
		a = (uint8_t)(a << 1 ^ (a & 0x80 ? 0x1b : 0));
	}
	return sum;
}

static uint8_t rotated(uint8_t v, int n)
{
	return (uint8_t)(v << n | v >> (8 - n));
}

static uint8_t sub_byte(uint8_t v)
{
	uint8_t inverse = 0;

	for (unsigned i = 1; i < 256; i++)
		if (times(v, (uint8_t)i) == 1)
			inverse = (uint8_t)i;
	return inverse ^ rotated(inverse, 1) ^ rotated(inverse, 2) ^ rotated(inverse, 3) ^ rotated(inverse, 4) ^ 0x63;
}

static uint8_t sbox[256];

static int fill_sbox(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 256; i++)
		sbox[i] = sub_byte((uint8_t)i);
	return 0;
}

/* The first three round keys. */
static void slow_expand(uint8_t rk[48], const uint8_t *key, size_t key_len)
{
	uint8_t rcon = 1;

	memcpy(rk, key, key_len);
	for (size_t i = key_len; i < 48; i += 4) {
		uint8_t w[4];

		memcpy(w, rk + i - 4, 4);
		if (i % key_len == 0) {
			const uint8_t first = w[0];

			w[0] = sbox[w[1]] ^ rcon;
			w[1] = sbox[w[2]];
			w[2] = sbox[w[3]];
			w[3] = sbox[first];
			rcon = times(rcon, 2);
		}
		for (size_t j = 0; j < 4; j++)
			rk[i + j] = rk[i + j - key_len] ^ w[j];
	}
}

static void slow_round(uint8_t s[16], const uint8_t *rk)
{
	uint8_t t[16];

	/* SubBytes and ShiftRows: byte r of column c comes out of column c + r. */
	for (size_t c = 0; c < 4; c++)
		for (size_t r = 0; r < 4; r++)
			t[4 * c + r] = sbox[s[4 * ((c + r) % 4) + r]];
	for (size_t c = 0; c < 4; c++)
		for (size_t r = 0; r < 4; r++)
			s[4 * c + r] = times(t[4 * c + r], 2) ^ times(t[4 * c + (r + 1) % 4], 3) ^ t[4 * c + (r + 2) % 4] ^
				       t[4 * c + (r + 3) % 4] ^ rk[4 * c + r];
}

static void slow_two_rounds(uint8_t s[16], const uint8_t rk[48], const uint8_t *nonce, uint32_t counter)
{
	memcpy(s, nonce, 12);
	for (size_t i = 0; i < 4; i++)
		s[12 + i] = (uint8_t)(counter >> (24 - 8 * i));
	for (size_t i = 0; i < 16; i++)
		s[i] ^= rk[i];
	slow_round(s, rk + 16);
	slow_round(s, rk + 32);
}

/* --- the cache */

static struct rounds rounds;

static void set_rounds(const uint8_t *key, size_t key_len)
{
	memset(&rounds, 0, sizeof(rounds));
	rounds.rounds = aesni_expand_key(rounds.rk1, key, key_len);
	for (int i = 0; i <= rounds.rounds; i++)
		rounds.rk[i] = vec_spread(rounds.rk1[i]);
}

static __m128i nonce_block(const uint8_t *nonce)
{
	uint8_t block[16] = { 0 };

	memcpy(block, nonce, 12);
	return load(block);
}

/* 256 blocks from @counter on. */
static void check_blocks(const uint8_t rk[48], const uint8_t *nonce, uint32_t counter)
{
	const vec base = cached_base(&rounds, nonce_block(nonce), counter);

	for (uint32_t i = 0; i < CACHED; i += LANES) {
		const vec *diff = batch_diff(&rounds, counter + i);
		uint8_t slow[16], got[16];

		for (uint32_t l = 0; l < LANES; l++) {
			slow_two_rounds(slow, rk, nonce, counter + i + l);
			vec_store(got, vec_xor(base, diff[l]));
			assert_memory_equal(got, slow, 16);
		}
	}
}

static void check_key(struct prng *prng, size_t key_len)
{
	uint8_t key[32], nonce[12], rk[48];

	prng_fill(prng, key, sizeof(key));
	prng_fill(prng, nonce, sizeof(nonce));
	slow_expand(rk, key, key_len);
	set_rounds(key, key_len);
	for (size_t i = 0; i < 12; i++) {
		/* One byte after the other changes: the cache must notice 0, 5 and 10, and may live through the rest. */
		const bool matters = i == 0 || i == 5 || i == 10;

		need_diff(&rounds, nonce_block(nonce));
		nonce[i] ^= 0x5a;
		assert_int_equal(is_same(diff_part(nonce_block(nonce)), rounds.diff_nonce), !matters);
		need_diff(&rounds, nonce_block(nonce));
		check_blocks(rk, nonce, 0);
		check_blocks(rk, nonce, 256);
		check_blocks(rk, nonce, (uint32_t)prng_next(prng) & 0xffffff00);
	}
}

static void test_aead_rounds_cached_128(void **state)
{
	struct prng prng = { .state = 128 };

	(void)state;
	for (int i = 0; i < 4; i++)
		check_key(&prng, 16);
}

static void test_aead_rounds_cached_256(void **state)
{
	struct prng prng = { .state = 256 };

	(void)state;
	for (int i = 0; i < 4; i++)
		check_key(&prng, 32);
}

/* A nonce that comes once is not worth a cache; the second with the same bytes is. */
static void test_aead_rounds_random_nonces(void **state)
{
	uint8_t nonce[12] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
	const uint8_t key[16] = { 7 };

	(void)state;
	set_rounds(key, sizeof(key));
	for (uint8_t i = 0; i < 8; i++) {
		nonce[10]++;
		assert_false(will_be_cached(&rounds, nonce_block(nonce), 1));
	}
	nonce[11]++;
	assert_true(will_be_cached(&rounds, nonce_block(nonce), 1));
	need_diff(&rounds, nonce_block(nonce));
	nonce[5]++;
	assert_false(will_be_cached(&rounds, nonce_block(nonce), 1));
	nonce[5]--;
	assert_true(will_be_cached(&rounds, nonce_block(nonce), 1));
}

/* Short records want a longer row; a nonce from elsewhere begins it anew. */
static void test_aead_rounds_rows(void **state)
{
	uint8_t nonce[12] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
	const uint8_t key[16] = { 7 };

	(void)state;
	set_rounds(key, sizeof(key));
	for (int again = 0; again < 2; again++) {
		nonce[10]++;
		for (int i = 0; i < 16; i++)
			assert_false(will_be_cached(&rounds, nonce_block(nonce), 16));
	}
	assert_true(will_be_cached(&rounds, nonce_block(nonce), 16));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_aead_rounds_cached_128),
		cmocka_unit_test(test_aead_rounds_cached_256),
		cmocka_unit_test(test_aead_rounds_random_nonces),
		cmocka_unit_test(test_aead_rounds_rows),
	};

	if (!__builtin_cpu_supports("aes") || !__builtin_cpu_supports("avx")) {
		puts("1..0 # SKIP this CPU has no AES-NI and AVX");
		return 0;
	}
	return cmocka_run_group_tests_name("aead_rounds", tests, fill_sbox, NULL);
}
#else
int main(void)
{
	puts("1..0 # SKIP no leaf of our own is built");
	return 0;
}
#endif
