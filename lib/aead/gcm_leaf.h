/* SPDX-License-Identifier: MIT */
/* What a leaf is made of, over gcm.h: key, record, tag, and nothing left behind. */
#ifndef KTLS_AEAD_GCM_LEAF_H
#define KTLS_AEAD_GCM_LEAF_H

#include <errno.h>
#include <string.h>

#include "aead/gcm.h"
#include "aead/leaf.h"

static const char *gcm_lacks(const struct tls_cipher *cipher)
{
	if (strcmp(cipher->id, "aes-128-gcm") == 0 || strcmp(cipher->id, "aes-256-gcm") == 0)
		return NULL;
	return "made for AES-128-GCM and AES-256-GCM alone";
}

static NOINLINE void set_key(struct gcm *g, const struct tls_cipher *cipher, const uint8_t *key)
{
	struct rounds *r = &g->r;

	r->rounds = aesni_expand_key(r->rk1, key, cipher->key_len);
	for (int i = 0; i <= r->rounds; i++)
		r->rk[i] = vec_spread(r->rk1[i]);
	set_powers(&g->p, reverse_bytes(aesni_encrypt(r->rk1, r->rounds, _mm_setzero_si128())));
}

/*
 * Compilers spill keystream, round keys and GHASH states to the stack, where only the next call at the same depth reaches
 * them. More than the frames of the functions above take when optimised (gcc 12: 512 bytes, clang 14: 568, both AVX-512;
 * of the narrower ones, clang 14: 488).
 */
static NOINLINE void wipe_frames(void)
{
	uint8_t frame[10 * LINE];

#define WIPE(i) wipe_line(frame + (i) * LINE);
	WIPE(0) WIPE(1) WIPE(2) WIPE(3) WIPE(4) WIPE(5) WIPE(6) WIPE(7)
	if (VEC_BLOCKS == 4) {
		WIPE(8) WIPE(9)
	}
#undef WIPE
	__asm__ volatile("" : : "r"(frame) : "memory");
}

/* Behind a record of @len bytes. With 32 registers short ones spill nothing. */
static ALWAYS_INLINE void wipe_stack(size_t len)
{
	if (VEC_BLOCKS < 4 || len > SHORT)
		wipe_frames();
}

static int gcm_init(void *ctx, const struct tls_cipher *cipher, const uint8_t *key)
{
	set_key(ctx, cipher, key);
	wipe_frames();
	return 0;
}

/* The context is the facade's to wipe; what compilers left in registers is not. */
static void gcm_clear(void *ctx)
{
	(void)ctx;
	vec_wipe_registers();
}

static int gcm_seal(void *ctx, const struct aead_job *job)
{
	const size_t len = job->len + job->tail_len;

	store(job->out + len, crypt(ctx, job, len, false));
	wipe_stack(len);
	return 0;
}

/* 0 or -EBADMSG, and no branch on which. The tag is read first: the output may begin where the ciphertext does. */
static int gcm_open(void *ctx, const struct aead_job *job)
{
	const __m128i wanted = load(job->in + job->len);
	const int same = _mm_movemask_epi8(_mm_cmpeq_epi8(crypt(ctx, job, job->len, true), wanted));

	wipe_stack(job->len);
	return ((same - 0xffff) >> 16) & -EBADMSG;
}

/* A leaf's row, less its name and what it needs. */
#define GCM_LEAF \
	.ctx_len = sizeof(struct gcm), .lacks = gcm_lacks, .init = gcm_init, .clear = gcm_clear, .seal = gcm_seal, \
	.open = gcm_open

#endif
