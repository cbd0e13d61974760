/* SPDX-License-Identifier: MIT */
/* Vectors of four blocks, as gcm.h wants them: AVX-512 with VAES and VPCLMULQDQ. */
#ifndef KTLS_AEAD_VEC512_H
#define KTLS_AEAD_VEC512_H

#include <stddef.h>
#include <stdint.h>

#include "aead/ghash.h"

typedef __m512i vec;

enum {
	VEC_BLOCKS = 4,
	VEC = 64,
	SHORT = 960,			/* bytes: gcm.h */
	KEEPS = 1,			/* registers have room for a batch until it is hashed */
	KARATSUBA = 0,			/* it saves a multiplication, and costs two shuffles on the port of the multiplications */
};

#define VEC_KEEP(v) __asm__ volatile("" : "+v"(v))
#define vec_clmul(a, b, halves) _mm512_clmulepi64_epi128(a, b, halves)

static ALWAYS_INLINE vec vec_load(const void *p)
{
	return _mm512_loadu_si512(p);
}

static ALWAYS_INLINE void vec_store(void *p, vec v)
{
	_mm512_storeu_si512(p, v);
}

static ALWAYS_INLINE vec vec_zero(void)
{
	return _mm512_setzero_si512();
}

/* The same block in each place. */
static ALWAYS_INLINE vec vec_spread(__m128i v)
{
	return _mm512_broadcast_i32x4(v);
}

static ALWAYS_INLINE vec vec_xor(vec a, vec b)
{
	return _mm512_xor_si512(a, b);
}

static ALWAYS_INLINE vec vec_xor3(vec a, vec b, vec c)
{
	return _mm512_ternarylogic_epi64(a, b, c, 0x96);
}

static ALWAYS_INLINE vec vec_aesenc(vec v, vec k)
{
	return _mm512_aesenc_epi128(v, k);
}

static ALWAYS_INLINE vec vec_aesenclast(vec v, vec k)
{
	return _mm512_aesenclast_epi128(v, k);
}

static ALWAYS_INLINE vec vec_reverse_bytes(vec v)
{
	return _mm512_shuffle_epi8(v, vec_spread(BYTES_REVERSED));
}

static ALWAYS_INLINE vec vec_swap_halves(vec v)
{
	return _mm512_shuffle_epi32(v, _MM_PERM_BADC);
}

static ALWAYS_INLINE vec vec_low_halves(vec a, vec b)
{
	return _mm512_unpacklo_epi64(a, b);
}

static ALWAYS_INLINE vec vec_high_halves(vec a, vec b)
{
	return _mm512_unpackhi_epi64(a, b);
}

static ALWAYS_INLINE vec vec_half_up(vec v)
{
	return _mm512_bslli_epi128(v, 8);
}

static ALWAYS_INLINE vec vec_half_down(vec v)
{
	return _mm512_bsrli_epi128(v, 8);
}

/* XOR of the four blocks. */
static ALWAYS_INLINE __m128i vec_sum(vec v)
{
	const __m256i two = _mm256_xor_si256(_mm512_castsi512_si256(v), _mm512_extracti64x4_epi64(v, 1));

	return _mm_xor_si128(_mm256_castsi256_si128(two), _mm256_extracti128_si256(two, 1));
}

/* --- parts of a vector, @n bytes of it (1 … VEC): what is masked out is neither read nor written */

static ALWAYS_INLINE __mmask64 first_bytes(size_t n)
{
	return ~(__mmask64)0 >> (VEC - n);
}

/* Zero behind the @n bytes; here @n may be 0. */
static ALWAYS_INLINE vec vec_load_part(const void *p, size_t n)
{
	return n ? _mm512_maskz_loadu_epi8(first_bytes(n), p) : vec_zero();
}

static ALWAYS_INLINE void vec_store_part(void *p, vec v, size_t n)
{
	_mm512_mask_storeu_epi8(p, first_bytes(n), v);
}

static ALWAYS_INLINE vec vec_keep(vec v, size_t n)
{
	return _mm512_maskz_mov_epi8(first_bytes(n), v);
}

static ALWAYS_INLINE vec vec_put_byte(vec v, size_t at, uint8_t byte)
{
	return _mm512_mask_set1_epi8(v, (__mmask64)1 << at, (char)byte);
}

/* --- a record's first vector: two blocks of head, two of data */

enum {
	HEAD_VECS = 1,
	HEAD_DATA = 32,
};

/* The keystream of block 1. */
static ALWAYS_INLINE __m128i vec_block_1(const vec *b)
{
	return _mm512_extracti32x4_epi32(b[0], 1);
}

/* The vectors of the head: blocks 0 and 1, and the data behind them out of @data. */
static ALWAYS_INLINE void vec_head(vec *x, __m128i block_0, __m128i block_1, vec data)
{
	const __m256i head = _mm256_inserti128_si256(_mm256_castsi128_si256(block_0), block_1, 1);

	x[0] = _mm512_inserti64x4(data, head, 0);
}

/* @v with block 0 replaced. */
static ALWAYS_INLINE vec vec_put_block_0(vec v, __m128i block)
{
	return _mm512_inserti32x4(v, block, 0);
}

/* The @n bytes of data in the upper half (1 … HEAD_DATA; 0 is allowed for loads). */
static ALWAYS_INLINE vec vec_load_head_data(const void *p, size_t n)
{
	__m256i data = _mm256_setzero_si256();

	if (n == HEAD_DATA)
		data = _mm256_loadu_si256(p);
	else if (n)
		data = _mm256_maskz_loadu_epi8((__mmask32)first_bytes(n), p);
	return _mm512_inserti64x4(vec_zero(), data, 1);
}

static ALWAYS_INLINE void vec_store_head_data(void *p, vec v, size_t n)
{
	const __m256i data = _mm512_extracti64x4_epi64(v, 1);

	if (n == HEAD_DATA)
		_mm256_storeu_si256(p, data);
	else
		_mm256_mask_storeu_epi8(p, (__mmask32)first_bytes(n), data);
}

/* A block of @n bytes (0 … 16). */
static ALWAYS_INLINE __m128i block_load_part(const void *p, size_t n)
{
	return n ? _mm_maskz_loadu_epi8((__mmask16)(0xffffu >> (16 - n)), p) : _mm_setzero_si128();
}

enum {
	LINE = 64,
};

static ALWAYS_INLINE void wipe_line(void *p)
{
	_mm512_storeu_si512(p, _mm512_setzero_si512());
}

/* Those that vzeroupper leaves. */
static ALWAYS_INLINE void vec_wipe_registers(void)
{
#define WIPE(n) "vpxord %%zmm" #n ", %%zmm" #n ", %%zmm" #n "\n\t"
	__asm__ volatile("vzeroall\n\t" WIPE(16) WIPE(17) WIPE(18) WIPE(19) WIPE(20) WIPE(21) WIPE(22) WIPE(23) WIPE(24)
			 WIPE(25) WIPE(26) WIPE(27) WIPE(28) WIPE(29) WIPE(30) WIPE(31)
			 : : : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
			 "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21",
			 "xmm22", "xmm23", "xmm24", "xmm25", "xmm26", "xmm27", "xmm28", "xmm29", "xmm30", "xmm31");
#undef WIPE
}

#endif
