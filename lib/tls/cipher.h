/* SPDX-License-Identifier: MIT */
/* The cipher table: one row says everything about a record cipher. */
#ifndef KTLS_TLS_CIPHER_H
#define KTLS_TLS_CIPHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tls_cipher {
	const char *name;		/* "AES-128-GCM", for people */
	const char *id;			/* "aes-128-gcm", for options and JSON */
	const char *evp;		/* libcrypto's name, for EVP_CIPHER_fetch() */
	const char *kernel_aead;	/* the kernel crypto API's name, as in /proc/crypto */
	uint16_t kernel_type;		/* TLS_CIPHER_* of linux/tls.h; 51 … 58 */
	uint16_t suite13;		/* TLS 1.3 cipher suite, 0 if it has none */
	uint8_t key_len;
	uint8_t salt_len;		/* implicit nonce bytes of crypto_info: 4, or 0 for ChaCha20 */
	uint8_t kernel_iv_len;		/* iv field of crypto_info: 8, or 12 for ChaCha20 */
	uint8_t fixed_iv_len_12;	/* bytes of the TLS 1.2 key block's write IV: 4, or 12 for ChaCha20 */
	uint8_t explicit_len_12;	/* explicit nonce on the wire in TLS 1.2: 8, or 0 for ChaCha20 */
	bool tls12, tls13;		/* versions the cipher is defined for in the kernel */
	uint64_t max_records;		/* records one TLS 1.3 key may protect, RFC 8446 section 5.5; 0: no limit short of 2^64 - 1 */
	const char *kernel_since;	/* first kernel release with it */
};

/* Rows in the order of the kernel's numbers. NULL past the end. */
const struct tls_cipher *tls_cipher_at(size_t i);

/* NULL if the table has no such row. */
const struct tls_cipher *tls_cipher_by_kernel_type(uint16_t type);
const struct tls_cipher *tls_cipher_by_id(const char *id);

#endif
