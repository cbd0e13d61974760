/* SPDX-License-Identifier: MIT */
/* AES round keys, by AES-NI. */
#ifndef KTLS_AEAD_AESNI_KEY_H
#define KTLS_AEAD_AESNI_KEY_H

#include <stddef.h>
#include <stdint.h>

#include <immintrin.h>

enum {
	AES_128_ROUNDS = 10,
	AES_256_ROUNDS = 14,
	AES_MAX_ROUNDS = AES_256_ROUNDS,
};

/* Expands a key of 16 or 32 bytes to rounds + 1 round keys. Returns the rounds. */
int aesni_expand_key(__m128i *rk, const uint8_t *key, size_t key_len);

/* One block. */
__m128i aesni_encrypt(const __m128i *rk, int rounds, __m128i block);

#endif
