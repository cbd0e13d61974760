/* SPDX-License-Identifier: MIT */
/*
 * AES-GCM over vectors of one, two or four blocks. A leaf includes one of vec128.h, vec256.h, vec512.h, then this.
 *
 * Layout: a record is taken as blocks 0, 1, 2 … that counter mode and GHASH share. Counter 1 masks the tag and is not
 * used for data, and GHASH begins with one block of AAD: both are block 1. Data begins with counter 2: block 2. Block 0
 * is free. A batch is eight vectors.
 *
 * GHASH goes place by place: each place of a vector has a sum of its own, and all places are multiplied by the same power
 * of H. After 64 blocks (a group) the sum is reduced and goes on into the next vector. In the last whole batch and
 * behind it each block has the power that it needs at the end, and the places are added up once. A group that is not
 * full is the first one.
 *
 * Cached rounds: gcm_rounds.h. Records of up to SHORT bytes (the vectors' header has it) do without: they wait for rounds
 * one after the other, and the cache begins with two, too.
 *
 * Constant time: nothing here branches on, or indexes by, anything but lengths, block counters and nonces.
 */
#ifndef KTLS_AEAD_GCM_H
#define KTLS_AEAD_GCM_H

#include <string.h>

#include "aead/gcm_rounds.h"
#include "aead/leaf.h"

#define NOINLINE __attribute__((noinline))

enum {
	HEAD = 2 * BLOCK,		/* in front of the data */
	/* Longest record that may do without the cache when it does not fit the nonce: as far as single powers go. */
	MEDIUM = 1024,
};

struct gcm {
	struct rounds r;
	struct powers p;
};

/* How far a record is. */
struct walk {
	const uint8_t *in;
	uint8_t *out;
	size_t left;			/* bytes of in */
	const __m128i *h, *f;		/* powers for the next vector */
	struct sum sum;
};

static ALWAYS_INLINE __m128i load_nonce(const uint8_t *nonce)
{
	int32_t first;
	int64_t last;

	/* As the record layer writes it, or the loads would wait for the stores. */
	memcpy(&first, nonce, sizeof(first));
	memcpy(&last, nonce + sizeof(first), sizeof(last));
	return _mm_set_epi32(0, (int32_t)(last >> 32), (int32_t)last, first);
}

/* GHASH's last block, bytes reversed. */
static ALWAYS_INLINE __m128i lengths(size_t aad_len, size_t len)
{
	return _mm_set_epi64x((long long)aad_len * 8, (long long)len * 8);
}

/* The next block gets H^power. */
static ALWAYS_INLINE void set_power(struct walk *w, const struct gcm *g, size_t power)
{
	w->h = &g->p.h[POWERS - power];
	w->f = &g->p.h_fold[POWERS - power];
}

static ALWAYS_INLINE void hash_next(struct walk *w, vec x)
{
	hash_one(&w->sum, x, vec_load(w->h), vec_load(w->f));
	w->h += VEC_BLOCKS;
	w->f += VEC_BLOCKS;
}

static ALWAYS_INLINE size_t tail_of(const struct aead_job *job, bool is_seal)
{
	return is_seal ? job->tail_len : 0;
}

/* One vector of data. */
static ALWAYS_INLINE void take(struct walk *w, vec key, bool is_seal)
{
	const vec from = vec_load(w->in), to = vec_xor(from, key);

	hash_next(w, vec_reverse_bytes(is_seal ? to : from));
	vec_store(w->out, to);
	w->in += VEC;
	w->out += VEC;
	w->left -= VEC;
}

/* What is left, less than a vector, and the tail. */
static ALWAYS_INLINE void take_part(struct walk *w, const struct aead_job *job, vec key, bool is_seal)
{
	const size_t n = w->left + tail_of(job, is_seal);
	vec from, to;

	if (!n)
		return;
	from = vec_load_part(w->in, w->left);
	if (tail_of(job, is_seal))
		from = vec_put_byte(from, w->left, job->tail);
	to = vec_xor(from, key);
	hash_next(w, vec_reverse_bytes(is_seal ? vec_keep(to, n) : from));
	vec_store_part(w->out, to, n);
	w->out += n;
}

/* Whether the data, its tail included, has its end beside the head. */
static ALWAYS_INLINE bool ends_in_head(size_t len)
{
	return len + 1 <= HEAD_DATA;
}

/* The data beside the head, up to HEAD_DATA bytes with the tail. Returns it for GHASH, in its place. */
static ALWAYS_INLINE vec take_head(struct walk *w, const struct aead_job *job, vec key, bool is_seal)
{
	const bool ends = ends_in_head(w->left);
	const size_t left = ends ? w->left : HEAD_DATA;
	const size_t n = left + (ends ? tail_of(job, is_seal) : 0);
	vec from, to;

	if (!HEAD_DATA || !n)
		return vec_zero();
	from = vec_load_head_data(w->in, left);
	if (n > left)
		from = vec_put_byte(from, HEAD + left, job->tail);
	to = vec_xor(from, key);
	vec_store_head_data(w->out, to, n);
	/* Of nothing but a tail there may be no input at all. */
	if (left)
		w->in += left;
	w->out += n;
	w->left -= left;
	return vec_reverse_bytes(is_seal ? vec_keep(to, HEAD + n) : from);
}

static ALWAYS_INLINE __m128i aad_block(const struct aead_job *job)
{
	return reverse_bytes(block_load_part(job->aad, job->aad_len));
}

/* --- up to SHORT bytes: one sum, each block with its own power. Block 0 is the lengths, with H^1 */

static ALWAYS_INLINE void hash_short_head(struct walk *w, const struct gcm *g, const struct aead_job *job, size_t total,
					  vec data)
{
	vec x[HEAD_VECS];

	vec_head(x, lengths(job->aad_len, total), aad_block(job), data);
	w->sum = no_sum();
	set_power(w, g, (total + BLOCK - 1) / BLOCK + 3);
	hash_one(&w->sum, x[0], vec_put_block_0(vec_load(w->h), g->p.h[POWERS - 1]),
		 vec_put_block_0(vec_load(w->f), g->p.h_fold[POWERS - 1]));
	w->h += VEC_BLOCKS;
	w->f += VEC_BLOCKS;
	if (HEAD_VECS > 1)
		hash_next(w, x[HEAD_VECS - 1]);
}

/*
 * Returns the tag. Vector by vector: a CPU finds the next vector's rounds by itself while it waits for this one's; only
 * the one behind goes in front, since its rounds can begin before this one's are done.
 */
static ALWAYS_INLINE __m128i crypt_short(struct gcm *g, const struct aead_job *job, int rounds, bool is_seal)
{
	struct walk w = { .in = job->in, .out = job->out, .left = job->len };
	const vec start = vec_spread(_mm_xor_si128(load_nonce(job->nonce), g->r.rk1[0]));
	vec b[HEAD_VECS], key;
	size_t at = HEAD_VECS;
	__m128i mask;

	b[0] = all_rounds(&g->r, rounds, vec_xor(start, counters(0)));
	if (HEAD_VECS > 1)
		b[HEAD_VECS - 1] = all_rounds(&g->r, rounds, vec_xor(start, counters(1)));
	key = all_rounds(&g->r, rounds, vec_xor(start, counters(at)));
	mask = vec_block_1(b);
	hash_short_head(&w, g, job, job->len + tail_of(job, is_seal), take_head(&w, job, b[0], is_seal));
	while (w.left >= VEC) {
		const vec next = all_rounds(&g->r, rounds, vec_xor(start, counters(++at)));

		take(&w, key, is_seal);
		key = next;
	}
	if (!ends_in_head(job->len))
		take_part(&w, job, key, is_seal);
	return _mm_xor_si128(reverse_bytes(sum_reduce(w.sum)), mask);
}

/* --- longer ones */

/* XORs a batch into data; vectors below @first are not data. */
static ALWAYS_INLINE void xor_batch(struct walk *w, const vec *b, int first)
{
#define XOR(i) \
	if ((i) >= first) \
		vec_store(w->out + ((i) - first) * VEC, vec_xor(b[i], vec_load(w->in + ((i) - first) * VEC)));
	EACH_LANE(XOR)
#undef XOR
	w->in += (LANES - first) * VEC;
	w->out += (LANES - first) * VEC;
	w->left -= (size_t)(LANES - first) * VEC;
}

/* Where the batches of a record are. */
struct plan {
	size_t full;			/* batches without a gap */
	size_t skew;			/* batches that the first group is short of */
	size_t power;			/* of the last whole batch's first block */
};

enum {
	GROUP = GROUP_VECS / LANES,	/* batches of a group */
};

static ALWAYS_INLINE struct plan make_plan(size_t len, size_t tail_len)
{
	struct plan p = { .full = (HEAD + len) / BATCH };
	const size_t rest = (HEAD + len) % BATCH + tail_len;

	p.skew = (GROUP - (p.full - 1) % GROUP) % GROUP;
	p.power = BATCH_BLOCKS + (rest + BLOCK - 1) / BLOCK + 1;
	return p;
}

/* Powers for the whole batch @i; and before a group, the sum so far goes on into its first vector. */
static ALWAYS_INLINE void go_under(struct under *u, const struct gcm *g, const struct plan *p, size_t i, struct sum *sum)
{
	const size_t at = (i + p->skew) % GROUP;

	u->h = g->p.group + at * LANES;
	u->f = g->p.group_fold + at * LANES;
	if (at)
		return;
	u->x0 = vec_xor(u->x0, vec_reduce(*sum));
	*sum = no_sum();
	if (i == p->full - 1) {
		u->h = (const vec *)(const void *)&g->p.h[POWERS - p->power];
		u->f = (const vec *)(const void *)&g->p.h_fold[POWERS - p->power];
	}
}

/* The batch at @p is hashed next. */
static ALWAYS_INLINE void look_at(struct under *u, const uint8_t *p)
{
	u->p = p;
	u->x0 = vec_reverse_bytes(vec_load(p));
	u->x1 = vec_reverse_bytes(vec_load(p + VEC));
}

/* The same for the first batch, with the head in front of the data at @data; @beside is take_head()'s. */
static ALWAYS_INLINE void look_at_first(struct under *u, const struct aead_job *job, const uint8_t *data, vec beside)
{
	vec x[2];

	vec_head(x, _mm_setzero_si128(), aad_block(job), beside);
	u->p = (const uint8_t *)((uintptr_t)data - HEAD);
	u->x0 = x[0];
	u->x1 = HEAD_VECS > 1 ? x[HEAD_VECS - 1] : vec_reverse_bytes(vec_load(data + HEAD_DATA));
}

/* Less than a batch. */
static ALWAYS_INLINE void take_rest(struct walk *w, const struct aead_job *job, const vec *b, bool is_seal)
{
#define TAKE(i) \
	if (w->left < VEC) { \
		take_part(w, job, b[i], is_seal); \
		return; \
	} \
	take(w, b[i], is_seal);
	EACH_LANE(TAKE)
#undef TAKE
}

/* Behind the last whole batch: the rest, whose keystream is @b, and the lengths. Returns the tag. */
static ALWAYS_INLINE __m128i finish(struct walk *w, const struct gcm *g, const struct aead_job *job, const struct plan *p,
				    const vec *b, __m128i mask, bool is_seal)
{
	set_power(w, g, p->power - BATCH_BLOCKS);
	take_rest(w, job, b, is_seal);
	set_power(w, g, 1);
	hash_next(w, vec_put_block_0(vec_zero(), lengths(job->aad_len, job->len + tail_of(job, is_seal))));
	return _mm_xor_si128(reverse_bytes(sum_reduce(w->sum)), mask);
}

/* The base changes every 256 blocks. */
static ALWAYS_INLINE void next_base(const struct gcm *g, __m128i nonce, uint32_t counter, vec *base)
{
	if (counter % CACHED == 0)
		*base = cached_base(&g->r, nonce, counter);
}

/* Ciphertext is hashed one batch behind. */
static ALWAYS_INLINE __m128i seal_long(struct gcm *g, const struct aead_job *job, int rounds)
{
	const struct plan p = make_plan(job->len, job->tail_len);
	struct walk w = { .in = job->in, .out = job->out, .left = job->len, .sum = no_sum() };
	const __m128i nonce = load_nonce(job->nonce);
	uint32_t counter = BATCH_BLOCKS;
	vec b[LANES], base, beside;
	struct under u;
	__m128i mask;

	need_diff(&g->r, nonce);
	base = cached_base(&g->r, nonce, 0);
	keystream_cached(&g->r, rounds, base, 0, b);
	mask = vec_block_1(b);
	beside = take_head(&w, job, b[0], true);
	xor_batch(&w, b, HEAD_VECS);
	look_at_first(&u, job, job->out, beside);
	for (size_t i = 0;; i++) {
		go_under(&u, g, &p, i, &w.sum);
		next_base(g, nonce, counter, &base);
		keystream_and_hash(&g->r, rounds, base, counter, b, &u, &w.sum);
		if (i == p.full - 1)
			break;
		xor_batch(&w, b, 0);
		look_at(&u, w.out - BATCH);
		counter += BATCH_BLOCKS;
	}
	return finish(&w, g, job, &p, b, mask, true);
}

/* Ciphertext is hashed while the keystream for it is made, since the plaintext may take its place. */
static ALWAYS_INLINE __m128i open_long(struct gcm *g, const struct aead_job *job, int rounds)
{
	const struct plan p = make_plan(job->len, 0);
	struct walk w = { .in = job->in, .out = job->out, .left = job->len, .sum = no_sum() };
	const __m128i nonce = load_nonce(job->nonce);
	uint32_t counter = BATCH_BLOCKS;
	vec b[LANES], base;
	struct under u;
	__m128i mask;

	need_diff(&g->r, nonce);
	base = cached_base(&g->r, nonce, 0);
	look_at_first(&u, job, job->in, vec_reverse_bytes(vec_load_head_data(job->in, HEAD_DATA)));
	go_under(&u, g, &p, 0, &w.sum);
	keystream_and_hash(&g->r, rounds, base, 0, b, &u, &w.sum);
	mask = vec_block_1(b);
	take_head(&w, job, b[0], false);
	xor_batch(&w, b, HEAD_VECS);
	for (size_t i = 1; i < p.full; i++) {
		look_at(&u, w.in);
		go_under(&u, g, &p, i, &w.sum);
		next_base(g, nonce, counter, &base);
		keystream_and_hash(&g->r, rounds, base, counter, b, &u, &w.sum);
		xor_batch(&w, b, 0);
		counter += BATCH_BLOCKS;
	}
	next_base(g, nonce, counter, &base);
	keystream_cached(&g->r, rounds, base, counter, b);
	return finish(&w, g, job, &p, b, mask, false);
}

/* --- one function a kind of record and key */

#define FORMS(name, rounds) \
	static NOINLINE __m128i seal_short_##name(struct gcm *g, const struct aead_job *job) \
	{ \
		return crypt_short(g, job, rounds, true); \
	} \
	static NOINLINE __m128i open_short_##name(struct gcm *g, const struct aead_job *job) \
	{ \
		return crypt_short(g, job, rounds, false); \
	} \
	static NOINLINE __m128i seal_long_##name(struct gcm *g, const struct aead_job *job) \
	{ \
		return seal_long(g, job, rounds); \
	} \
	static NOINLINE __m128i open_long_##name(struct gcm *g, const struct aead_job *job) \
	{ \
		return open_long(g, job, rounds); \
	}
FORMS(128, AES_128_ROUNDS)
FORMS(256, AES_256_ROUNDS)
#undef FORMS

typedef __m128i crypt_fn(struct gcm *g, const struct aead_job *job);

/* By key, direction, and whether the record is long. */
static crypt_fn *const gcm_forms[2][2][2] = {
	{ { seal_short_128, seal_long_128 }, { open_short_128, open_long_128 } },
	{ { seal_short_256, seal_long_256 }, { open_short_256, open_long_256 } },
};

/* A cache pays for itself from some 8 KiB on: records below MEDIUM fill it when it is for more than one of them. */
static ALWAYS_INLINE bool takes_cache(struct rounds *r, const struct aead_job *job, size_t len)
{
	return len > SHORT && (len > MEDIUM || is_cached(r, load_nonce(job->nonce)));
}

static ALWAYS_INLINE __m128i crypt(struct gcm *g, const struct aead_job *job, size_t len, bool is_open)
{
	return gcm_forms[g->r.rounds == AES_256_ROUNDS][is_open][takes_cache(&g->r, job, len)](g, job);
}

#endif
