/* SPDX-License-Identifier: MIT */
/*
 * AES-GCM over vectors of one, two or four blocks. A leaf includes one of vec128.h, vec256.h, vec512.h, then this.
 *
 * Layout: a record is taken as blocks 0, 1, 2 … that counter mode and GHASH share. Counter 1 masks the tag and is not
 * used for data, and GHASH begins with one block of AAD: both are block 1. Data begins with counter 2: block 2. Block 0
 * is free. A batch is eight vectors.
 *
 * GHASH goes place by place: each place of a vector has a sum of its own, and all places are multiplied by the same power
 * of H. After 128 blocks (a group) the sum is reduced and goes on into the next vector. In the last whole batch and
 * behind it each block has the power that it needs at the end, and the places are added up once. A group ends where that
 * batch begins, and where the cached rounds' base changes.
 *
 * Cached rounds: gcm_rounds.h. Records of up to SHORT bytes (the vectors' header has it) go vector by vector, by the cache
 * if it is there; longer ones by batches. The cache begins with two rounds one after the other: the shortest do without.
 *
 * Constant time: nothing here branches on, or indexes by, anything but lengths, block counters and nonces.
 */
#ifndef KTLS_AEAD_GCM_H
#define KTLS_AEAD_GCM_H

#include <string.h>

#include "aead/gcm_batch.h"
#include "aead/leaf.h"

#define NOINLINE __attribute__((noinline))

enum {
	HEAD = 2 * BLOCK,		/* in front of the data */
	/* Longest record that may do without the cache when it does not fit the nonce: as far as single powers go. */
	MEDIUM = 1024,
	/* Longest one that does without a cache that fits: the cache begins with two rounds, one after the other. */
	SHORTEST = 128,
	HALF_KIB = 512,
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
	return _mm_or_si128(_mm_slli_si128(_mm_cvtsi64_si128(last), 4), _mm_cvtsi32_si128(first));
}

/* GHASH's last block, bytes reversed. */
static ALWAYS_INLINE __m128i lengths(size_t aad_len, size_t len)
{
	return _mm_set_epi64x((long long)aad_len * 8, (long long)len * 8);
}

/* The next block gets H^power. */
static ALWAYS_INLINE void set_power(struct walk *w, const struct gcm *g, size_t power)
{
	w->h = power_at(&g->p, power);
	w->f = fold_of(&g->p, power);
}

static ALWAYS_INLINE void hash_next(struct walk *w, vec x)
{
	hash_one(&w->sum, x, vec_load(w->h), KARATSUBA ? vec_load(w->f) : vec_zero());
	w->h += VEC_BLOCKS;
	w->f += KARATSUBA * VEC_BLOCKS;
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
	return vec_reverse_bytes(!is_seal ? from : ends ? vec_keep(to, HEAD + n) : to);
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
	hash_one(&w->sum, x[0], vec_put_block_0(vec_load(w->h), *power_at(&g->p, 1)),
		 KARATSUBA ? vec_put_block_0(vec_load(w->f), *fold_of(&g->p, 1)) : vec_zero());
	w->h += VEC_BLOCKS;
	w->f += KARATSUBA * VEC_BLOCKS;
	if (HEAD_VECS > 1)
		hash_next(w, x[HEAD_VECS - 1]);
}

/* What single_key() begins with. */
static ALWAYS_INLINE vec single_start(const struct gcm *g, const struct aead_job *job, bool cached)
{
	const __m128i nonce = load_nonce(job->nonce);

	return cached ? cached_base(&g->r, nonce, 0) : vec_spread(_mm_xor_si128(nonce, g->r.rk1[0]));
}

/* Keystream for vector @at, one of the first 256 blocks. */
static ALWAYS_INLINE vec single_key(const struct gcm *g, int rounds, vec start, size_t at, bool cached)
{
	if (cached)
		return cached_rounds(&g->r, rounds, vec_xor(start, g->r.diff[at]));
	return all_rounds(&g->r, rounds, vec_xor(start, counters(at)));
}

/*
 * Returns the tag. Vector by vector: a CPU finds the next vector's rounds by itself while it waits for this one's; only
 * the one behind goes in front, since its rounds can begin before this one's are done.
 */
static ALWAYS_INLINE __m128i crypt_short(struct gcm *g, const struct aead_job *job, int rounds, bool cached, bool is_seal)
{
	struct walk w = { .in = job->in, .out = job->out, .left = job->len };
	const vec start = single_start(g, job, cached);
	vec b[HEAD_VECS], key;
	size_t at = HEAD_VECS;
	__m128i mask;

	b[0] = single_key(g, rounds, start, 0, cached);
	if (HEAD_VECS > 1)
		b[HEAD_VECS - 1] = single_key(g, rounds, start, 1, cached);
	key = single_key(g, rounds, start, at, cached);
	mask = vec_block_1(b);
	hash_short_head(&w, g, job, job->len + tail_of(job, is_seal), take_head(&w, job, b[0], is_seal));
	while (w.left >= VEC) {
		const vec next = single_key(g, rounds, start, ++at, cached);

		take(&w, key, is_seal);
		key = next;
	}
	if (!ends_in_head(job->len))
		take_part(&w, job, key, is_seal);
	return _mm_xor_si128(reverse_bytes(sum_reduce(w.sum)), mask);
}

/* --- longer ones */

/* XORs a batch into data; vectors below @first are not data. */
static ALWAYS_INLINE void xor_batch(struct walk *w, const vec *b, int first, struct under *u)
{
#define XOR(i) \
	if ((i) >= first) { \
		const vec v = vec_xor(b[i], vec_load(w->in + ((i) - first) * VEC)); \
		vec_store(w->out + ((i) - first) * VEC, v); \
		if (KEEPS && u) u->kept[i] = v; \
	}
	EACH_LANE(XOR)
#undef XOR
	w->in += (LANES - first) * VEC;
	w->out += (LANES - first) * VEC;
	w->left -= (size_t)(LANES - first) * VEC;
}

/* Where the batches of a record are. */
struct plan {
	size_t full;			/* batches without a gap */
	size_t power;			/* of the last whole batch's first block */
};

enum {
	GROUP = GROUP_VECS / LANES,	/* batches of a group */
};

static ALWAYS_INLINE struct plan make_plan(size_t len, size_t tail_len)
{
	const size_t rest = (HEAD + len) % BATCH + tail_len;

	return (struct plan){
		.full = (HEAD + len) / BATCH,
		.power = BATCH_BLOCKS + (rest + BLOCK - 1) / BLOCK + 1,
	};
}

/*
 * A group begins: the sum so far goes on into its first vector. Of @left whole batches it takes up to @max, but never the
 * last one, which is a group of its own. Returns how many.
 */
static ALWAYS_INLINE size_t next_group(struct under *u, const struct gcm *g, const struct plan *p, size_t left, size_t max,
				       struct sum *sum)
{
	const bool is_last = left == 1;
	const size_t n = is_last ? 1 : left - 1 < max ? left - 1 : max;

	u->h = is_last ? (const void *)power_at(&g->p, p->power) : g->p.group + (GROUP - n) * LANES;
	u->f = is_last ? (const void *)fold_of(&g->p, p->power) : g->p.group_fold + KARATSUBA * (GROUP - n) * LANES;
	u->x0 = vec_xor(u->x0, vec_reduce(*sum));
	*sum = no_sum();
	return n;
}

static ALWAYS_INLINE void next_powers(struct under *u)
{
	u->h += LANES;
	u->f += KARATSUBA * LANES;
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

/* Keystream for vector @at behind the last whole batch. */
static ALWAYS_INLINE vec rest_key(const struct gcm *g, int rounds, vec base, uint32_t counter, size_t at)
{
	return cached_rounds(&g->r, rounds, vec_xor(base, batch_diff(&g->r, counter)[at]));
}

/* Behind the last whole batch: the rest, and the lengths. Returns the tag. */
static ALWAYS_INLINE __m128i finish(struct walk *w, const struct gcm *g, const struct aead_job *job, const struct plan *p,
				    int rounds, vec base, uint32_t counter, vec key, __m128i mask, bool is_seal)
{
	size_t at = 0;

	set_power(w, g, p->power - BATCH_BLOCKS);
	while (w->left >= VEC) {
		const vec next = rest_key(g, rounds, base, counter, ++at);

		take(w, key, is_seal);
		key = next;
	}
	take_part(w, job, key, is_seal);
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
	size_t left = p.full;
	vec b[LANES], base, beside, key;
	struct under u;
	__m128i mask;

	need_diff(&g->r, nonce);
	base = cached_base(&g->r, nonce, 0);
	keystream_cached(&g->r, rounds, base, 0, b);
	mask = vec_block_1(b);
	beside = take_head(&w, job, b[0], true);
	xor_batch(&w, b, HEAD_VECS, &u);
	look_at_first(&u, job, job->out, beside);
	/* Hashing is one batch behind: so does the first group end where the base changes. */
	for (size_t n = GROUP - 1; left > 1; n = GROUP) {
		n = next_group(&u, g, &p, left, n, &w.sum);
		left -= n;
		do {
			keystream_and_hash(&g->r, rounds, base, counter, b, &u, true, &w.sum);
			xor_batch(&w, b, 0, &u);
			look_at(&u, w.out - BATCH);
			next_powers(&u);
			counter += BATCH_BLOCKS;
		} while (--n);
		next_base(g, nonce, counter, &base);
	}
	next_group(&u, g, &p, left, 1, &w.sum);
	key = rest_key(g, rounds, base, counter, 0);
	hash_batch(&u, true, &w.sum);
	return finish(&w, g, job, &p, rounds, base, counter, key, mask, true);
}

/* Ciphertext is hashed while the keystream for it is made, since the plaintext may take its place. */
static ALWAYS_INLINE __m128i open_long(struct gcm *g, const struct aead_job *job, int rounds)
{
	const struct plan p = make_plan(job->len, 0);
	struct walk w = { .in = job->in, .out = job->out, .left = job->len, .sum = no_sum() };
	const __m128i nonce = load_nonce(job->nonce);
	uint32_t counter = BATCH_BLOCKS;
	size_t left = p.full, n;
	vec b[LANES], base, key;
	struct under u;
	__m128i mask;

	need_diff(&g->r, nonce);
	base = cached_base(&g->r, nonce, 0);
	look_at_first(&u, job, job->in, vec_reverse_bytes(vec_load_head_data(job->in, HEAD_DATA)));
	n = next_group(&u, g, &p, left, GROUP, &w.sum);
	left -= n;
	keystream_and_hash(&g->r, rounds, base, 0, b, &u, false, &w.sum);
	mask = vec_block_1(b);
	take_head(&w, job, b[0], false);
	xor_batch(&w, b, HEAD_VECS, NULL);
	while (--n || left) {
		look_at(&u, w.in);
		if (n) {
			next_powers(&u);
		} else {
			next_base(g, nonce, counter, &base);
			n = next_group(&u, g, &p, left, GROUP, &w.sum);
			left -= n;
		}
		keystream_and_hash(&g->r, rounds, base, counter, b, &u, false, &w.sum);
		xor_batch(&w, b, 0, NULL);
		counter += BATCH_BLOCKS;
	}
	next_base(g, nonce, counter, &base);
	key = rest_key(g, rounds, base, counter, 0);
	return finish(&w, g, job, &p, rounds, base, counter, key, mask, false);
}

/* --- one function a kind of record and key */

#define FORMS(name, rounds) \
	static NOINLINE __m128i seal_short_##name(struct gcm *g, const struct aead_job *job) \
	{ \
		return crypt_short(g, job, rounds, false, true); \
	} \
	static NOINLINE __m128i open_short_##name(struct gcm *g, const struct aead_job *job) \
	{ \
		return crypt_short(g, job, rounds, false, false); \
	} \
	static NOINLINE __m128i seal_cached_##name(struct gcm *g, const struct aead_job *job) \
	{ \
		return crypt_short(g, job, rounds, true, true); \
	} \
	static NOINLINE __m128i open_cached_##name(struct gcm *g, const struct aead_job *job) \
	{ \
		return crypt_short(g, job, rounds, true, false); \
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

enum form {
	FORM_SHORT,
	FORM_SHORT_CACHED,
	FORM_LONG,
	FORMS_N,
};

/* By key, direction and form. */
static crypt_fn *const gcm_forms[2][2][FORMS_N] = {
	{ { seal_short_128, seal_cached_128, seal_long_128 }, { open_short_128, open_cached_128, open_long_128 } },
	{ { seal_short_256, seal_cached_256, seal_long_256 }, { open_short_256, open_cached_256, open_long_256 } },
};

/* So many records in a row pay for a cache: it costs 2 rounds of 256 blocks. */
static ALWAYS_INLINE unsigned row_for(size_t len)
{
	return len > HALF_KIB ? 1 : 16;
}

static ALWAYS_INLINE enum form form_for(struct rounds *r, const struct aead_job *job, size_t len)
{
	__m128i nonce;

	if (len <= SHORTEST)
		return FORM_SHORT;
	if (len > MEDIUM)
		return FORM_LONG;
	nonce = load_nonce(job->nonce);
	if (!will_be_cached(r, nonce, row_for(len)))
		return FORM_SHORT;
	need_diff(r, nonce);
	return len <= SHORT ? FORM_SHORT_CACHED : FORM_LONG;
}

static ALWAYS_INLINE __m128i crypt(struct gcm *g, const struct aead_job *job, size_t len, bool is_open)
{
	return gcm_forms[g->r.rounds == AES_256_ROUNDS][is_open][form_for(&g->r, job, len)](g, job);
}

#endif
