/* SPDX-License-Identifier: MIT */
/* AES round keys, FIPS 197 section 5.2. */
#include "aead/aesni_key.h"

static __m128i load(const uint8_t *p)
{
	return _mm_loadu_si128((const void *)p);
}

static inline __m128i next_round_key(__m128i k, __m128i assist)
{
	k = _mm_xor_si128(k, _mm_slli_si128(k, 4));
	k = _mm_xor_si128(k, _mm_slli_si128(k, 8));
	return _mm_xor_si128(k, assist);
}

/* The assist instruction takes its round constant as an immediate. */
#define ROTATED(k, rcon) _mm_shuffle_epi32(_mm_aeskeygenassist_si128(k, rcon), 0xff)
#define PLAIN(k) _mm_shuffle_epi32(_mm_aeskeygenassist_si128(k, 0), 0xaa)

static void expand_128(__m128i *rk, const uint8_t *key)
{
	rk[0] = load(key);
#define STEP(i, rcon) rk[i] = next_round_key(rk[(i) - 1], ROTATED(rk[(i) - 1], rcon));
	STEP(1, 0x01) STEP(2, 0x02) STEP(3, 0x04) STEP(4, 0x08) STEP(5, 0x10)
	STEP(6, 0x20) STEP(7, 0x40) STEP(8, 0x80) STEP(9, 0x1b) STEP(10, 0x36)
#undef STEP
}

static void expand_256(__m128i *rk, const uint8_t *key)
{
	rk[0] = load(key);
	rk[1] = load(key + 16);
#define EVEN(i, rcon) rk[i] = next_round_key(rk[(i) - 2], ROTATED(rk[(i) - 1], rcon));
#define ODD(i) rk[i] = next_round_key(rk[(i) - 2], PLAIN(rk[(i) - 1]));
	EVEN(2, 0x01) ODD(3) EVEN(4, 0x02) ODD(5) EVEN(6, 0x04) ODD(7) EVEN(8, 0x08)
	ODD(9) EVEN(10, 0x10) ODD(11) EVEN(12, 0x20) ODD(13) EVEN(14, 0x40)
#undef EVEN
#undef ODD
}

int aesni_expand_key(__m128i *rk, const uint8_t *key, size_t key_len)
{
	if (key_len == 32) {
		expand_256(rk, key);
		return AES_256_ROUNDS;
	}
	expand_128(rk, key);
	return AES_128_ROUNDS;
}

__m128i aesni_encrypt(const __m128i *rk, int rounds, __m128i block)
{
	block = _mm_xor_si128(block, rk[0]);
	for (int i = 1; i < rounds; i++)
		block = _mm_aesenc_si128(block, rk[i]);
	return _mm_aesenclast_si128(block, rk[rounds]);
}
