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
	GROUP_BLOCKS = 128,		/* from one reduction to the next */
	GROUP_VECS = GROUP_BLOCKS / VEC_BLOCKS,
	POWERS = GROUP_BLOCKS + 8,	/* and no less than two batches of the widest vectors, and the lengths */
	H_N = POWERS + VEC_BLOCKS,
	/* With Karatsuba's method a factor's fold() is stored, too: in both halves, since the middle product takes either. */
	FOLD_N = KARATSUBA ? H_N : 1,
	GROUP_FOLD_N = KARATSUBA ? GROUP_VECS : 1,
};

struct powers {
	__m128i h[H_N];			/* h[POWERS - i] is H^i, divided by x; zeros behind H^1 */
	__m128i h_fold[FOLD_N];
	vec group[GROUP_VECS];		/* H^128, H^(128 - VEC_BLOCKS) …, the same in each place */
	vec group_fold[GROUP_FOLD_N];
};

/* H^power and those below it. */
static ALWAYS_INLINE const __m128i *power_at(const struct powers *p, size_t power)
{
	return &p->h[POWERS - power];
}

static ALWAYS_INLINE const __m128i *fold_of(const struct powers *p, size_t power)
{
	return &p->h_fold[KARATSUBA * (POWERS - power)];
}

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
	if (KARATSUBA)
		s->mid = vec_xor(s->mid, vec_clmul(vec_xor(x, vec_swap_halves(x)), h_fold, 0x00));
	else
		s->mid = vec_xor3(s->mid, vec_clmul(x, h, 0x01), vec_clmul(x, h, 0x10));
}

static ALWAYS_INLINE vec vec_reduce_half(vec v)
{
	return vec_xor(vec_swap_halves(v), vec_clmul(v, vec_spread(_mm_set_epi32(0, 0, (int)0xc2000000, 0)), 0x00));
}

static ALWAYS_INLINE vec vec_reduce(struct sum s)
{
	const vec mid = KARATSUBA ? vec_xor3(s.mid, s.lo, s.hi) : s.mid;
	const vec lo = vec_xor(s.lo, vec_half_up(mid));

	return vec_xor3(s.hi, vec_half_down(mid), vec_reduce_half(vec_reduce_half(lo)));
}

/* All places added up. */
static ALWAYS_INLINE __m128i sum_reduce(struct sum s)
{
	const vec mid = KARATSUBA ? vec_xor3(s.mid, s.lo, s.hi) : s.mid;
	const __m128i lo = vec_sum(vec_xor(s.lo, vec_half_up(mid))), hi = vec_sum(vec_xor(s.hi, vec_half_down(mid)));

	return _mm_xor_si128(hi, reduce_half(reduce_half(lo)));
}

/* H^(n+1) … H^2n out of H^1 … H^n. */
static inline void double_powers(struct powers *p, int n)
{
	const __m128i h = p->h[POWERS - n], h_fold = fold(h);

	for (int i = 1; i <= n && n + i <= POWERS; i++)
		p->h[POWERS - n - i] = reduce(multiply(p->h[POWERS - i], h, h_fold));
}

static inline void set_folds(struct powers *p)
{
	for (int i = 0; i < FOLD_N; i++)
		p->h_fold[i] = fold(p->h[i]);
	for (int i = 0; i < GROUP_FOLD_N; i++)
		p->group_fold[i] = vec_spread(p->h_fold[POWERS - GROUP_BLOCKS + i * VEC_BLOCKS]);
}

/* Doubled, and not one after the other, so that the multiplications do not wait for each other. */
static inline void set_powers(struct powers *p, __m128i h)
{
	p->h[POWERS - 1] = ghash_divide_by_x(h);
	for (int n = 1; n < POWERS; n *= 2)
		double_powers(p, n);
	for (int i = 0; i < GROUP_VECS; i++)
		p->group[i] = vec_spread(p->h[POWERS - GROUP_BLOCKS + i * VEC_BLOCKS]);
	if (KARATSUBA)
		set_folds(p);
}

#endif
