/* SPDX-License-Identifier: MIT */
/* libcrypto as a crypter, as programs use it: EVP, one context for a key. */
#include <stdio.h>

#include <openssl/err.h>

#include "ktls-bench/crypter_kind.h"

static bool evp_seal_one(struct crypter *c, const struct crypter_job *job)
{
	EVP_CIPHER_CTX *ctx = c->evp;
	int n;

	return EVP_EncryptInit_ex(ctx, NULL, NULL, NULL, job->nonce) == 1 &&
	       EVP_EncryptUpdate(ctx, NULL, &n, job->aad, RECORD_AAD_LEN) == 1 &&
	       EVP_EncryptUpdate(ctx, job->out, &n, job->in, (int)job->len) == 1 &&
	       EVP_EncryptFinal_ex(ctx, job->out + job->len, &n) == 1 &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, KTLS_AEAD_TAG_LEN, job->out + job->len) == 1;
}

static bool evp_open_one(struct crypter *c, const struct crypter_job *job)
{
	EVP_CIPHER_CTX *ctx = c->evp;
	int n;

	return EVP_DecryptInit_ex(ctx, NULL, NULL, NULL, job->nonce) == 1 &&
	       EVP_DecryptUpdate(ctx, NULL, &n, job->aad, RECORD_AAD_LEN) == 1 &&
	       EVP_DecryptUpdate(ctx, job->out, &n, job->in, (int)job->len) == 1 &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, KTLS_AEAD_TAG_LEN, (void *)(job->in + job->len)) == 1 &&
	       EVP_DecryptFinal_ex(ctx, job->out + job->len, &n) == 1;
}

/* CCM wants the length before the AAD, has all in one call, and checks the tag there. */
static bool ccm_seal_one(struct crypter *c, const struct crypter_job *job)
{
	EVP_CIPHER_CTX *ctx = c->evp;
	int n;

	return EVP_EncryptInit_ex(ctx, NULL, NULL, NULL, job->nonce) == 1 &&
	       EVP_EncryptUpdate(ctx, NULL, &n, NULL, (int)job->len) == 1 &&
	       EVP_EncryptUpdate(ctx, NULL, &n, job->aad, RECORD_AAD_LEN) == 1 &&
	       EVP_EncryptUpdate(ctx, job->out, &n, job->in, (int)job->len) == 1 &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, KTLS_AEAD_TAG_LEN, job->out + job->len) == 1;
}

static bool ccm_open_one(struct crypter *c, const struct crypter_job *job)
{
	EVP_CIPHER_CTX *ctx = c->evp;
	int n;

	return EVP_DecryptInit_ex(ctx, NULL, NULL, NULL, job->nonce) == 1 &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, KTLS_AEAD_TAG_LEN, (void *)(job->in + job->len)) == 1 &&
	       EVP_DecryptUpdate(ctx, NULL, &n, NULL, (int)job->len) == 1 &&
	       EVP_DecryptUpdate(ctx, NULL, &n, job->aad, RECORD_AAD_LEN) == 1 &&
	       EVP_DecryptUpdate(ctx, job->out, &n, job->in, (int)job->len) == 1;
}

/* Lengths before the key: CCM has them in its first block. */
static bool set_key(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher, bool opens)
{
	const int enc = !opens;

	return EVP_CipherInit_ex(ctx, cipher, NULL, NULL, NULL, enc) == 1 &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, KTLS_AEAD_NONCE_LEN, NULL) == 1 &&
	       (EVP_CIPHER_get_mode(cipher) != EVP_CIPH_CCM_MODE ||
		EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, KTLS_AEAD_TAG_LEN, NULL) == 1) &&
	       EVP_CipherInit_ex(ctx, NULL, NULL, crypter_key, NULL, enc) == 1;
}

/* --- the loops ---------------------------------------------------------------------- */

/* A context of its own for each key, of a cipher that was looked up once: what a connection costs. */
CRYPTER_LOOP set_up_loop(crypter_one one, struct crypter *c, const struct pass *p, size_t n)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < n; i++) {
		EVP_CIPHER_CTX_free(c->evp);
		c->evp = EVP_CIPHER_CTX_new();
		c->seq = 0;
		ret = c->evp && set_key(c->evp, c->evp_cipher, false) ? crypter_seal_batches(one, c, p, 1) : -EIO;
	}
	return ret;
}

CRYPTER_LOOP rekey_loop(crypter_one one, struct crypter *c, const struct pass *p, size_t n)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < n; i++) {
		c->seq = 0;
		if (EVP_CipherInit_ex(c->evp, NULL, NULL, crypter_key, NULL, 1) != 1)
			return -EIO;
		ret = crypter_seal_batches(one, c, p, 1);
	}
	return ret;
}

/* All operations by the two functions of a kind of cipher. */
#define LOOPS(kind)                                                                                        \
	static int kind##_seal(struct crypter *c, const struct pass *p, size_t first, size_t n)            \
	{                                                                                                  \
		return crypter_loop(kind##_seal_one, c, p, first, n) ? -EIO : 0;                           \
	}                                                                                                  \
	static int kind##_open(struct crypter *c, const struct pass *p, size_t first, size_t n)            \
	{                                                                                                  \
		return crypter_loop(kind##_open_one, c, p, first, n);                                      \
	}                                                                                                  \
	static int kind##_seal_batches(struct crypter *c, const struct pass *p, size_t first, size_t n)    \
	{                                                                                                  \
		(void)first;                                                                               \
		return crypter_seal_batches(kind##_seal_one, c, p, n);                                     \
	}                                                                                                  \
	static int kind##_open_batches(struct crypter *c, const struct pass *p, size_t first, size_t n)    \
	{                                                                                                  \
		(void)first;                                                                               \
		return crypter_open_batches(kind##_open_one, c, p, n);                                     \
	}                                                                                                  \
	static int kind##_set_up(struct crypter *c, const struct pass *p, size_t first, size_t n)          \
	{                                                                                                  \
		(void)first;                                                                               \
		return set_up_loop(kind##_seal_one, c, p, n);                                              \
	}                                                                                                  \
	static int kind##_rekey(struct crypter *c, const struct pass *p, size_t first, size_t n)           \
	{                                                                                                  \
		(void)first;                                                                               \
		return rekey_loop(kind##_seal_one, c, p, n);                                               \
	}

LOOPS(evp)
LOOPS(ccm)

int crypter_new_evp(struct crypter *c, enum work work, char why[CARRIER_WHY_MAX])
{
	static int (*const runs[2][WORKS])(struct crypter *c, const struct pass *p, size_t first, size_t n) = {
		{ evp_seal, evp_open, evp_seal_batches, evp_open_batches, evp_set_up, evp_rekey },
		{ ccm_seal, ccm_open, ccm_seal_batches, ccm_open_batches, ccm_set_up, ccm_rekey },
	};
	int ret = 0;

	c->name = "libcrypto";
	c->evp_cipher = EVP_CIPHER_fetch(NULL, c->cipher, NULL);
	if (c->evp_cipher) {
		c->run = runs[EVP_CIPHER_get_mode(c->evp_cipher) == EVP_CIPH_CCM_MODE][work];
		c->evp = EVP_CIPHER_CTX_new();
		ret = c->evp && set_key(c->evp, c->evp_cipher, work_rows[work].opens) ? 0 : -EIO;
	} else {
		ret = -EOPNOTSUPP;
	}
	if (ret)
		snprintf(why, CARRIER_WHY_MAX, "%s",
			 c->evp_cipher ? "libcrypto fails" : "libcrypto has no such cipher");
	ERR_clear_error();
	return ret;
}
