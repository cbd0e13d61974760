/* SPDX-License-Identifier: MIT */
/*
 * AES in counter mode, with the first two rounds cached: FACE (Park, Lee: "FACE: Fast AES CTR mode encryption techniques
 * based on the reuse of repetitive data", TCHES 2018).
 *
 * A counter block is nonce (bytes 0-11) and counter (12-15, big-endian). From block to block only byte 15 changes, until
 * it overflows. Round 1 moves byte 15 to column 0, together with bytes 0, 5 and 10, and mixes it there: of the state after
 * round 1 only column 0 depends on byte 15, and that column on bytes 0, 5, 10, 15 and round keys alone. Round 2 is
 * linear behind its S-boxes, and each of these looks at a byte of one column: so the state after round 2 is
 *
 *	R2(nonce, counter) = R2(nonce, counter with byte 15 = 0) + D[byte 15]
 *
 * where D depends on nonce bytes 0, 5, 10 and round keys alone. D is 256 blocks. With sequence numbers as nonces it
 * holds for 256 records; then byte 10 changes. The first summand is the same for 256 blocks. Whitening, counting, byte order
 * and two rounds are thus one XOR.
 */
#ifndef KTLS_AEAD_GCM_ROUNDS_H
#define KTLS_AEAD_GCM_ROUNDS_H

#include <stdbool.h>

#include "aead/aesni_key.h"
#include "aead/gcm_hash.h"

enum {
	CACHED_ROUNDS = 2,
	CACHED = 256,
};

struct rounds {
	vec rk[AES_MAX_ROUNDS + 1];
	vec diff[CACHED / VEC_BLOCKS];	/* D, for the nonce bytes of diff_nonce */
	__m128i diff_nonce;
	__m128i nonce_before;		/* of the record before, as diff_nonce */
	__m128i rk1[AES_MAX_ROUNDS + 1];	/* once more, for single blocks */
	int rounds;
	bool has_diff;
};

enum {
	COUNTERS = 80,			/* blocks of the longest record that does without the cache, and two vectors */
};

/* Byte 15 of blocks 0, 1, 2 … */
#define C1(i) { 0, 0, 0, (uint32_t)(i) << 24 }
#define C4(i) C1(i), C1((i) + 1), C1((i) + 2), C1((i) + 3)
#define C16(i) C4(i), C4((i) + 4), C4((i) + 8), C4((i) + 12)
static const uint32_t gcm_counters[COUNTERS][4] __attribute__((aligned(64))) = {
	C16(0), C16(16), C16(32), C16(48), C16(64),
};
#undef C16
#undef C4
#undef C1

/* For vector @i. */
static ALWAYS_INLINE vec counters(size_t i)
{
	return vec_load(gcm_counters[i * VEC_BLOCKS]);
}

/* A counter as it stands in its block. */
static ALWAYS_INLINE __m128i counter_bytes(uint32_t counter)
{
	return _mm_set_epi32((int)__builtin_bswap32(counter), 0, 0, 0);
}

/* --- the cache */

static ALWAYS_INLINE __m128i two_rounds(const struct rounds *r, __m128i block)
{
	return _mm_aesenc_si128(_mm_aesenc_si128(_mm_xor_si128(block, r->rk1[0]), r->rk1[1]), r->rk1[2]);
}

/* What the state after two rounds is for the counters from @counter, a multiple of 256, on, less diff. */
static ALWAYS_INLINE vec cached_base(const struct rounds *r, __m128i nonce, uint32_t counter)
{
	return vec_spread(two_rounds(r, _mm_xor_si128(nonce, counter_bytes(counter))));
}

/* Byte 15 of a block moved up by a batch at a time. */
static inline void fill_diff(struct rounds *r, __m128i nonce)
{
	const vec zero = vec_spread(two_rounds(r, nonce));
	vec *d = r->diff;

	for (uint32_t c = 0; c < CACHED; c += BATCH_BLOCKS) {
		const vec start = vec_spread(_mm_xor_si128(_mm_xor_si128(nonce, r->rk1[0]), counter_bytes(c)));

#define FILL(i) d[i] = vec_xor(vec_aesenc(vec_aesenc(vec_xor(start, counters(i)), r->rk[1]), r->rk[2]), zero);
		EACH_LANE(FILL)
#undef FILL
		d += LANES;
	}
	r->diff_nonce = nonce;
	r->has_diff = true;
}

/* What diff depends on, of @nonce with a counter of 0. Nonces are public. */
static ALWAYS_INLINE __m128i diff_part(__m128i nonce)
{
	return _mm_and_si128(nonce, _mm_set_epi32(0, 0x00ff0000, 0x0000ff00, 0x000000ff));
}

static ALWAYS_INLINE bool is_same(__m128i a, __m128i b)
{
	return _mm_movemask_epi8(_mm_cmpeq_epi8(a, b)) == 0xffff;
}

/* Whether the cache is for @nonce, or the nonce before it would have had the same. Random ones thus cost nothing. */
static ALWAYS_INLINE bool is_cached(struct rounds *r, __m128i nonce)
{
	const __m128i part = diff_part(nonce), before = r->nonce_before;

	r->nonce_before = part;
	return (r->has_diff && is_same(part, r->diff_nonce)) || is_same(part, before);
}

static inline void need_diff(struct rounds *r, __m128i nonce)
{
	nonce = diff_part(nonce);
	if (!r->has_diff || !is_same(nonce, r->diff_nonce))
		fill_diff(r, nonce);
}

/* --- keystream */

/* All rounds behind the first key. Written out for the same reason as EACH_LANE. */
static ALWAYS_INLINE vec all_rounds(const struct rounds *r, int rounds, vec v)
{
#define ROUND(k) if ((k) < rounds) v = vec_aesenc(v, r->rk[k]);
	ROUND(1) ROUND(2) ROUND(3) ROUND(4) ROUND(5) ROUND(6) ROUND(7) ROUND(8) ROUND(9) ROUND(10) ROUND(11) ROUND(12) ROUND(13)
#undef ROUND
	return vec_aesenclast(v, r->rk[rounds]);
}

static ALWAYS_INLINE void start_batch(const struct rounds *r, vec base, uint32_t counter, vec *b)
{
	const vec *d = r->diff + counter % CACHED / VEC_BLOCKS;

#define START(i) b[i] = vec_xor(base, d[i]);
	EACH_LANE(START)
#undef START
}

/* Of a batch from @counter on, by the cache. */
static ALWAYS_INLINE void keystream_cached(const struct rounds *r, int rounds, vec base, uint32_t counter, vec *b)
{
	start_batch(r, base, counter, b);
	for (int k = CACHED_ROUNDS + 1; k < rounds; k++) {
#define ROUND(i) b[i] = vec_aesenc(b[i], r->rk[k]);
		EACH_LANE(ROUND)
#undef ROUND
	}
#define LAST(i) b[i] = vec_aesenclast(b[i], r->rk[rounds]);
	EACH_LANE(LAST)
#undef LAST
}

/*
 * Keystream of a batch, and GHASH of another in the gaps. Compilers gather the multiplications in one place; VEC_KEEP
 * keeps the program's order, in which they hide under AES.
 */
struct under {
	const uint8_t *p;		/* the batch that is hashed */
	vec x0, x1;			/* its first two vectors, bytes reversed, with what goes on into them */
	const vec *h, *f;		/* a power for each vector */
};

#define LOWER(op) op(0) op(1) op(2) op(3)
#define UPPER(op) op(4) op(5) op(6) op(7)

static ALWAYS_INLINE void keystream_and_hash(const struct rounds *r, int rounds, vec base, uint32_t counter, vec *b,
					     const struct under *u, struct sum *sum)
{
	const bool is_long = rounds == AES_256_ROUNDS;
	struct sum s = *sum;

	start_batch(r, base, counter, b);
#define ROUND(i) b[i] = vec_aesenc(b[i], k); VEC_KEEP(b[i]);
#define LAST(i) b[i] = vec_aesenclast(b[i], k); VEC_KEEP(b[i]);
#define LO s.lo = vec_xor3(s.lo, vec_clmul(x, hx, 0x00), vec_clmul(y, hy, 0x00)); VEC_KEEP(s.lo);
#define HI s.hi = vec_xor3(s.hi, vec_clmul(x, hx, 0x11), vec_clmul(y, hy, 0x11)); VEC_KEEP(s.hi);
#define MID s.mid = vec_xor3(s.mid, vec_clmul(m, fx, 0x00), vec_clmul(m, fy, 0x11)); VEC_KEEP(s.mid);
	/* Two vectors of GHASH in two or three rounds, @at being the first. Their folds share a vector. */
#define PAIR(i, X, Y, FINAL) { \
		const int at = CACHED_ROUNDS + 1 + (3 - (i)) * (is_long ? 3 : 2); \
		const vec hx = vec_load(&u->h[2 * (i)]), hy = vec_load(&u->h[2 * (i) + 1]); \
		const vec fx = vec_load(&u->f[2 * (i)]), fy = vec_load(&u->f[2 * (i) + 1]); \
		vec k = r->rk[at]; \
		const vec x = X, y = Y; \
		vec m; \
		LOWER(ROUND) LO UPPER(ROUND) \
		if (is_long) { k = r->rk[at + 1]; LOWER(ROUND) } \
		HI \
		if (is_long) { UPPER(ROUND) } \
		m = vec_xor(vec_low_halves(x, y), vec_high_halves(x, y)); \
		k = r->rk[at + (is_long ? 2 : 1)]; \
		LOWER(FINAL) MID UPPER(FINAL) \
	}
#define AT(i) vec_reverse_bytes(vec_load(u->p + (i) * VEC))
	/* The first vectors last: they wait for what was hashed before. */
	PAIR(3, AT(6), AT(7), ROUND)
	PAIR(2, AT(4), AT(5), ROUND)
	PAIR(1, AT(2), AT(3), ROUND)
	PAIR(0, u->x0, u->x1, LAST)
#undef AT
#undef PAIR
#undef MID
#undef HI
#undef LO
#undef LAST
#undef ROUND
	*sum = s;
}

#endif
