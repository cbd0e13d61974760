/* SPDX-License-Identifier: MIT */
/* Vectors of one block, as gcm.h wants them: AES-NI and PCLMULQDQ. AVX saves the copies of two-operand code. */
#ifndef KTLS_AEAD_VEC128_H
#define KTLS_AEAD_VEC128_H

#include "aead/block_part.h"

typedef __m128i vec;

enum {
	VEC_BLOCKS = 1,
	VEC = 16,
	SHORT = 224,			/* bytes: gcm.h */
	KEEPS = 0,
	KARATSUBA = 1,
};

#define VEC_KEEP(v) __asm__ volatile("" : "+x"(v))
#define vec_clmul(a, b, halves) _mm_clmulepi64_si128(a, b, halves)

static ALWAYS_INLINE vec vec_load(const void *p)
{
	return load(p);
}

static ALWAYS_INLINE void vec_store(void *p, vec v)
{
	store(p, v);
}

static ALWAYS_INLINE vec vec_zero(void)
{
	return _mm_setzero_si128();
}

static ALWAYS_INLINE vec vec_spread(__m128i v)
{
	return v;
}

static ALWAYS_INLINE vec vec_xor(vec a, vec b)
{
	return _mm_xor_si128(a, b);
}

static ALWAYS_INLINE vec vec_xor3(vec a, vec b, vec c)
{
	return vec_xor(a, vec_xor(b, c));
}

static ALWAYS_INLINE vec vec_aesenc(vec v, vec k)
{
	return _mm_aesenc_si128(v, k);
}

static ALWAYS_INLINE vec vec_aesenclast(vec v, vec k)
{
	return _mm_aesenclast_si128(v, k);
}

static ALWAYS_INLINE vec vec_reverse_bytes(vec v)
{
	return reverse_bytes(v);
}

static ALWAYS_INLINE vec vec_swap_halves(vec v)
{
	return swap_halves(v);
}

static ALWAYS_INLINE vec vec_low_halves(vec a, vec b)
{
	return _mm_unpacklo_epi64(a, b);
}

static ALWAYS_INLINE vec vec_high_halves(vec a, vec b)
{
	return _mm_unpackhi_epi64(a, b);
}

static ALWAYS_INLINE vec vec_half_up(vec v)
{
	return _mm_slli_si128(v, 8);
}

static ALWAYS_INLINE vec vec_half_down(vec v)
{
	return _mm_srli_si128(v, 8);
}

static ALWAYS_INLINE __m128i vec_sum(vec v)
{
	return v;
}

/* --- parts of a vector, @n bytes of it: nothing behind them is read or written */

/* Zero behind them. */
static ALWAYS_INLINE vec vec_load_part(const uint8_t *p, size_t n)
{
	return block_load_part(p, n);
}

static ALWAYS_INLINE void vec_store_part(uint8_t *p, vec v, size_t n)
{
	block_store_part(p, v, n);
}

static ALWAYS_INLINE vec vec_keep(vec v, size_t n)
{
	return _mm_and_si128(v, load(part_keep + PART_MAX - n));
}

static ALWAYS_INLINE vec vec_put_byte(vec v, size_t at, uint8_t byte)
{
	return _mm_or_si128(v, _mm_and_si128(_mm_set1_epi8((char)byte), load(part_one + PART_MAX - at)));
}

/* --- a record's first two vectors are head */

enum {
	HEAD_VECS = 2,
	HEAD_DATA = 0,
};

/* The keystream of block 1. */
static ALWAYS_INLINE __m128i vec_block_1(const vec *b)
{
	return b[1];
}

static ALWAYS_INLINE void vec_head(vec *x, __m128i block_0, __m128i block_1, vec data)
{
	(void)data;
	x[0] = block_0;
	x[1] = block_1;
}

static ALWAYS_INLINE vec vec_put_block_0(vec v, __m128i block)
{
	(void)v;
	return block;
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
