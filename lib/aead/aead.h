/* SPDX-License-Identifier: MIT */
/* The engine's AEAD: one key, sealed and opened by the best leaf of this CPU. */
#ifndef KTLS_AEAD_AEAD_H
#define KTLS_AEAD_AEAD_H

#include <stddef.h>
#include <stdint.h>

#include "base/secret.h"
#include "tls/cipher.h"

/*
 * One record's worth of work.
 * seal: reads in[0..len), then the one byte `tail` if tail_len is 1 (TLS 1.3's inner content type), and writes
 *       len + tail_len bytes of ciphertext and the 16-byte tag to out.
 * open: reads len bytes of ciphertext and the 16-byte tag behind them from in, writes len bytes of plaintext to out;
 *       tail and tail_len are ignored.
 * in and out are the same address or do not overlap. aad_len is at most 16.
 */
struct aead_job {
	const uint8_t *nonce;		/* 12 bytes */
	const uint8_t *aad;
	size_t aad_len;
	const uint8_t *in;
	size_t len;
	uint8_t *out;
	uint8_t tail;
	uint8_t tail_len;
};

struct aead;
struct aead_leaf;

/*
 * By the best leaf. Takes @key (cipher->key_len bytes, copied). @feature_mask removes CPU features (AEAD_NO_* below), 0
 * for none; the environment variable KTLS_CPU_MASK (a comma list: aesni, vaes, avx512, all) adds to it, so that tests can force every
 * leaf. Errors: -ENOMEM, -ENOTSUP when libcrypto has no such cipher, -EIO when it fails.
 */
int aead_new(struct aead **out, const struct tls_cipher *cipher, const uint8_t *key, unsigned feature_mask);

/* The same in memory of @pool (NULL: pages of its own), for what comes and goes with each connection. */
int aead_new_in(struct aead **out, struct secret_pool *pool, const struct tls_cipher *cipher, const uint8_t *key,
		unsigned feature_mask);

/*
 * Changes the key where it is: same cipher, same leaf, same memory. Errors of aead_new(), and -ENOTSUP for another cipher; after one
 * the old key is gone too, and all that is left to do is aead_free().
 */
int aead_rekey(struct aead *a, const struct tls_cipher *cipher, const uint8_t *key);

/* As aead_new() by @leaf, against which aead_leaf_why_not() has nothing. */
int aead_new_by(struct aead **out, struct secret_pool *pool, const struct aead_leaf *leaf, const struct tls_cipher *cipher,
		const uint8_t *key);

enum {
	AEAD_NO_AESNI = 1,		/* neither the AES-NI + PCLMULQDQ leaf, nor those that begin with its instructions */
	AEAD_NO_VAES = 2,
	AEAD_NO_AVX512 = 4,
};

/* Wipes everything derived from the key. @a may be NULL. */
void aead_free(struct aead *a);

/* 0, or -EIO when libcrypto fails (the EVP leaf only). */
int aead_seal(struct aead *a, const struct aead_job *job);

/* 0, or -EBADMSG when the tag is wrong: then the output is wiped before the call returns. -EIO as above. */
int aead_open(struct aead *a, const struct aead_job *job);

/* "vaes-avx512", "vaes-avx2", "aesni-pclmul" or "evp". */
const char *aead_leaf(const struct aead *a);

/* The leaf that a key of @cipher would get here. */
const char *aead_leaf_for(const struct tls_cipher *cipher, unsigned feature_mask);

/* The leaves of this build, best first; the last one is for every CPU. NULL past the end. */
const struct aead_leaf *aead_leaf_at(size_t i);

/* NULL if this build has none of that name. */
const struct aead_leaf *aead_leaf_by_name(const char *name);

/* Why @leaf cannot carry @cipher here (NULL: whatever cipher): one line for people, static. NULL if it can. */
const char *aead_leaf_why_not(const struct aead_leaf *leaf, const struct tls_cipher *cipher, unsigned feature_mask);

#endif
