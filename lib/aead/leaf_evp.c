/* SPDX-License-Identifier: MIT */
/* The leaf for every cipher and every CPU: libcrypto's EVP with one context per key. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "aead/leaf.h"
#include "base/attr.h"
#include "base/secret.h"
#include "tls/protocol.h"

/* EVP counts in int. */
#define EVP_MAX_CHUNK ((size_t)1 << 30)

struct evp {
	EVP_CIPHER_CTX *ctx;
	bool is_ccm;
	int enc;			/* 1 if ctx is set up for sealing, 0 for opening */
	uint8_t key[TLS_MAX_KEY_LEN];
};

static const char *evp_lacks(const struct tls_cipher *cipher)
{
	EVP_CIPHER *evp;
	bool found;

	ERR_set_mark();
	evp = EVP_CIPHER_fetch(NULL, cipher->evp, NULL);
	found = evp != NULL;
	EVP_CIPHER_free(evp);
	ERR_pop_to_mark();
	return found ? NULL : "libcrypto has no such cipher";
}

static int set_key(struct evp *e, const EVP_CIPHER *cipher)
{
	e->is_ccm = EVP_CIPHER_get_mode(cipher) == EVP_CIPH_CCM_MODE;
	e->ctx = EVP_CIPHER_CTX_new();
	if (!e->ctx)
		return -ENOMEM;
	/* CCM takes both lengths before the key: they are part of its first block. */
	if (EVP_CipherInit_ex(e->ctx, cipher, NULL, NULL, NULL, 1) != 1 ||
	    EVP_CIPHER_CTX_ctrl(e->ctx, EVP_CTRL_AEAD_SET_IVLEN, TLS_NONCE_LEN, NULL) != 1 ||
	    (e->is_ccm && EVP_CIPHER_CTX_ctrl(e->ctx, EVP_CTRL_AEAD_SET_TAG, TLS_TAG_LEN, NULL) != 1) ||
	    EVP_CipherInit_ex(e->ctx, NULL, NULL, e->key, NULL, 1) != 1)
		return -EIO;
	e->enc = 1;
	return 0;
}

static int evp_init(void *ctx, const struct tls_cipher *cipher, const uint8_t *key)
{
	struct evp *e = ctx;
	EVP_CIPHER *evp;
	int ret = -ENOTSUP;

	memcpy(e->key, key, cipher->key_len);
	/* The caller's error queue is not ours to fill. */
	ERR_set_mark();
	evp = EVP_CIPHER_fetch(NULL, cipher->evp, NULL);
	if (evp)
		ret = set_key(e, evp);
	EVP_CIPHER_free(evp);
	ERR_pop_to_mark();
	return ret;
}

static void evp_clear(void *ctx)
{
	struct evp *e = ctx;

	EVP_CIPHER_CTX_free(e->ctx);
	e->ctx = NULL;
}

/* libcrypto's CCM binds the direction to the key; one that always goes the same way pays for it once. */
static bool start(struct evp *e, const uint8_t *nonce, int enc)
{
	const uint8_t *key = e->enc == enc ? NULL : e->key;

	if (EVP_CipherInit_ex(e->ctx, NULL, NULL, key, nonce, enc) != 1)
		return false;
	e->enc = enc;
	return true;
}

/* What EVP_CIPHER_CTX_ctrl() would make of its arguments anew for each record. */
static bool get_tag(struct evp *e, uint8_t *tag)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, TLS_TAG_LEN),
		OSSL_PARAM_END,
	};

	return EVP_CIPHER_CTX_get_params(e->ctx, params) == 1;
}

static bool set_tag(struct evp *e, const uint8_t *tag)
{
	uint8_t copy[TLS_TAG_LEN];
	const OSSL_PARAM params[] = {
		OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, copy, sizeof(copy)),
		OSSL_PARAM_END,
	};

	/* libcrypto takes it without const. */
	memcpy(copy, tag, sizeof(copy));
	return EVP_CIPHER_CTX_set_params(e->ctx, params) == 1;
}

static bool update(struct evp *e, uint8_t *out, const uint8_t *in, size_t len)
{
	int done;

	while (len) {
		const size_t chunk = MIN(len, EVP_MAX_CHUNK);

		if (EVP_CipherUpdate(e->ctx, out, &done, in, (int)chunk) != 1)
			return false;
		if (out)
			out += chunk;
		in += chunk;
		len -= chunk;
	}
	return true;
}

/* CCM: total length first, then AAD, then all of the data in one call, an empty one too: that call makes the tag. */
static bool ccm_crypt(struct evp *e, const struct aead_job *job, uint8_t *out, const uint8_t *in, size_t len)
{
	int done;

	return len <= EVP_MAX_CHUNK &&
	       EVP_CipherUpdate(e->ctx, NULL, &done, NULL, (int)len) == 1 &&
	       update(e, NULL, job->aad, job->aad_len) &&
	       EVP_CipherUpdate(e->ctx, out, &done, in, (int)len) == 1;
}

/* A tail needs the payload in front of it for one call; the output has room for both. */
static bool ccm_seal(struct evp *e, const struct aead_job *job)
{
	if (!job->tail_len)
		return ccm_crypt(e, job, job->out, job->len ? job->in : job->out, job->len);
	if (job->len && job->out != job->in)
		memcpy(job->out, job->in, job->len);
	job->out[job->len] = job->tail;
	return ccm_crypt(e, job, job->out, job->out, job->len + job->tail_len);
}

static bool stream_seal(struct evp *e, const struct aead_job *job)
{
	uint8_t *end = job->out + job->len;
	int done;

	return update(e, NULL, job->aad, job->aad_len) &&
	       update(e, job->out, job->in, job->len) &&
	       update(e, end, &job->tail, job->tail_len) &&
	       EVP_CipherFinal_ex(e->ctx, end + job->tail_len, &done) == 1;
}

/*
 * The caller's error queue is not ours to fill. It is empty as a rule, and cannot be marked then: there is nothing to go back
 * to, and no second call to pay for.
 */
static bool mark_errors(void)
{
	return ERR_set_mark() == 1;
}

static void drop_errors(bool marked, bool ok)
{
	if (marked)
		ERR_pop_to_mark();
	else if (!ok)
		ERR_clear_error();
}

static int evp_seal(void *ctx, const struct aead_job *job)
{
	struct evp *e = ctx;
	const size_t len = job->len + job->tail_len;
	const bool marked = mark_errors();
	const bool ok = start(e, job->nonce, 1) && (e->is_ccm ? ccm_seal(e, job) : stream_seal(e, job)) &&
			get_tag(e, job->out + len);

	drop_errors(marked, ok);
	if (ok)
		return 0;
	/* CCM has put the plaintext there. */
	secret_wipe(job->out, len);
	return -EIO;
}

/* Both report a wrong tag by the same bare failure as everything else; it is what fails here in practice. */
static int check_open(bool ok)
{
	return ok ? 0 : -EBADMSG;
}

static int stream_open(struct evp *e, const struct aead_job *job)
{
	uint8_t none[TLS_TAG_LEN];
	int done;

	if (!update(e, NULL, job->aad, job->aad_len) || !update(e, job->out, job->in, job->len))
		return -EIO;
	return check_open(EVP_CipherFinal_ex(e->ctx, none, &done) == 1);
}

/* With nothing to open there may be no output at all, and libcrypto wants some. */
static int ccm_open(struct evp *e, const struct aead_job *job)
{
	uint8_t none[TLS_TAG_LEN];

	return check_open(ccm_crypt(e, job, job->len ? job->out : none, job->in, job->len));
}

static int evp_open(void *ctx, const struct aead_job *job)
{
	struct evp *e = ctx;
	const bool marked = mark_errors();
	int ret = -EIO;

	if (start(e, job->nonce, 0) && set_tag(e, job->in + job->len))
		ret = e->is_ccm ? ccm_open(e, job) : stream_open(e, job);
	drop_errors(marked, !ret);
	return ret;
}

const struct aead_leaf aead_leaf_evp = {
	.name = "evp",
	.ctx_len = sizeof(struct evp),
	.lacks = evp_lacks,
	.init = evp_init,
	.clear = evp_clear,
	.seal = evp_seal,
	.open = evp_open,
};
