/* SPDX-License-Identifier: MIT */
/**
 * The engine's AEAD by itself, without records and connections: to measure one leaf, or to check it against another
 * implementation. A leaf is one implementation of AEAD ciphers for one kind of CPU. A connection needs none of this: it
 * takes the best leaf by itself.
 *
 * The environment variable KTLS_CPU_MASK, a comma list of "aesni", "vaes", "avx512" and "all" (every feature), makes the library behave as
 * if the CPU lacked these features, here and in connections. Unknown words are ignored, and programs that run with the
 * rights of another user (set-user-ID) do not look at it.
 */
#ifndef KTLS_AEAD_H
#define KTLS_AEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

enum {
	KTLS_AEAD_NONCE_LEN = 12,
	KTLS_AEAD_TAG_LEN = 16,
	KTLS_AEAD_MAX_AAD_LEN = 16,
	KTLS_AEAD_MAX_LEN = (1 << 24) - 1,	/**< bytes: as far as CCM counts with such a nonce */
};

/** A leaf as it stands on this machine. Strings are static. */
struct ktls_aead_leaf_info {
	const char *name;		/**< "evp" (libcrypto's EVP), "aesni-pclmul", "vaes-avx2", "vaes-avx512" */
	bool usable;
	const char *why_not;		/**< one line for people: "CPU lacks …"; "" if it is usable */
};

/** A key and the leaf that it is for. Not thread safe. */
struct ktls_aead;

/**
 * Leaf @i of this build, best first: the first usable one is what a connection gets. @cipher is the id of a cipher as
 * ktls_cipher_at() (ktls/probe.h) has it, "aes-128-gcm"; NULL asks for this CPU alone.
 *
 * Returns 0 and *@info, -ENOENT past the end, -EPROTONOSUPPORT when @cipher is none of libktls's. Since 0.1.
 */
int ktls_aead_leaf_at(size_t i, const char *cipher, struct ktls_aead_leaf_info *info);

/**
 * Takes @key of @key_len bytes (copied) for the cipher with the id @cipher, by the leaf of the name @leaf, or by the best
 * one if that is NULL.
 *
 * Returns 0 and *@out (release with ktls_aead_free()); -EPROTONOSUPPORT when @cipher is none of libktls's; -ENOENT when
 * this build has no such leaf; -EINVAL when the cipher's keys have another length; -EOPNOTSUPP when the leaf is not
 * usable for the cipher here (ktls_aead_leaf_at() says why), or no leaf is; -ENOMEM; -EIO when libcrypto fails.
 * Since 0.1.
 */
int ktls_aead_new(struct ktls_aead **out, const char *cipher, const char *leaf, const void *key, size_t key_len);

/** Wipes everything derived from the key, and frees. @aead may be NULL. Since 0.1. */
void ktls_aead_free(struct ktls_aead *aead);

/** The name of its leaf; static. Since 0.1. */
const char *ktls_aead_leaf(const struct ktls_aead *aead);

/**
 * Seals @len bytes of @in under @nonce (KTLS_AEAD_NONCE_LEN bytes) and @aad (@aad_len bytes): writes @len bytes of
 * ciphertext and the tag, @len + KTLS_AEAD_TAG_LEN bytes in all, to @out. @out is @in, or the two do not overlap; @aad and
 * @in may be NULL if their length is 0. Nothing is allocated per call, and @in is read where it is. A nonce must never be
 * used twice with one key: who sees both records learns how their contents differ, and can forge more.
 *
 * Returns 0; -EINVAL when @aad_len is above KTLS_AEAD_MAX_AAD_LEN; -EMSGSIZE when @len is above KTLS_AEAD_MAX_LEN; -EIO
 * when libcrypto fails, with the output wiped. Since 0.1.
 */
int ktls_aead_seal(struct ktls_aead *aead, const uint8_t *nonce, const void *aad, size_t aad_len, const void *in,
		   size_t len, void *out);

/**
 * Opens @len bytes of ciphertext and the tag behind them, @len + KTLS_AEAD_TAG_LEN bytes of @in: writes @len bytes of
 * plaintext to @out, which may be NULL if @len is 0. Otherwise as ktls_aead_seal().
 *
 * Returns 0; -EBADMSG when the tag does not fit nonce, AAD and ciphertext, and -EIO as above, both with the @len bytes
 * of @out wiped; -EINVAL and -EMSGSIZE as above. Since 0.1.
 */
int ktls_aead_open(struct ktls_aead *aead, const uint8_t *nonce, const void *aad, size_t aad_len, const void *in,
		   size_t len, void *out);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
