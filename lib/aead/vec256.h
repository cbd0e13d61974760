/* SPDX-License-Identifier: MIT */
/* Vectors of two blocks, as gcm.h wants them: AVX2 with VAES and VPCLMULQDQ. */
#ifndef KTLS_AEAD_VEC256_H
#define KTLS_AEAD_VEC256_H

#include "aead/block_part.h"

typedef __m256i vec;

enum {
	VEC_BLOCKS = 2,
	VEC = 32,
	SHORT = 224,			/* bytes: gcm.h */
	KEEPS = 0,			/* a batch is loaded again to be hashed */
	KARATSUBA = 1,			/* shuffles have ports of their own */
};

#define VEC_KEEP(v) __asm__ volatile("" : "+x"(v))
#define vec_clmul(a, b, halves) _mm256_clmulepi64_epi128(a, b, halves)

static ALWAYS_INLINE vec vec_load(const void *p)
{
	return _mm256_loadu_si256(p);
}

static ALWAYS_INLINE void vec_store(void *p, vec v)
{
	_mm256_storeu_si256(p, v);
}

static ALWAYS_INLINE vec vec_zero(void)
{
	return _mm256_setzero_si256();
}

/* The same block in each place. */
static ALWAYS_INLINE vec vec_spread(__m128i v)
{
	return _mm256_broadcastsi128_si256(v);
}

static ALWAYS_INLINE vec vec_xor(vec a, vec b)
{
	return _mm256_xor_si256(a, b);
}

static ALWAYS_INLINE vec vec_xor3(vec a, vec b, vec c)
{
	return vec_xor(a, vec_xor(b, c));
}

static ALWAYS_INLINE vec vec_aesenc(vec v, vec k)
{
	return _mm256_aesenc_epi128(v, k);
}

static ALWAYS_INLINE vec vec_aesenclast(vec v, vec k)
{
	return _mm256_aesenclast_epi128(v, k);
}

static ALWAYS_INLINE vec vec_reverse_bytes(vec v)
{
	return _mm256_shuffle_epi8(v, vec_spread(BYTES_REVERSED));
}

static ALWAYS_INLINE vec vec_swap_halves(vec v)
{
	return _mm256_shuffle_epi32(v, 0x4e);
}

static ALWAYS_INLINE vec vec_low_halves(vec a, vec b)
{
	return _mm256_unpacklo_epi64(a, b);
}

static ALWAYS_INLINE vec vec_high_halves(vec a, vec b)
{
	return _mm256_unpackhi_epi64(a, b);
}

static ALWAYS_INLINE vec vec_half_up(vec v)
{
	return _mm256_bslli_epi128(v, 8);
}

static ALWAYS_INLINE vec vec_half_down(vec v)
{
	return _mm256_bsrli_epi128(v, 8);
}

/* XOR of the two blocks. */
static ALWAYS_INLINE __m128i vec_sum(vec v)
{
	return _mm_xor_si128(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
}

/* --- parts of a vector, @n bytes of it: nothing behind them is read or written */

/* @n below VEC; zero behind them. */
static ALWAYS_INLINE vec vec_load_part(const uint8_t *p, size_t n)
{
	if (n < 16)
		return _mm256_zextsi128_si256(block_load_part(p, n));
	return _mm256_inserti128_si256(_mm256_castsi128_si256(load(p)), block_load_part(p + 16, n - 16), 1);
}

static ALWAYS_INLINE void vec_store_part(uint8_t *p, vec v, size_t n)
{
	__m128i last = _mm256_castsi256_si128(v);

	if (n >= 16) {
		store(p, last);
		last = _mm256_extracti128_si256(v, 1);
		p += 16;
		n -= 16;
	}
	block_store_part(p, last, n);
}

static ALWAYS_INLINE vec vec_keep(vec v, size_t n)
{
	return _mm256_and_si256(v, vec_load(part_keep + PART_MAX - n));
}

static ALWAYS_INLINE vec vec_put_byte(vec v, size_t at, uint8_t byte)
{
	return _mm256_or_si256(v, _mm256_and_si256(_mm256_set1_epi8((char)byte), vec_load(part_one + PART_MAX - at)));
}

/* --- a record's first vector is all head */

enum {
	HEAD_VECS = 1,
	HEAD_DATA = 0,
};

/* The keystream of block 1. */
static ALWAYS_INLINE __m128i vec_block_1(const vec *b)
{
	return _mm256_extracti128_si256(b[0], 1);
}

static ALWAYS_INLINE void vec_head(vec *x, __m128i block_0, __m128i block_1, vec data)
{
	(void)data;
	x[0] = _mm256_inserti128_si256(_mm256_castsi128_si256(block_0), block_1, 1);
}

static ALWAYS_INLINE vec vec_put_block_0(vec v, __m128i block)
{
	return _mm256_inserti128_si256(v, block, 0);
}

static ALWAYS_INLINE vec vec_load_head_data(const void *p, size_t n)
{
	(void)p;
	(void)n;
	return vec_zero();
}

static ALWAYS_INLINE void vec_store_head_data(void *p, vec v, size_t n)
{
	(void)p;
	(void)v;
	(void)n;
}

enum {
	LINE = 64,
};

static ALWAYS_INLINE void wipe_line(void *p)
{
	_mm256_storeu_si256(p, _mm256_setzero_si256());
	_mm256_storeu_si256((void *)((uint8_t *)p + LINE / 2), _mm256_setzero_si256());
}

static ALWAYS_INLINE void vec_wipe_registers(void)
{
	_mm256_zeroall();
}

#endif
