/* SPDX-License-Identifier: MIT */
/*
 * AES-GCM with AES-NI and PCLMULQDQ: eight blocks of counter mode at a time, and under them the GHASH of eight others.
 *
 * Layout: the record is taken as blocks 0, 1, 2 … that counter mode and GHASH share. Counter 1 masks the tag and is not
 * used for data, and GHASH begins with one block of AAD: both are block 1. Data begins with counter 2: block 2. Block 0
 * is zero, and a leading zero block changes no GHASH. So the counters of a batch are 8n … 8n+7: they differ from the
 * batch's first by bits that are the same in each batch, and the whole counter block, first round key included, is one
 * XOR of a vector prepared per record (lane[]) and one prepared per batch.
 *
 * Constant time: nothing here branches on, or indexes by, anything but lengths. Block counters are public.
 */
#include <errno.h>
#include <string.h>

#include "aead/aesni_key.h"
#include "aead/cpu.h"
#include "aead/ghash.h"
#include "aead/leaf.h"

#define NOINLINE __attribute__((noinline))
/* Compilers gather the multiplications in one place; this keeps the program's order, in which they hide under AES. */
#define KEEP(v) __asm__ volatile("" : "+x"(v))
#define KEEP_MEMORY() __asm__ volatile("" : : : "memory")
/* Written out, because a loop that is not unrolled puts the state into memory. */
#define EACH_LANE(op) op(0) op(1) op(2) op(3) op(4) op(5) op(6) op(7)

enum {
	BLOCK = 16,
	LANES = 8,
	BATCH = LANES * BLOCK,
	HEAD = 2,			/* blocks in front of the data */
	HEAD_DATA = BATCH - HEAD * BLOCK,	/* data bytes of the first batch */
	POWERS = LANES + 1,		/* the last batch has a ninth block: the lengths */
};

struct gcm {
	__m128i rk[AES_MAX_ROUNDS + 1];
	__m128i h[POWERS];		/* h[i] is H^(i+1), divided by x */
	__m128i h_fold[POWERS];
	int rounds;
	/* For one record. Here and not on the stack, so that it is wiped with the key at the latest. */
	__m128i lane[LANES];		/* nonce, low bits of the counter, and round key 0, added up */
	__m128i mask;			/* keystream of counter 1, for the tag */
	uint8_t plain[BATCH];		/* the last, partial batch: nothing is touched beyond the caller's bytes */
	uint8_t hashed[BATCH + BLOCK];	/* the same as GHASH takes it: AAD, ciphertext, lengths */
};

/* --- GHASH of a few blocks */

/* Powers of H: each is the one before it times H, so h[i] keeps its one division by x. */
static void set_powers(struct gcm *g, __m128i h)
{
	g->h[0] = ghash_divide_by_x(h);
	g->h_fold[0] = fold(g->h[0]);
	for (int i = 1; i < POWERS; i++) {
		g->h[i] = reduce(multiply(g->h[i - 1], g->h[0], g->h_fold[0]));
		g->h_fold[i] = fold(g->h[i]);
	}
}

/* GHASH of @n blocks (1 … POWERS) behind @x. */
static __m128i hash_blocks(const struct gcm *g, __m128i x, const uint8_t *p, size_t n)
{
	struct product sum = no_product();

	while (n--) {
		x = _mm_xor_si128(x, reverse_bytes(load(p)));
		add_product(&sum, multiply(x, g->h[n], g->h_fold[n]));
		x = _mm_setzero_si128();
		p += BLOCK;
	}
	return reduce(sum);
}

/* --- AES, and GHASH meanwhile */

/* Lane i gets (nonce, i) plus round key 0. By words, since the nonce is shorter than a vector, and just written. */
static void set_lanes(struct gcm *g, const uint8_t *nonce)
{
	int32_t w[3];
	__m128i base;

	memcpy(w, nonce, sizeof(w));
	base = _mm_xor_si128(_mm_set_epi32(0, w[2], w[1], w[0]), g->rk[0]);
	for (int i = 0; i < LANES; i++)
		g->lane[i] = _mm_xor_si128(base, _mm_set_epi32((int)((unsigned)i << 24), 0, 0, 0));
}

/* Counter blocks counter … counter+7, first round key added. @counter is a multiple of 8. */
static ALWAYS_INLINE void start_batch(const struct gcm *g, uint32_t counter, __m128i *b)
{
	const __m128i c = _mm_insert_epi32(_mm_setzero_si128(), (int)__builtin_bswap32(counter), 3);

#define START(i) b[i] = _mm_xor_si128(g->lane[i], c);
	EACH_LANE(START)
#undef START
}

static ALWAYS_INLINE void aes_round(__m128i *b, __m128i k)
{
#define ROUND(i) b[i] = _mm_aesenc_si128(b[i], k);
	EACH_LANE(ROUND)
#undef ROUND
}

/* One round of AES for eight lanes with one block of GHASH in its gaps. */
static ALWAYS_INLINE void aes_round_and_hash(__m128i *b, __m128i k, struct product *sum, __m128i x, __m128i h,
					     __m128i h_fold)
{
#define ROUND(i) b[i] = _mm_aesenc_si128(b[i], k);
	ROUND(0) ROUND(1)
	sum->lo = _mm_xor_si128(sum->lo, _mm_clmulepi64_si128(x, h, 0x00));
	KEEP(sum->lo);
	ROUND(2) ROUND(3) ROUND(4)
	sum->hi = _mm_xor_si128(sum->hi, _mm_clmulepi64_si128(x, h, 0x11));
	KEEP(sum->hi);
	ROUND(5)
	sum->mid = _mm_xor_si128(sum->mid, _mm_clmulepi64_si128(fold(x), h_fold, 0x00));
	KEEP(sum->mid);
	ROUND(6) ROUND(7)
#undef ROUND
}

static ALWAYS_INLINE void last_rounds(const struct gcm *g, __m128i *b)
{
	const __m128i last = g->rk[g->rounds];

	if (g->rounds == AES_256_ROUNDS) {
		aes_round(b, g->rk[10]);
		aes_round(b, g->rk[11]);
		aes_round(b, g->rk[12]);
		aes_round(b, g->rk[13]);
	}
#define LAST(i) b[i] = _mm_aesenclast_si128(b[i], last);
	EACH_LANE(LAST)
#undef LAST
}

/* Keystream of a batch. */
static ALWAYS_INLINE void keystream(const struct gcm *g, uint32_t counter, __m128i *b)
{
	start_batch(g, counter, b);
	for (int i = 1; i < 10; i++)
		aes_round(b, g->rk[i]);
	last_rounds(g, b);
}

/* Keystream of a batch, and meanwhile GHASH of the BATCH bytes at @p behind @x. */
static ALWAYS_INLINE __m128i keystream_and_hash(const struct gcm *g, uint32_t counter, __m128i *b, __m128i x,
						const uint8_t *p)
{
	struct product sum = no_product();

	start_batch(g, counter, b);
#define STEP(i, c) aes_round_and_hash(b, g->rk[LANES - (i)], &sum, c, g->h[7 - (i)], g->h_fold[7 - (i)]);
#define STEP_AT(i) STEP(i, reverse_bytes(load(p + (i) * BLOCK)))
	/* The first block last: it alone waits for the batch before. */
	STEP_AT(7) STEP_AT(6) STEP_AT(5) STEP_AT(4) STEP_AT(3) STEP_AT(2) STEP_AT(1)
	STEP(0, _mm_xor_si128(x, reverse_bytes(load(p))))
#undef STEP_AT
#undef STEP
	x = reduce(sum);
	aes_round(b, g->rk[9]);
	last_rounds(g, b);
	return x;
}

/* XORs a batch into data; lanes below @first are not data. */
static ALWAYS_INLINE void xor_batch(const __m128i *b, size_t first, const uint8_t *in, uint8_t *out)
{
#define XOR(i) \
	if ((i) >= first) \
		store(out + ((i) - first) * BLOCK, _mm_xor_si128(b[i], load(in + ((i) - first) * BLOCK)));
	EACH_LANE(XOR)
#undef XOR
}

/* Written out like this since gcc makes slow string instructions of memset() and memcpy() of these sizes. */
static ALWAYS_INLINE void clear_batch(uint8_t *p)
{
#define CLEAR(i) store(p + (i) * BLOCK, _mm_setzero_si128());
	EACH_LANE(CLEAR)
#undef CLEAR
}

/* --- a record's two ends */

/* Prepares lanes and the blocks in front of the data. */
static void start_record(struct gcm *g, const struct aead_job *job)
{
	set_lanes(g, job->nonce);
	clear_batch(g->hashed);
	if (job->aad_len)
		memcpy(g->hashed + BLOCK, job->aad, job->aad_len);
}

/* Puts the first batch of ciphertext behind the AAD, where GHASH takes both together. */
static ALWAYS_INLINE void put_head(struct gcm *g, const uint8_t *p)
{
#define COPY(i) \
	if ((i) >= HEAD) \
		store(g->hashed + (i) * BLOCK, load(p + ((i) - HEAD) * BLOCK));
	EACH_LANE(COPY)
#undef COPY
}

/* At most a batch. By hand for the same reason as clear_batch(): with such bounds memcpy() is no call any more. */
static void copy_short(uint8_t *to, const uint8_t *from, size_t n)
{
	for (; n >= BLOCK; n -= BLOCK) {
		store(to, load(from));
		to += BLOCK;
		from += BLOCK;
	}
	if (n >= 8) {
		_mm_storel_epi64((void *)to, _mm_loadl_epi64((const void *)from));
		to += 8;
		from += 8;
		n -= 8;
	}
	for (size_t i = 0; i < n; i++) {
		to[i] = from[i];
		KEEP_MEMORY();
	}
}

/*
 * GHASH of what is left, and the tag. @c are the last @n bytes of ciphertext, behind @first blocks of head; @len is all
 * of the ciphertext.
 */
static __m128i finish(struct gcm *g, __m128i x, size_t first, const uint8_t *c, size_t n, size_t aad_len, size_t len)
{
	const size_t end = first + (n + BLOCK - 1) / BLOCK;
	const uint64_t bits = (uint64_t)len * 8;

	if (!first)
		clear_batch(g->hashed);
	copy_short(g->hashed + first * BLOCK, c, n);
	store(g->hashed + end * BLOCK,
	      reverse_bytes(_mm_set_epi32(0, (int)(aad_len * 8), (int)(bits >> 32), (int)bits)));
	/* Block 0 is zero and nothing is in front of it: without it nine blocks are eight. */
	if (first)
		x = hash_blocks(g, x, g->hashed + BLOCK, end);
	else
		x = hash_blocks(g, x, g->hashed, end + 1);
	return _mm_xor_si128(reverse_bytes(x), g->mask);
}

/* The last @left bytes of a record, and the tag. @b is their keystream from lane @first on. */
static ALWAYS_INLINE void seal_rest(struct gcm *g, const __m128i *b, __m128i x, size_t first, size_t left,
				    const struct aead_job *job)
{
	const size_t n = left + job->tail_len;
	uint8_t *plain = g->plain + first * BLOCK;
	uint8_t *out = job->out + job->len - left;

	if (left)
		copy_short(plain, job->in + job->len - left, left);
	if (job->tail_len)
		plain[left] = job->tail;
	xor_batch(b, first, plain, plain);
	copy_short(out, plain, n);
	clear_batch(g->plain);
	store(out + n, finish(g, x, first, out, n, job->aad_len, job->len + job->tail_len));
}

static NOINLINE void seal_record(struct gcm *g, const struct aead_job *job)
{
	__m128i b[LANES], x = _mm_setzero_si128();
	const uint8_t *in = job->in, *pending = g->hashed;
	uint8_t *out = job->out;
	size_t left = job->len, first = HEAD;

	start_record(g, job);
	keystream(g, 0, b);
	g->mask = b[1];
	if (left >= HEAD_DATA) {
		xor_batch(b, HEAD, in, out);
		put_head(g, out);
		in += HEAD_DATA;
		out += HEAD_DATA;
		left -= HEAD_DATA;
		first = 0;
		/* Ciphertext is hashed one batch behind. */
		for (uint32_t counter = LANES;; counter += LANES) {
			x = keystream_and_hash(g, counter, b, x, pending);
			if (left < BATCH)
				break;
			xor_batch(b, 0, in, out);
			pending = out;
			in += BATCH;
			out += BATCH;
			left -= BATCH;
		}
	}
	seal_rest(g, b, x, first, left, job);
}

/* 0 or -EBADMSG, and no branch on which. */
static ALWAYS_INLINE int open_rest(struct gcm *g, const __m128i *b, __m128i x, size_t first, size_t left,
				   const struct aead_job *job)
{
	uint8_t *plain = g->plain + first * BLOCK;
	const uint8_t *in = job->in + job->len - left;
	const __m128i wanted = load(in + left);
	int same;

	copy_short(plain, in, left);
	x = finish(g, x, first, in, left, job->aad_len, job->len);
	same = _mm_movemask_epi8(_mm_cmpeq_epi8(x, wanted));
	xor_batch(b, first, plain, plain);
	if (left)
		copy_short(job->out + job->len - left, plain, left);
	clear_batch(g->plain);
	return ((same - 0xffff) >> 16) & -EBADMSG;
}

static NOINLINE int open_record(struct gcm *g, const struct aead_job *job)
{
	__m128i b[LANES], x = _mm_setzero_si128();
	const uint8_t *in = job->in;
	uint8_t *out = job->out;
	size_t left = job->len, first = HEAD;
	uint32_t counter = 0;

	start_record(g, job);
	if (left >= HEAD_DATA) {
		put_head(g, in);
		x = keystream_and_hash(g, 0, b, x, g->hashed);
		g->mask = b[1];
		xor_batch(b, HEAD, in, out);
		in += HEAD_DATA;
		out += HEAD_DATA;
		left -= HEAD_DATA;
		first = 0;
		for (counter = LANES; left >= BATCH; counter += LANES) {
			x = keystream_and_hash(g, counter, b, x, in);
			xor_batch(b, 0, in, out);
			in += BATCH;
			out += BATCH;
			left -= BATCH;
		}
	}
	keystream(g, counter, b);
	if (first)
		g->mask = b[1];
	return open_rest(g, b, x, first, left, job);
}

/* --- the leaf */

/*
 * Compilers spill keystream and GHASH states to the stack, where only the next call at the same depth can reach them.
 * Twice what the frames of seal_record() and open_record() take when optimised.
 */
static NOINLINE void wipe_stack(void)
{
	__m128i frame[4 * LANES];

	for (int i = 0; i < 4; i++)
		clear_batch((uint8_t *)&frame[i * LANES]);
	__asm__ volatile("" : : "r"(frame) : "memory");
}

static const char *aesni_lacks(const struct tls_cipher *cipher)
{
	if (strcmp(cipher->id, "aes-128-gcm") == 0 || strcmp(cipher->id, "aes-256-gcm") == 0)
		return NULL;
	return "made for AES-128-GCM and AES-256-GCM alone";
}

static NOINLINE void set_key(struct gcm *g, const struct tls_cipher *cipher, const uint8_t *key)
{
	g->rounds = aesni_expand_key(g->rk, key, cipher->key_len);
	set_powers(g, reverse_bytes(aesni_encrypt(g->rk, g->rounds, _mm_setzero_si128())));
}

static int aesni_init(void *ctx, const struct tls_cipher *cipher, const uint8_t *key)
{
	set_key(ctx, cipher, key);
	wipe_stack();
	return 0;
}

static int aesni_seal(void *ctx, const struct aead_job *job)
{
	seal_record(ctx, job);
	wipe_stack();
	return 0;
}

static int aesni_open(void *ctx, const struct aead_job *job)
{
	int ret = open_record(ctx, job);

	wipe_stack();
	return ret;
}

const struct aead_leaf aead_leaf_aesni = {
	.name = "aesni-pclmul",
	.ctx_len = sizeof(struct gcm),
	.needs = CPU_AESNI,
	.lacks = aesni_lacks,
	.init = aesni_init,
	.seal = aesni_seal,
	.open = aesni_open,
};
