/* SPDX-License-Identifier: MIT */
/* What protects the records of one direction, and how it is derived. */
#ifndef KTLS_TLS_KEYS_H
#define KTLS_TLS_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "tls/cipher.h"
#include "tls/protocol.h"

enum tls_hash {
	TLS_HASH_SHA256,
	TLS_HASH_SHA384,
};

/* A TLS 1.3 traffic secret. len is 32 or 48. */
struct tls_secret {
	enum tls_hash hash;
	size_t len;
	uint8_t data[TLS_MAX_SECRET_LEN];
};

/*
 * Record protection state of one direction, as both the kernel and the engine take it.
 * iv: TLS 1.3 and ChaCha20: the 12-byte static IV. TLS 1.2 GCM/CCM: the first 4 bytes are the salt, the rest is 0.
 * explicit_nonce: TLS 1.2 GCM/CCM, sending only: the 8 bytes that go with the next record, counted up by one a record.
 * seq: sequence number of the next record.
 */
struct tls_keys {
	uint16_t version;
	const struct tls_cipher *cipher;
	uint8_t key[TLS_MAX_KEY_LEN];
	uint8_t iv[TLS_NONCE_LEN];
	uint8_t explicit_nonce[TLS_EXPLICIT_NONCE_LEN];
	uint64_t seq;
};

/*
 * HKDF-Expand-Label of RFC 8446 section 7.1 with an empty context. @label without the "tls13 " prefix.
 * @out_len: 1 … the length of the hash.
 * Errors: -EINVAL (sizes), -EIO (libcrypto refused). @out is written on success only.
 */
int tls13_expand_label(const struct tls_secret *secret, const char *label, uint8_t *out, size_t out_len);

/* Traffic key and IV of RFC 8446 section 7.3, with seq 0. Errors as above. */
int tls13_keys_from_secret(const struct tls_secret *secret, const struct tls_cipher *cipher, struct tls_keys *out);

/* application_traffic_secret_N+1, RFC 8446 section 7.2. @next may be @secret. */
int tls13_next_secret(const struct tls_secret *secret, struct tls_secret *next);

/*
 * Both directions' keys of the TLS 1.2 key block, RFC 5246 section 6.3, for AEAD suites. @master is 48 bytes, the
 * randoms are 32 each. seq and explicit_nonce are left 0: the caller knows them.
 */
int tls12_keys_from_master(enum tls_hash hash, const struct tls_cipher *cipher, const uint8_t *master,
			   const uint8_t *client_random, const uint8_t *server_random,
			   struct tls_keys *client_write, struct tls_keys *server_write);

#endif
