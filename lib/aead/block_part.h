/* SPDX-License-Identifier: MIT */
/* Parts of a block, for CPUs without masked loads and stores: no byte behind them is touched, and none goes by the stack. */
#ifndef KTLS_AEAD_BLOCK_PART_H
#define KTLS_AEAD_BLOCK_PART_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "aead/ghash.h"

enum {
	PART_MAX = 32,
};

/* From PART_MAX - n on: n bytes to keep, then none; from PART_MAX - at on: the byte at @at alone. */
static const uint8_t part_keep[2 * PART_MAX] __attribute__((unused)) = {
	255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
	255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
};
static const uint8_t part_one[2 * PART_MAX] __attribute__((unused)) = { [PART_MAX] = 255 };

#define LOADS(bits) \
	static ALWAYS_INLINE uint64_t load_##bits(const uint8_t *p) \
	{ \
		uint##bits##_t v; \
		memcpy(&v, p, sizeof(v)); \
		return v; \
	} \
	static ALWAYS_INLINE void store_##bits(uint8_t *p, uint64_t from) \
	{ \
		const uint##bits##_t v = (uint##bits##_t)from; \
		memcpy(p, &v, sizeof(v)); \
	}
LOADS(16)
LOADS(32)
LOADS(64)
#undef LOADS

/* @n up to 8, little endian. Two loads that overlap make a length of their own. */
static ALWAYS_INLINE uint64_t load_word_part(const uint8_t *p, size_t n)
{
	if (n == 8)
		return load_64(p);
	if (n >= 4)
		return load_32(p) | load_32(p + n - 4) << 8 * (n - 4);
	if (n >= 2)
		return load_16(p) | load_16(p + n - 2) << 8 * (n - 2);
	return n ? p[0] : 0;
}

static ALWAYS_INLINE void store_word_part(uint8_t *p, uint64_t v, size_t n)
{
	if (n == 8) {
		store_64(p, v);
	} else if (n >= 4) {
		store_32(p, v);
		store_32(p + n - 4, v >> 8 * (n - 4));
	} else if (n >= 2) {
		store_16(p, v);
		store_16(p + n - 2, v >> 8 * (n - 2));
	} else if (n) {
		p[0] = (uint8_t)v;
	}
}

/* @n up to 16; zero behind them. */
static ALWAYS_INLINE __m128i block_load_part(const uint8_t *p, size_t n)
{
	if (n <= 8)
		return _mm_set_epi64x(0, (long long)load_word_part(p, n));
	return _mm_set_epi64x((long long)load_word_part(p + 8, n - 8), (long long)load_64(p));
}

static ALWAYS_INLINE void block_store_part(uint8_t *p, __m128i v, size_t n)
{
	uint64_t word;

	if (n > 8) {
		_mm_storel_epi64((void *)p, v);
		v = _mm_unpackhi_epi64(v, v);
		p += 8;
		n -= 8;
	}
	/* A register on 64-bit machines. */
	_mm_storel_epi64((void *)&word, v);
	store_word_part(p, word, n);
}

#endif
