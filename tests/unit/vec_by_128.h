/* SPDX-License-Identifier: MIT */
/*
 * Vectors of VEC_BLOCKS blocks as gcm.h wants them, made of registers of one block: AES-NI and PCLMULQDQ alone. So the
 * engine's body runs at a VAES leaf's width where the CPU, or a tool like Valgrind, does not know that leaf's
 * instructions. What includes this has the leaf's constants first.
 */
#ifndef KTLS_TESTS_UNIT_VEC_BY_128_H
#define KTLS_TESTS_UNIT_VEC_BY_128_H

#include "aead/block_part.h"

typedef struct {
	__m128i at[VEC_BLOCKS];
} vec;

#define EACH_BLOCK(i) for (int i = 0; i < VEC_BLOCKS; i++)

/* Block by block: @expr is block i of what comes back. */
#define BLOCK_BY_BLOCK(expr) \
	vec made; \
	EACH_BLOCK(i) \
		made.at[i] = (expr); \
	return made

/* For a factor that must be known when this is compiled. */
#define vec_clmul(a, b, halves) __extension__ ({ \
	const vec clmul_a = (a), clmul_b = (b); \
	vec clmul_made; \
	EACH_BLOCK(clmul_i) \
		clmul_made.at[clmul_i] = _mm_clmulepi64_si128(clmul_a.at[clmul_i], clmul_b.at[clmul_i], halves); \
	clmul_made; \
})

#define VEC_KEEP(v) vec_pin(&(v))

static ALWAYS_INLINE void vec_pin(vec *v)
{
	EACH_BLOCK(i)
		__asm__ volatile("" : "+x"(v->at[i]));
}

static ALWAYS_INLINE vec vec_load(const void *p)
{
	BLOCK_BY_BLOCK(load((const uint8_t *)p + i * 16));
}

static ALWAYS_INLINE void vec_store(void *p, vec v)
{
	EACH_BLOCK(i)
		store((uint8_t *)p + i * 16, v.at[i]);
}

static ALWAYS_INLINE vec vec_spread(__m128i v)
{
	BLOCK_BY_BLOCK(v);
}

static ALWAYS_INLINE vec vec_zero(void)
{
	return vec_spread(_mm_setzero_si128());
}

static ALWAYS_INLINE vec vec_xor(vec a, vec b)
{
	BLOCK_BY_BLOCK(_mm_xor_si128(a.at[i], b.at[i]));
}

static ALWAYS_INLINE vec vec_xor3(vec a, vec b, vec c)
{
	return vec_xor(a, vec_xor(b, c));
}

static ALWAYS_INLINE vec vec_aesenc(vec v, vec k)
{
	BLOCK_BY_BLOCK(_mm_aesenc_si128(v.at[i], k.at[i]));
}

static ALWAYS_INLINE vec vec_aesenclast(vec v, vec k)
{
	BLOCK_BY_BLOCK(_mm_aesenclast_si128(v.at[i], k.at[i]));
}

static ALWAYS_INLINE vec vec_reverse_bytes(vec v)
{
	BLOCK_BY_BLOCK(reverse_bytes(v.at[i]));
}

static ALWAYS_INLINE vec vec_swap_halves(vec v)
{
	BLOCK_BY_BLOCK(swap_halves(v.at[i]));
}

static ALWAYS_INLINE vec vec_low_halves(vec a, vec b)
{
	BLOCK_BY_BLOCK(_mm_unpacklo_epi64(a.at[i], b.at[i]));
}

static ALWAYS_INLINE vec vec_high_halves(vec a, vec b)
{
	BLOCK_BY_BLOCK(_mm_unpackhi_epi64(a.at[i], b.at[i]));
}

static ALWAYS_INLINE vec vec_half_up(vec v)
{
	BLOCK_BY_BLOCK(_mm_slli_si128(v.at[i], 8));
}

static ALWAYS_INLINE vec vec_half_down(vec v)
{
	BLOCK_BY_BLOCK(_mm_srli_si128(v.at[i], 8));
}

static ALWAYS_INLINE __m128i vec_sum(vec v)
{
	__m128i sum = v.at[0];

	for (int i = 1; i < VEC_BLOCKS; i++)
		sum = _mm_xor_si128(sum, v.at[i]);
	return sum;
}

/* --- parts of a vector, @n bytes of it (0 … VEC): nothing behind them is read or written */

/* How many of @n bytes are in block @i. */
static ALWAYS_INLINE size_t part_of(size_t n, int i)
{
	const size_t before = (size_t)i * 16;

	if (n <= before)
		return 0;
	return n - before < 16 ? n - before : 16;
}

/* Zero behind the @n bytes. */
static ALWAYS_INLINE vec vec_load_part(const uint8_t *p, size_t n)
{
	vec made = vec_zero();

	for (int i = 0; i < VEC_BLOCKS && part_of(n, i); i++)
		made.at[i] = block_load_part(p + i * 16, part_of(n, i));
	return made;
}

static ALWAYS_INLINE void vec_store_part(uint8_t *p, vec v, size_t n)
{
	for (int i = 0; i < VEC_BLOCKS && part_of(n, i); i++)
		block_store_part(p + i * 16, v.at[i], part_of(n, i));
}

static ALWAYS_INLINE vec vec_keep(vec v, size_t n)
{
	BLOCK_BY_BLOCK(_mm_and_si128(v.at[i], load(part_keep + PART_MAX - part_of(n, i))));
}

static ALWAYS_INLINE vec vec_put_byte(vec v, size_t at, uint8_t byte)
{
	const __m128i there = _mm_and_si128(_mm_set1_epi8((char)byte), load(part_one + PART_MAX - at % 16));

	v.at[at / 16] = _mm_or_si128(v.at[at / 16], there);
	return v;
}

/* --- a record's first vector begins with the two blocks of the head */

enum {
	HEAD_VECS = 1,
	HEAD_DATA = VEC - 32,
};

/* The keystream of block 1. */
static ALWAYS_INLINE __m128i vec_block_1(const vec *b)
{
	return b[0].at[1];
}

static ALWAYS_INLINE vec vec_put_block_0(vec v, __m128i block)
{
	v.at[0] = block;
	return v;
}

static ALWAYS_INLINE void vec_head(vec *x, __m128i block_0, __m128i block_1, vec data)
{
	x[0] = data;
	x[0].at[0] = block_0;
	x[0].at[1] = block_1;
}

/* The @n bytes of data (0 … HEAD_DATA) in their place behind the head. */
static ALWAYS_INLINE vec vec_load_head_data(const uint8_t *p, size_t n)
{
	vec made = vec_zero();

	for (int i = 0; i < HEAD_DATA / 16 && part_of(n, i); i++)
		made.at[2 + i] = block_load_part(p + i * 16, part_of(n, i));
	return made;
}

static ALWAYS_INLINE void vec_store_head_data(uint8_t *p, vec v, size_t n)
{
	for (int i = 0; i < HEAD_DATA / 16 && part_of(n, i); i++)
		block_store_part(p + i * 16, v.at[2 + i], part_of(n, i));
}

enum {
	LINE = 64,
};

static ALWAYS_INLINE void wipe_line(void *p)
{
	for (int i = 0; i < LINE / 16; i++)
		store((uint8_t *)p + i * 16, _mm_setzero_si128());
}

static ALWAYS_INLINE void vec_wipe_registers(void)
{
	_mm256_zeroall();
}

#endif
