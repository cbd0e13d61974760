/* SPDX-License-Identifier: MIT */
/*
 * GHASH on 128-bit vectors: multiplication and reduction.
 *
 * The algebra, once and for all. GCM (NIST SP 800-38D) calls the first bit of a block the coefficient of x^0, so a
 * block with its bytes reversed, read as a 128-bit number, has the coefficient of x^i at bit 127-i: it is the mirror of
 * a polynomial. The carry-less product of two mirrors is the mirror of the product, but one bit too low: x^k lands at
 * bit 254-k, not at 255-k where the mirror of a 256-bit polynomial has it. One operand, a power of H, is therefore
 * stored divided by x (ghash_divide_by_x()), and products need no shift.
 *
 * Reduction: the mirror of the modulus x^128 + x^7 + x^2 + x + 1 is G = 1 + 2^64*M + 2^128, M = 2^57 + 2^62 + 2^63. G
 * ends in a one below 63 zeros, so adding L*G, where L are the low 64 bits of a product, clears just these 64 bits:
 * what remains is the rest, plus L*M, plus L moved up by 64. Done twice, the upper 128 bits are the reduced product.
 *
 * Reduction is linear, so several products are added up first: (X+C1)*H^8 + C2*H^7 + ... + C8*H.
 */
#ifndef KTLS_AEAD_GHASH_H
#define KTLS_AEAD_GHASH_H

#include <immintrin.h>

#define ALWAYS_INLINE inline __attribute__((always_inline))

/* A sum of products before reduction: lo + mid * 2^64 + hi * 2^128, where mid still contains lo + hi (Karatsuba). */
struct product {
	__m128i lo, mid, hi;
};

static ALWAYS_INLINE __m128i load(const void *p)
{
	return _mm_loadu_si128(p);
}

static ALWAYS_INLINE void store(void *p, __m128i v)
{
	_mm_storeu_si128(p, v);
}

#define BYTES_REVERSED _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)

static ALWAYS_INLINE __m128i reverse_bytes(__m128i v)
{
	return _mm_shuffle_epi8(v, BYTES_REVERSED);
}

static ALWAYS_INLINE __m128i swap_halves(__m128i v)
{
	return _mm_shuffle_epi32(v, 0x4e);
}

/* What Karatsuba's middle product takes of a factor, in the low half: the sum of its halves. */
static ALWAYS_INLINE __m128i fold(__m128i v)
{
	return _mm_xor_si128(v, swap_halves(v));
}

static ALWAYS_INLINE struct product no_product(void)
{
	return (struct product){ _mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128() };
}

/* @h_fold is fold(@h). */
static ALWAYS_INLINE struct product multiply(__m128i x, __m128i h, __m128i h_fold)
{
	return (struct product){
		.lo = _mm_clmulepi64_si128(x, h, 0x00),
		.mid = _mm_clmulepi64_si128(fold(x), h_fold, 0x00),
		.hi = _mm_clmulepi64_si128(x, h, 0x11),
	};
}

static ALWAYS_INLINE void add_product(struct product *sum, struct product p)
{
	sum->lo = _mm_xor_si128(sum->lo, p.lo);
	sum->mid = _mm_xor_si128(sum->mid, p.mid);
	sum->hi = _mm_xor_si128(sum->hi, p.hi);
}

static ALWAYS_INLINE __m128i reduce_half(__m128i v)
{
	const __m128i m = _mm_set_epi32(0, 0, (int)0xc2000000, 0);

	return _mm_xor_si128(swap_halves(v), _mm_clmulepi64_si128(v, m, 0x00));
}

static ALWAYS_INLINE __m128i reduce(struct product p)
{
	const __m128i mid = _mm_xor_si128(p.mid, _mm_xor_si128(p.lo, p.hi));
	const __m128i lo = _mm_xor_si128(p.lo, _mm_slli_si128(mid, 8));
	const __m128i hi = _mm_xor_si128(p.hi, _mm_srli_si128(mid, 8));

	return _mm_xor_si128(hi, reduce_half(reduce_half(lo)));
}

/* Mirrored, x^-1 is a shift to the left; x^0, falling out of the top, comes back as x^127 + x^6 + x + 1 over x^0. */
static inline __m128i ghash_divide_by_x(__m128i v)
{
	const __m128i back = _mm_set_epi32((int)0xc2000000, 0, 0, 1);
	const __m128i carry = _mm_srai_epi32(_mm_shuffle_epi32(v, 0xff), 31);
	const __m128i up = _mm_slli_si128(_mm_srli_epi64(v, 63), 8);

	return _mm_xor_si128(_mm_or_si128(_mm_add_epi64(v, v), up), _mm_and_si128(carry, back));
}

#endif
