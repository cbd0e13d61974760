/* SPDX-License-Identifier: MIT */
/* GHASH of many blocks at once: sums of products over vectors, and the powers of H for them. The algebra is in ghash.h. */
#ifndef KTLS_AEAD_GCM_HASH_H
#define KTLS_AEAD_GCM_HASH_H

#include "aead/ghash.h"

/* Written out, because a loop that is not unrolled puts the state into memory. */
#define EACH_LANE(op) op(0) op(1) op(2) op(3) op(4) op(5) op(6) op(7)

enum {
	BLOCK = 16,
	LANES = 8,
	BATCH = LANES * VEC,
	BATCH_BLOCKS = LANES * VEC_BLOCKS,
	GROUP_BLOCKS = 64,		/* from one reduction to the next */
	GROUP_VECS = GROUP_BLOCKS / VEC_BLOCKS,
	POWERS = 72,			/* two batches of the widest vectors, and the lengths */
};

/* A factor is stored with its fold() beside it, in both halves: Karatsuba's middle product takes either. */
struct powers {
	__m128i h[POWERS + VEC_BLOCKS];		/* h[POWERS - i] is H^i, divided by x; zeros behind H^1 */
	__m128i h_fold[POWERS + VEC_BLOCKS];
	vec group[GROUP_VECS], group_fold[GROUP_VECS];	/* H^64, H^(64 - VEC_BLOCKS) …, the same in each place */
};

/* struct product, a place of the vector each. */
struct sum {
	vec lo, mid, hi;
};

static ALWAYS_INLINE struct sum no_sum(void)
{
	return (struct sum){ vec_zero(), vec_zero(), vec_zero() };
}

static ALWAYS_INLINE void hash_one(struct sum *s, vec x, vec h, vec h_fold)
{
	s->lo = vec_xor(s->lo, vec_clmul(x, h, 0x00));
	s->hi = vec_xor(s->hi, vec_clmul(x, h, 0x11));
	s->mid = vec_xor(s->mid, vec_clmul(vec_xor(x, vec_swap_halves(x)), h_fold, 0x00));
}

static ALWAYS_INLINE vec vec_reduce_half(vec v)
{
	return vec_xor(vec_swap_halves(v), vec_clmul(v, vec_spread(_mm_set_epi32(0, 0, (int)0xc2000000, 0)), 0x00));
}

static ALWAYS_INLINE vec vec_reduce(struct sum s)
{
	const vec mid = vec_xor3(s.mid, s.lo, s.hi);
	const vec lo = vec_xor(s.lo, vec_half_up(mid));

	return vec_xor3(s.hi, vec_half_down(mid), vec_reduce_half(vec_reduce_half(lo)));
}

/* All places added up. */
static ALWAYS_INLINE __m128i sum_reduce(struct sum s)
{
	return reduce((struct product){ vec_sum(s.lo), vec_sum(s.mid), vec_sum(s.hi) });
}

/* H^(n+1) … H^2n out of H^1 … H^n. */
static inline void double_powers(struct powers *p, int n, int max)
{
	const __m128i h = p->h[POWERS - n], h_fold = p->h_fold[POWERS - n];

	for (int i = 1; i <= n && n + i <= max; i++) {
		const __m128i v = reduce(multiply(p->h[POWERS - i], h, h_fold));

		p->h[POWERS - n - i] = v;
		p->h_fold[POWERS - n - i] = fold(v);
	}
}

/* Doubled, and not one after the other, so that the multiplications do not wait for each other. */
static inline void set_powers(struct powers *p, __m128i h)
{
	p->h[POWERS - 1] = ghash_divide_by_x(h);
	p->h_fold[POWERS - 1] = fold(p->h[POWERS - 1]);
	for (int n = 1; n < POWERS; n *= 2)
		double_powers(p, n, POWERS);
	for (int i = 0; i < GROUP_VECS; i++) {
		p->group[i] = vec_spread(p->h[POWERS - GROUP_BLOCKS + i * VEC_BLOCKS]);
		p->group_fold[i] = vec_spread(p->h_fold[POWERS - GROUP_BLOCKS + i * VEC_BLOCKS]);
	}
}

#endif
