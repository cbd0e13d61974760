/* SPDX-License-Identifier: MIT */
/* The key schedules of TLS 1.3 (RFC 8446 section 7) and TLS 1.2 (RFC 5246 section 6.3), over libcrypto's HMAC and PRF. */
#include <errno.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "base/secret.h"
#include "tls/keys.h"

enum {
	LABEL_MAX = 255,		/* RFC 8446 section 7.1: opaque label<7..255> */
	HKDF_LABEL_MAX = 2 + 1 + LABEL_MAX + 1,
	MASTER_LEN = 48,
	RANDOM_LEN = 32,
	KEY_BLOCK_MAX = 2 * (TLS_MAX_KEY_LEN + TLS_NONCE_LEN),
};

static const struct {
	const char *digest;
	size_t len;
} hashes[] = {
	[TLS_HASH_SHA256] = { "SHA256", 32 },
	[TLS_HASH_SHA384] = { "SHA384", 48 },
};

static bool hash_is_known(enum tls_hash hash)
{
	return hash == TLS_HASH_SHA256 || hash == TLS_HASH_SHA384;
}

/* struct HkdfLabel of RFC 8446 section 7.1 with an empty context. Returns its length, 0 if the label is too long. */
static size_t hkdf_label(const char *label, size_t out_len, uint8_t info[HKDF_LABEL_MAX])
{
	static const char prefix[] = "tls13 ";
	size_t prefix_len = sizeof(prefix) - 1;
	size_t label_len = strlen(label);

	if (label_len > LABEL_MAX - prefix_len)
		return 0;
	store_be16(info, (uint16_t)out_len);
	info[2] = (uint8_t)(prefix_len + label_len);
	memcpy(info + 3, prefix, prefix_len);
	memcpy(info + 3 + prefix_len, label, label_len);
	info[3 + prefix_len + label_len] = 0;
	return 3 + prefix_len + label_len + 1;
}

/* HMAC with the hash of a secret, still without a key. NULL when libcrypto fails. */
static EVP_MAC_CTX *hmac_new(enum tls_hash hash)
{
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)hashes[hash].digest, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
	EVP_MAC_CTX *ctx = hmac ? EVP_MAC_CTX_new(hmac) : NULL;

	EVP_MAC_free(hmac);
	if (ctx && EVP_MAC_CTX_set_params(ctx, params) == 1)
		return ctx;
	EVP_MAC_CTX_free(ctx);
	return NULL;
}

/*
 * The first block of HKDF-Expand (RFC 5869 section 2.3), T(1) = HMAC(secret, info | 0x01), which is all that TLS 1.3 ever asks for.
 * libcrypto's HKDF would fetch its HMAC and its hash anew for each of the two or three results that a secret has.
 */
static int expand(EVP_MAC_CTX *ctx, const struct tls_secret *secret, const char *label, uint8_t *out, size_t out_len)
{
	uint8_t info[HKDF_LABEL_MAX + 1];
	uint8_t block[TLS_MAX_SECRET_LEN];
	const size_t info_len = hkdf_label(label, out_len, info);
	size_t len;
	int ret = -EIO;

	if (!info_len || out_len == 0 || out_len > secret->len)
		return -EINVAL;
	info[info_len] = 1;
	if (EVP_MAC_init(ctx, secret->data, secret->len, NULL) == 1 && EVP_MAC_update(ctx, info, info_len + 1) == 1 &&
	    EVP_MAC_final(ctx, block, &len, sizeof(block)) == 1 && len == secret->len) {
		memcpy(out, block, out_len);
		ret = 0;
	}
	secret_wipe(block, sizeof(block));
	return ret;
}

/* What is derived from a secret, one label each. */
struct result {
	const char *label;
	uint8_t *out;
	size_t len;
};

static int expand_all(const struct tls_secret *secret, const struct result *results, size_t n)
{
	EVP_MAC_CTX *ctx;
	int ret;

	if (!hash_is_known(secret->hash) || secret->len != hashes[secret->hash].len)
		return -EINVAL;
	ERR_set_mark();
	ctx = hmac_new(secret->hash);
	ret = ctx ? 0 : -EIO;
	for (size_t i = 0; i < n && !ret; i++)
		ret = expand(ctx, secret, results[i].label, results[i].out, results[i].len);
	EVP_MAC_CTX_free(ctx);
	ERR_pop_to_mark();
	return ret;
}

int tls13_expand_label(const struct tls_secret *secret, const char *label, uint8_t *out, size_t out_len)
{
	const struct result result = { label, out, out_len };

	return expand_all(secret, &result, 1);
}

int tls13_keys_from_secret(const struct tls_secret *secret, const struct tls_cipher *cipher, struct tls_keys *out)
{
	struct tls_keys keys = { .version = TLS_1_3, .cipher = cipher };
	const struct result results[] = {
		{ "key", keys.key, cipher->key_len },
		{ "iv", keys.iv, sizeof(keys.iv) },
	};
	int ret = cipher->tls13 ? expand_all(secret, results, ARRAY_SIZE(results)) : -EINVAL;

	if (!ret)
		*out = keys;
	secret_wipe(&keys, sizeof(keys));
	return ret;
}

int tls13_next_secret(const struct tls_secret *secret, struct tls_secret *next)
{
	struct tls_secret s = { .hash = secret->hash, .len = secret->len };
	int ret = tls13_expand_label(secret, "traffic upd", s.data, secret->len);

	if (!ret)
		*next = s;
	secret_wipe(&s, sizeof(s));
	return ret;
}

/* One derivation. The caller's errors in libcrypto's queue stay; ours do not. */
static int prf_derive(const OSSL_PARAM *params, uint8_t *out, size_t out_len)
{
	EVP_KDF_CTX *ctx = NULL;
	EVP_KDF *kdf;
	int ret = -EIO;

	ERR_set_mark();
	kdf = EVP_KDF_fetch(NULL, OSSL_KDF_NAME_TLS1_PRF, NULL);
	if (!kdf)
		goto out;
	ctx = EVP_KDF_CTX_new(kdf);
	if (ctx && EVP_KDF_derive(ctx, out, out_len, params) == 1)
		ret = 0;
out:
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	ERR_pop_to_mark();
	return ret;
}

/* RFC 5246 section 6.3: PRF(master_secret, "key expansion", server_random + client_random). */
static int tls12_key_block(enum tls_hash hash, const uint8_t *master, const uint8_t *client_random,
			   const uint8_t *server_random, uint8_t *block, size_t block_len)
{
	static const char label[] = "key expansion";
	size_t label_len = sizeof(label) - 1;
	uint8_t seed[sizeof(label) - 1 + 2 * RANDOM_LEN];
	OSSL_PARAM params[4];

	memcpy(seed, label, label_len);
	memcpy(seed + label_len, server_random, RANDOM_LEN);
	memcpy(seed + label_len + RANDOM_LEN, client_random, RANDOM_LEN);
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)hashes[hash].digest, 0);
	params[1] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, (void *)master, MASTER_LEN);
	params[2] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, seed, sizeof(seed));
	params[3] = OSSL_PARAM_construct_end();
	return prf_derive(params, block, block_len);
}

static void keys_from_block(const struct tls_cipher *cipher, const uint8_t *key, const uint8_t *iv, struct tls_keys *out)
{
	memset(out, 0, sizeof(*out));
	out->version = TLS_1_2;
	out->cipher = cipher;
	memcpy(out->key, key, cipher->key_len);
	memcpy(out->iv, iv, cipher->fixed_iv_len_12);
}

int tls12_keys_from_master(enum tls_hash hash, const struct tls_cipher *cipher, const uint8_t *master,
			   const uint8_t *client_random, const uint8_t *server_random,
			   struct tls_keys *client_write, struct tls_keys *server_write)
{
	uint8_t block[KEY_BLOCK_MAX];
	size_t key_len = cipher->key_len, iv_len = cipher->fixed_iv_len_12;
	const uint8_t *ivs = block + 2 * key_len;
	int ret;

	if (!hash_is_known(hash) || !cipher->tls12)
		return -EINVAL;
	ret = tls12_key_block(hash, master, client_random, server_random, block, 2 * (key_len + iv_len));
	/* An AEAD has no MAC keys: client key, server key, client IV, server IV. */
	if (!ret) {
		keys_from_block(cipher, block, ivs, client_write);
		keys_from_block(cipher, block + key_len, ivs + iv_len, server_write);
	}
	secret_wipe(block, sizeof(block));
	return ret;
}
