/* SPDX-License-Identifier: MIT */
/* What a leaf is: one implementation of AEAD ciphers for one kind of CPU. Known to the facade and the leaves. */
#ifndef KTLS_AEAD_LEAF_H
#define KTLS_AEAD_LEAF_H

#include <stddef.h>

#include "aead/aead.h"

/*
 * A context is ctx_len zeroed bytes, 64-byte aligned, in memory that the facade wipes and frees.
 * Jobs are as struct aead_job says; in and aad are never NULL when their length is not 0.
 */
struct aead_leaf {
	const char *name;
	size_t ctx_len;
	unsigned needs;			/* what the CPU must have: CPU_* of aead/cpu.h, all of them */
	/* Why the leaf does not have @cipher on any CPU: one line for people, static. NULL if it has. */
	const char *(*lacks)(const struct tls_cipher *cipher);
	/* Errors of aead_new(). After a failure clear() is called all the same. */
	int (*init)(void *ctx, const struct tls_cipher *cipher, const uint8_t *key);
	/* Releases what the context holds outside itself. NULL if it holds nothing. */
	void (*clear)(void *ctx);
	int (*seal)(void *ctx, const struct aead_job *job);
	/* On -EBADMSG and -EIO the output may hold unverified plaintext: the facade wipes it. */
	int (*open)(void *ctx, const struct aead_job *job);
};

extern const struct aead_leaf aead_leaf_evp;
#if HAVE_AESNI
extern const struct aead_leaf aead_leaf_aesni;
#endif
#if HAVE_VAES256
extern const struct aead_leaf aead_leaf_vaes256;
#endif
#if HAVE_VAES512
extern const struct aead_leaf aead_leaf_vaes512;
#endif

#endif
