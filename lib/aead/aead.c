/* SPDX-License-Identifier: MIT */
/* The facade: chooses a leaf once per key, and wipes what a wrong tag left. */
#include <errno.h>
#include <string.h>

#include "aead/cpu.h"
#include "aead/leaf.h"
#include "base/attr.h"
#include "base/secret.h"

/* Behind it, in the same allocation, the leaf's context. */
struct aead {
	const struct aead_leaf *leaf;
	const struct tls_cipher *cipher;
	void *ctx;
};

enum {
	CTX_ALIGN = 64,
	HEAD_LEN = (sizeof(struct aead) + CTX_ALIGN - 1) / CTX_ALIGN * CTX_ALIGN,
};

/* Fastest first; the last one gets every cipher and CPU that the others leave, and says itself which it cannot. */
static const struct aead_leaf *const leaves[] = {
#if HAVE_VAES512
	&aead_leaf_vaes512,
#endif
#if HAVE_VAES256
	&aead_leaf_vaes256,
#endif
#if HAVE_AESNI
	&aead_leaf_aesni,
#endif
	&aead_leaf_evp,
};

static const struct aead_leaf *choose_leaf(const struct tls_cipher *cipher, unsigned feature_mask)
{
	const unsigned usable = cpu_usable(feature_mask);
	size_t i = 0;

	while (i + 1 < ARRAY_SIZE(leaves) && ((leaves[i]->needs & ~usable) || leaves[i]->lacks(cipher)))
		i++;
	return leaves[i];
}

const struct aead_leaf *aead_leaf_at(size_t i)
{
	return i < ARRAY_SIZE(leaves) ? leaves[i] : NULL;
}

const struct aead_leaf *aead_leaf_by_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(leaves); i++)
		if (strcmp(leaves[i]->name, name) == 0)
			return leaves[i];
	return NULL;
}

const char *aead_leaf_why_not(const struct aead_leaf *leaf, const struct tls_cipher *cipher, unsigned feature_mask)
{
	const char *why = cipher ? leaf->lacks(cipher) : NULL;

	return why ? why : cpu_why_not(leaf->needs, cpu_features(), cpu_usable(feature_mask));
}

static int make(struct aead **out, struct secret_pool *pool, const struct aead_leaf *leaf, const struct tls_cipher *cipher,
		const uint8_t *key)
{
	struct aead *a = secret_pool_alloc(pool, HEAD_LEN + leaf->ctx_len);
	int ret;

	if (!a)
		return -ENOMEM;
	a->leaf = leaf;
	a->cipher = cipher;
	a->ctx = (char *)a + HEAD_LEN;
	ret = leaf->init(a->ctx, cipher, key);
	if (ret) {
		aead_free(a);
		return ret;
	}
	*out = a;
	return 0;
}

int aead_new(struct aead **out, const struct tls_cipher *cipher, const uint8_t *key, unsigned feature_mask)
{
	return aead_new_in(out, NULL, cipher, key, feature_mask);
}

int aead_new_in(struct aead **out, struct secret_pool *pool, const struct tls_cipher *cipher, const uint8_t *key,
		unsigned feature_mask)
{
	return make(out, pool, choose_leaf(cipher, feature_mask), cipher, key);
}

int aead_new_by(struct aead **out, struct secret_pool *pool, const struct aead_leaf *leaf, const struct tls_cipher *cipher,
		const uint8_t *key)
{
	return make(out, pool, leaf, cipher, key);
}

int aead_rekey(struct aead *a, const struct tls_cipher *cipher, const uint8_t *key)
{
	if (a->leaf->clear)
		a->leaf->clear(a->ctx);
	secret_wipe(a->ctx, a->leaf->ctx_len);
	return cipher == a->cipher ? a->leaf->init(a->ctx, cipher, key) : -ENOTSUP;
}

void aead_free(struct aead *a)
{
	if (!a)
		return;
	if (a->leaf->clear)
		a->leaf->clear(a->ctx);
	secret_free(a);
}

int aead_seal(struct aead *a, const struct aead_job *job)
{
	return a->leaf->seal(a->ctx, job);
}

int aead_open(struct aead *a, const struct aead_job *job)
{
	int ret = a->leaf->open(a->ctx, job);

	if (ret)
		secret_wipe(job->out, job->len);
	return ret;
}

const char *aead_leaf(const struct aead *a)
{
	return a->leaf->name;
}

const char *aead_leaf_for(const struct tls_cipher *cipher, unsigned feature_mask)
{
	return choose_leaf(cipher, feature_mask)->name;
}
