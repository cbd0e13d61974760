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
	__m128i nonce_before;		/* of the record before, as diff_nonce; it had @row in front that were the same */
	__m128i rk1[AES_MAX_ROUNDS + 1];	/* once more, for single blocks */
	unsigned row;
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

static ALWAYS_INLINE bool is_cached(const struct rounds *r, __m128i nonce)
{
	return r->has_diff && is_same(diff_part(nonce), r->diff_nonce);
}

/*
 * Whether the cache is for @nonce, or would have been for @row records in a row before it. Random nonces thus never make one.
 */
static ALWAYS_INLINE bool will_be_cached(struct rounds *r, __m128i nonce, unsigned row)
{
	const __m128i part = diff_part(nonce);

	r->row = is_same(part, r->nonce_before) ? r->row + 1 : 0;
	r->nonce_before = part;
	return is_cached(r, nonce) || r->row >= row;
}

static inline void need_diff(struct rounds *r, __m128i nonce)
{
	if (!is_cached(r, nonce))
		fill_diff(r, diff_part(nonce));
}

/* --- keystream */

/* The rounds from @first on. Written out for the same reason as EACH_LANE. */
static ALWAYS_INLINE vec rounds_from(const struct rounds *r, int first, int rounds, vec v)
{
#define ROUND(k) if ((k) >= first && (k) < rounds) v = vec_aesenc(v, r->rk[k]);
	ROUND(1) ROUND(2) ROUND(3) ROUND(4) ROUND(5) ROUND(6) ROUND(7) ROUND(8) ROUND(9) ROUND(10) ROUND(11) ROUND(12) ROUND(13)
#undef ROUND
	return vec_aesenclast(v, r->rk[rounds]);
}

/* Those behind the first key. */
static ALWAYS_INLINE vec all_rounds(const struct rounds *r, int rounds, vec v)
{
	return rounds_from(r, 1, rounds, v);
}

/* Those behind the cache. */
static ALWAYS_INLINE vec cached_rounds(const struct rounds *r, int rounds, vec v)
{
	return rounds_from(r, CACHED_ROUNDS + 1, rounds, v);
}

/* What the cache has for a batch from @counter on. */
static ALWAYS_INLINE const vec *batch_diff(const struct rounds *r, uint32_t counter)
{
	return r->diff + counter % CACHED / VEC_BLOCKS;
}

/* Keystream of a batch from @counter on, by the cache. */
static ALWAYS_INLINE void keystream_cached(const struct rounds *r, int rounds, vec base, uint32_t counter, vec *b)
{
	const vec *d = batch_diff(r, counter);

#define KEY(i) b[i] = cached_rounds(r, rounds, vec_xor(base, d[i]));
	EACH_LANE(KEY)
#undef KEY
}

#endif
