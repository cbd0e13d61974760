/* SPDX-License-Identifier: MIT */
/* Who seals or opens records: a leaf of libktls, or libcrypto by itself, with one key, and for one of both. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include <ktls/aead.h>
#include <ktls/probe.h>

#include "ktls-bench/crypter.h"
#include "ktls-bench/records.h"

struct crypter {
	/* A loop of its own for each, so that nothing stands between it and the calls that are measured. */
	int (*run)(struct crypter *c, const struct pass *p, size_t first, size_t n);
	struct ktls_aead *leaf;		/* NULL: libcrypto */
	EVP_CIPHER_CTX *evp;
};

/* Public, as the data: nothing of it is worth hiding. */
static const uint8_t key[32] = "0123456789abcdefghijklmnopqrstu";

/* --- a leaf --------------------------------------------------------------------- */

static int leaf_seal(struct crypter *c, const struct pass *p, size_t first, size_t n)
{
	int ret = 0;

	for (size_t i = first; !ret && i < first + n; i++)
		ret = ktls_aead_seal(c->leaf, pass_nonce(p, i), p->aad, RECORD_AAD_LEN, pass_in(p, i), p->size, pass_out(p, i));
	return ret;
}

static int leaf_open(struct crypter *c, const struct pass *p, size_t first, size_t n)
{
	int ret = 0;

	for (size_t i = first; !ret && i < first + n; i++)
		ret = ktls_aead_open(c->leaf, pass_nonce(p, i), p->aad, RECORD_AAD_LEN, pass_in(p, i), p->size, pass_out(p, i));
	return ret;
}

static int why_not(const char *leaf, const char *cipher, char why[CARRIER_WHY_MAX])
{
	struct ktls_aead_leaf_info info;

	for (size_t i = 0; !ktls_aead_leaf_at(i, cipher, &info); i++)
		if (strcmp(info.name, leaf) == 0)
			snprintf(why, CARRIER_WHY_MAX, "%s", info.why_not);
	return -EOPNOTSUPP;
}

static int new_leaf(struct crypter *c, const char *leaf, const char *cipher, size_t key_len, bool opens, char why[CARRIER_WHY_MAX])
{
	const int ret = ktls_aead_new(&c->leaf, cipher, leaf, key, key_len);

	c->run = opens ? leaf_open : leaf_seal;
	if (ret == -EOPNOTSUPP)
		return why_not(leaf, cipher, why);
	if (ret)
		snprintf(why, CARRIER_WHY_MAX, "the key was not taken: %s", strerror(-ret));
	return ret;
}

/* --- libcrypto, as programs use it -------------------------------------------------- */

static bool evp_seal_one(EVP_CIPHER_CTX *ctx, const struct pass *p, size_t i)
{
	uint8_t *out = pass_out(p, i);
	int n;

	return EVP_EncryptInit_ex(ctx, NULL, NULL, NULL, pass_nonce(p, i)) == 1 &&
	       EVP_EncryptUpdate(ctx, NULL, &n, p->aad, RECORD_AAD_LEN) == 1 &&
	       EVP_EncryptUpdate(ctx, out, &n, pass_in(p, i), (int)p->size) == 1 && EVP_EncryptFinal_ex(ctx, out + p->size, &n) == 1 &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, KTLS_AEAD_TAG_LEN, out + p->size) == 1;
}

static bool evp_open_one(EVP_CIPHER_CTX *ctx, const struct pass *p, size_t i)
{
	uint8_t *in = pass_in(p, i), *out = pass_out(p, i);
	int n;

	return EVP_DecryptInit_ex(ctx, NULL, NULL, NULL, pass_nonce(p, i)) == 1 &&
	       EVP_DecryptUpdate(ctx, NULL, &n, p->aad, RECORD_AAD_LEN) == 1 &&
	       EVP_DecryptUpdate(ctx, out, &n, in, (int)p->size) == 1 &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, KTLS_AEAD_TAG_LEN, in + p->size) == 1 &&
	       EVP_DecryptFinal_ex(ctx, out + p->size, &n) == 1;
}

/* CCM wants the length before the AAD, has all in one call, and checks the tag there. */
static bool ccm_seal_one(EVP_CIPHER_CTX *ctx, const struct pass *p, size_t i)
{
	uint8_t *out = pass_out(p, i);
	int n;

	return EVP_EncryptInit_ex(ctx, NULL, NULL, NULL, pass_nonce(p, i)) == 1 &&
	       EVP_EncryptUpdate(ctx, NULL, &n, NULL, (int)p->size) == 1 &&
	       EVP_EncryptUpdate(ctx, NULL, &n, p->aad, RECORD_AAD_LEN) == 1 &&
	       EVP_EncryptUpdate(ctx, out, &n, pass_in(p, i), (int)p->size) == 1 &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, KTLS_AEAD_TAG_LEN, out + p->size) == 1;
}

static bool ccm_open_one(EVP_CIPHER_CTX *ctx, const struct pass *p, size_t i)
{
	uint8_t *in = pass_in(p, i);
	int n;

	return EVP_DecryptInit_ex(ctx, NULL, NULL, NULL, pass_nonce(p, i)) == 1 &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, KTLS_AEAD_TAG_LEN, in + p->size) == 1 &&
	       EVP_DecryptUpdate(ctx, NULL, &n, NULL, (int)p->size) == 1 &&
	       EVP_DecryptUpdate(ctx, NULL, &n, p->aad, RECORD_AAD_LEN) == 1 &&
	       EVP_DecryptUpdate(ctx, pass_out(p, i), &n, in, (int)p->size) == 1;
}

static int evp_loop(bool (*one)(EVP_CIPHER_CTX *ctx, const struct pass *p, size_t i), struct crypter *c, const struct pass *p,
		    size_t first, size_t n)
{
	bool ok = true;

	for (size_t i = first; ok && i < first + n; i++)
		ok = one(c->evp, p, i);
	return ok ? 0 : -EBADMSG;
}

static int evp_seal(struct crypter *c, const struct pass *p, size_t first, size_t n)
{
	return evp_loop(evp_seal_one, c, p, first, n) ? -EIO : 0;
}

static int evp_open(struct crypter *c, const struct pass *p, size_t first, size_t n)
{
	return evp_loop(evp_open_one, c, p, first, n);
}

static int ccm_seal(struct crypter *c, const struct pass *p, size_t first, size_t n)
{
	return evp_loop(ccm_seal_one, c, p, first, n) ? -EIO : 0;
}

static int ccm_open(struct crypter *c, const struct pass *p, size_t first, size_t n)
{
	return evp_loop(ccm_open_one, c, p, first, n);
}

/* Lengths before the key: CCM has them in its first block. */
static bool set_key(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher, bool opens)
{
	const int enc = !opens;

	return EVP_CipherInit_ex(ctx, cipher, NULL, NULL, NULL, enc) == 1 &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, KTLS_AEAD_NONCE_LEN, NULL) == 1 &&
	       (EVP_CIPHER_get_mode(cipher) != EVP_CIPH_CCM_MODE ||
		EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, KTLS_AEAD_TAG_LEN, NULL) == 1) &&
	       EVP_CipherInit_ex(ctx, NULL, NULL, key, NULL, enc) == 1;
}

static int new_evp(struct crypter *c, const char *name, bool opens, char why[CARRIER_WHY_MAX])
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
	const bool is_ccm = cipher && EVP_CIPHER_get_mode(cipher) == EVP_CIPH_CCM_MODE;
	int ret = 0;

	c->evp = EVP_CIPHER_CTX_new();
	c->run = is_ccm ? (opens ? ccm_open : ccm_seal) : (opens ? evp_open : evp_seal);
	if (!c->evp || (cipher && !set_key(c->evp, cipher, opens)))
		ret = -EIO;
	if (!cipher)
		ret = -EOPNOTSUPP;
	if (ret)
		snprintf(why, CARRIER_WHY_MAX, "%s", cipher ? "libcrypto fails" : "libcrypto has no such cipher");
	EVP_CIPHER_free(cipher);
	ERR_clear_error();
	return ret;
}

/* -------------------------------------------------------------------------------- */

static size_t key_len_of(const char *cipher)
{
	struct ktls_cipher_info info;

	for (size_t i = 0; !ktls_cipher_at(i, &info); i++)
		if (strcmp(info.id, cipher) == 0)
			return info.key_bits / 8;
	return 0;
}

int crypter_new(struct crypter **out, const char *leaf, const char *cipher, bool opens, char why[CARRIER_WHY_MAX])
{
	struct crypter *c = calloc(1, sizeof(*c));
	int ret;

	if (!c) {
		snprintf(why, CARRIER_WHY_MAX, "out of memory");
		return -ENOMEM;
	}
	ret = leaf ? new_leaf(c, leaf, cipher, key_len_of(cipher), opens, why) : new_evp(c, cipher, opens, why);
	if (ret) {
		crypter_free(c);
		return ret;
	}
	*out = c;
	return 0;
}

void crypter_free(struct crypter *c)
{
	if (!c)
		return;
	ktls_aead_free(c->leaf);
	EVP_CIPHER_CTX_free(c->evp);
	free(c);
}

int crypter_run(struct crypter *c, const struct pass *p, size_t first, size_t n)
{
	const int ret = c->run(c, p, first, n);

	if (ret)
		ERR_clear_error();
	return ret;
}

const char *crypter_name(const struct crypter *c)
{
	return c->leaf ? ktls_aead_leaf(c->leaf) : "libcrypto";
}
