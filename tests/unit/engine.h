/* SPDX-License-Identifier: MIT */
/* What the engine's tests share: libcrypto as a reference, random numbers that repeat, buffers between guard pages. */
#ifndef KTLS_TESTS_ENGINE_H
#define KTLS_TESTS_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tls/cipher.h"

/* Whether this libcrypto has the cipher at all. */
bool ref_has(const struct tls_cipher *cipher);

/* @out: len + 16 bytes. One call of libcrypto each, with a context of its own. Fails the test if libcrypto does. */
void ref_seal(const struct tls_cipher *cipher, const uint8_t *key, const uint8_t *nonce,
	      const uint8_t *aad, size_t aad_len, const uint8_t *in, size_t len, uint8_t *out);

/* Whether the tag is right. @in: len bytes and the tag. */
bool ref_open(const struct tls_cipher *cipher, const uint8_t *key, const uint8_t *nonce,
	      const uint8_t *aad, size_t aad_len, const uint8_t *in, size_t len, uint8_t *out);

/* A sequence that a seed fixes. */
struct prng {
	uint64_t state;
};

uint64_t prng_next(struct prng *r);
/* 0 … below-1 */
size_t prng_below(struct prng *r, size_t below);
void prng_fill(struct prng *r, void *buf, size_t len);

/* Memory that faults when touched in front of it or behind it. */
struct guarded {
	uint8_t *mem;			/* @len bytes, page aligned */
	size_t len;			/* a multiple of the page size */
};

void guarded_make(struct guarded *g, size_t len);
void guarded_free(struct guarded *g);

bool all_zero(const uint8_t *p, size_t len);

#endif
