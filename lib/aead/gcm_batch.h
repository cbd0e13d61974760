/* SPDX-License-Identifier: MIT */
/* Keystream of one batch, GHASH of another, and the two at once: what most of a CPU's time goes to. */
#ifndef KTLS_AEAD_GCM_BATCH_H
#define KTLS_AEAD_GCM_BATCH_H

#include <stdbool.h>

#include "aead/gcm_rounds.h"

/* A batch that is to be hashed. */
struct under {
	const uint8_t *p;
	vec x0, x1;			/* its first two vectors, bytes reversed, with what goes on into them */
	vec kept[LANES];		/* all of it, if it was kept */
	const vec *h, *f;		/* a power for each vector, and its fold */
};

/* Vector @i. */
static ALWAYS_INLINE vec under_at(const struct under *u, int i, bool kept)
{
	if (i < 2)
		return i ? u->x1 : u->x0;
	return vec_reverse_bytes(KEEPS && kept ? u->kept[i] : vec_load(u->p + i * VEC));
}

static ALWAYS_INLINE vec fold_at(const struct under *u, int i)
{
	return KARATSUBA ? vec_load(&u->f[i]) : vec_zero();
}

static ALWAYS_INLINE void hash_batch(const struct under *u, bool kept, struct sum *sum)
{
#define HASH_AT(i) hash_one(sum, under_at(u, i, kept), vec_load(&u->h[i]), fold_at(u, i));
#define HASH(i) HASH_AT(LANES - 1 - (i))
	EACH_LANE(HASH)
#undef HASH
#undef HASH_AT
}

/* Half a round: of the lower and of the upper lanes in turn. @step counts from 0. */
static ALWAYS_INLINE void aes_step(const struct rounds *r, int rounds, int step, vec *b)
{
	const int at = CACHED_ROUNDS + 1 + step / 2;
	const vec k = r->rk[at];

	b += step % 2 * (LANES / 2);
#define ROUND(i) \
	b[i] = at == rounds ? vec_aesenclast(b[i], k) : vec_aesenc(b[i], k); \
	VEC_KEEP(b[i]);
	ROUND(0) ROUND(1) ROUND(2) ROUND(3)
#undef ROUND
}

/*
 * Two vectors of GHASH in the gaps between steps of AES. Compilers gather multiplications in one place; VEC_KEEP keeps the
 * program's order, in which they hide under AES.
 */
static ALWAYS_INLINE void aes_and_hash_pair(const struct rounds *r, int rounds, int step, vec *b, const struct under *u,
					    int pair, bool kept, struct sum *s)
{
	const vec hx = vec_load(&u->h[2 * pair]), hy = vec_load(&u->h[2 * pair + 1]);
	const vec fx = fold_at(u, 2 * pair), fy = fold_at(u, 2 * pair + 1);
	const vec x = under_at(u, 2 * pair, kept), y = under_at(u, 2 * pair + 1, kept);
	const bool has_six = rounds == AES_256_ROUNDS;
	vec m;

#define SUM(part, a, b) s->part = vec_xor3(s->part, a, b); VEC_KEEP(s->part);
	aes_step(r, rounds, step, b);
	SUM(lo, vec_clmul(x, hx, 0x00), vec_clmul(y, hy, 0x00))
	aes_step(r, rounds, step + 1, b);
	if (has_six)
		aes_step(r, rounds, step + 2, b);
	SUM(hi, vec_clmul(x, hx, 0x11), vec_clmul(y, hy, 0x11))
	if (has_six)
		aes_step(r, rounds, step + 3, b);
	/* The folds share a vector. */
	if (KARATSUBA) {
		m = vec_xor(vec_low_halves(x, y), vec_high_halves(x, y));
	} else {
		SUM(mid, vec_clmul(x, hx, 0x01), vec_clmul(y, hy, 0x01))
	}
	aes_step(r, rounds, step + (has_six ? 4 : 2), b);
	if (KARATSUBA) {
		SUM(mid, vec_clmul(m, fx, 0x00), vec_clmul(m, fy, 0x11))
	} else {
		SUM(mid, vec_clmul(x, hx, 0x10), vec_clmul(y, hy, 0x10))
	}
	aes_step(r, rounds, step + (has_six ? 5 : 3), b);
#undef SUM
}

/* Keystream of a batch from @counter on, by the cache, to @b; @u, another batch, is added to @sum. */
static ALWAYS_INLINE void keystream_and_hash(const struct rounds *r, int rounds, vec base, uint32_t counter, vec *b,
					     const struct under *u, bool kept, struct sum *sum)
{
	const int steps = rounds == AES_256_ROUNDS ? 6 : 4;
	const vec *d;

	/* What compilers know of memory here they would keep on the stack; loads cost less. */
	__asm__ volatile("" : : : "memory");
	d = batch_diff(r, counter);
#define START(i) b[i] = vec_xor(base, d[i]);
	EACH_LANE(START)
#undef START
	/* The first vectors last: they wait for what was hashed before. */
	aes_and_hash_pair(r, rounds, 0 * steps, b, u, 3, kept, sum);
	aes_and_hash_pair(r, rounds, 1 * steps, b, u, 2, kept, sum);
	aes_and_hash_pair(r, rounds, 2 * steps, b, u, 1, kept, sum);
	aes_and_hash_pair(r, rounds, 3 * steps, b, u, 0, kept, sum);
}

#endif
