/* SPDX-License-Identifier: MIT */
/* The cipher table. */
#include <string.h>

#include "base/attr.h"
#include "tls/cipher.h"

/*
 * Records that one key may protect before it has to change.
 *
 * GCM: RFC 8446 section 5.5 allows 2^24.5 full-size records; the next power of two below leaves room for those that are
 * under way while a KeyUpdate is prepared. The bound comes from the 128-bit block, so SM4 and ARIA share it.
 * CCM: RFC 8446 names no figure; RFC 9147 section 4.5.3 analyses the same construction (its CBC-MAC takes every block
 * through the cipher a second time) and allows 2^23.
 * ChaCha20-Poly1305: the sequence number would wrap before the limit is reached (RFC 8446 section 5.5).
 */
#define GCM_MAX_RECORDS (UINT64_C(1) << 24)
#define CCM_MAX_RECORDS (UINT64_C(1) << 23)

/* In the order of the kernel's numbers (linux/tls.h). */
static const struct tls_cipher ciphers[] = {
	{
		.name = "AES-128-GCM",
		.id = "aes-128-gcm",
		.evp = "AES-128-GCM",
		.kernel_aead = "gcm(aes)",
		.kernel_type = 51,
		.suite13 = 0x1301,
		.key_len = 16,
		.salt_len = 4,
		.kernel_iv_len = 8,
		.fixed_iv_len_12 = 4,
		.explicit_len_12 = 8,
		.tls12 = true,
		.tls13 = true,
		.max_records = GCM_MAX_RECORDS,
		.kernel_since = "4.13",
	},
	{
		.name = "AES-256-GCM",
		.id = "aes-256-gcm",
		.evp = "AES-256-GCM",
		.kernel_aead = "gcm(aes)",
		.kernel_type = 52,
		.suite13 = 0x1302,
		.key_len = 32,
		.salt_len = 4,
		.kernel_iv_len = 8,
		.fixed_iv_len_12 = 4,
		.explicit_len_12 = 8,
		.tls12 = true,
		.tls13 = true,
		.max_records = GCM_MAX_RECORDS,
		.kernel_since = "5.1",
	},
	{
		.name = "AES-128-CCM",
		.id = "aes-128-ccm",
		.evp = "AES-128-CCM",
		.kernel_aead = "ccm(aes)",
		.kernel_type = 53,
		.suite13 = 0x1304,
		.key_len = 16,
		.salt_len = 4,
		.kernel_iv_len = 8,
		.fixed_iv_len_12 = 4,
		.explicit_len_12 = 8,
		.tls12 = true,
		.tls13 = true,
		.max_records = CCM_MAX_RECORDS,
		.kernel_since = "5.2",
	},
	{
		.name = "ChaCha20-Poly1305",
		.id = "chacha20-poly1305",
		.evp = "ChaCha20-Poly1305",
		.kernel_aead = "rfc7539(chacha20,poly1305)",
		.kernel_type = 54,
		.suite13 = 0x1303,
		.key_len = 32,
		.salt_len = 0,
		.kernel_iv_len = 12,
		.fixed_iv_len_12 = 12,
		.explicit_len_12 = 0,
		.tls12 = true,
		.tls13 = true,
		.max_records = 0,
		.kernel_since = "5.11",
	},
	/* RFC 8998 defines SM4 for TLS 1.3 alone: the kernel would take it with 1.2, but no suite negotiates it there. */
	{
		.name = "SM4-GCM",
		.id = "sm4-gcm",
		.evp = "SM4-GCM",
		.kernel_aead = "gcm(sm4)",
		.kernel_type = 55,
		.suite13 = 0x00c6,
		.key_len = 16,
		.salt_len = 4,
		.kernel_iv_len = 8,
		.fixed_iv_len_12 = 4,
		.explicit_len_12 = 8,
		.tls12 = false,
		.tls13 = true,
		.max_records = GCM_MAX_RECORDS,
		.kernel_since = "5.16",
	},
	{
		.name = "SM4-CCM",
		.id = "sm4-ccm",
		.evp = "SM4-CCM",
		.kernel_aead = "ccm(sm4)",
		.kernel_type = 56,
		.suite13 = 0x00c7,
		.key_len = 16,
		.salt_len = 4,
		.kernel_iv_len = 8,
		.fixed_iv_len_12 = 4,
		.explicit_len_12 = 8,
		.tls12 = false,
		.tls13 = true,
		.max_records = CCM_MAX_RECORDS,
		.kernel_since = "5.16",
	},
	/* RFC 6209 defines ARIA for TLS 1.2; with 1.3 the kernel answers EINVAL. */
	{
		.name = "ARIA-128-GCM",
		.id = "aria-128-gcm",
		.evp = "ARIA-128-GCM",
		.kernel_aead = "gcm(aria)",
		.kernel_type = 57,
		.suite13 = 0,
		.key_len = 16,
		.salt_len = 4,
		.kernel_iv_len = 8,
		.fixed_iv_len_12 = 4,
		.explicit_len_12 = 8,
		.tls12 = true,
		.tls13 = false,
		.max_records = GCM_MAX_RECORDS,
		.kernel_since = "6.1",
	},
	{
		.name = "ARIA-256-GCM",
		.id = "aria-256-gcm",
		.evp = "ARIA-256-GCM",
		.kernel_aead = "gcm(aria)",
		.kernel_type = 58,
		.suite13 = 0,
		.key_len = 32,
		.salt_len = 4,
		.kernel_iv_len = 8,
		.fixed_iv_len_12 = 4,
		.explicit_len_12 = 8,
		.tls12 = true,
		.tls13 = false,
		.max_records = GCM_MAX_RECORDS,
		.kernel_since = "6.1",
	},
};

const struct tls_cipher *tls_cipher_at(size_t i)
{
	return i < ARRAY_SIZE(ciphers) ? &ciphers[i] : NULL;
}

const struct tls_cipher *tls_cipher_by_kernel_type(uint16_t type)
{
	for (size_t i = 0; i < ARRAY_SIZE(ciphers); i++)
		if (ciphers[i].kernel_type == type)
			return &ciphers[i];
	return NULL;
}

const struct tls_cipher *tls_cipher_by_id(const char *id)
{
	for (size_t i = 0; i < ARRAY_SIZE(ciphers); i++)
		if (strcmp(ciphers[i].id, id) == 0)
			return &ciphers[i];
	return NULL;
}
