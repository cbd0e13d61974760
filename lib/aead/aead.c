/* SPDX-License-Identifier: MIT */
/* The facade: chooses a leaf once per key, and wipes what a wrong tag left. */
#include <errno.h>

#include "aead/cpu.h"
#include "aead/leaf.h"
#include "base/secret.h"

/* Behind it, in the same allocation, the leaf's context. */
struct aead {
	const struct aead_leaf *leaf;
	void *ctx;
};

enum {
	CTX_ALIGN = 64,
	HEAD_LEN = (sizeof(struct aead) + CTX_ALIGN - 1) / CTX_ALIGN * CTX_ALIGN,
};

/* Fastest first; the last one takes every cipher on every CPU. */
static const struct aead_leaf *const leaves[] = {
#if HAVE_AESNI
	&aead_leaf_aesni,
#endif
	&aead_leaf_evp,
};

static unsigned usable_features(unsigned feature_mask)
{
	unsigned features = cpu_features();

	if ((feature_mask | cpu_mask_from_env()) & AEAD_NO_AESNI)
		features &= ~(unsigned)CPU_AESNI;
	return features;
}

static const struct aead_leaf *choose_leaf(const struct tls_cipher *cipher, unsigned feature_mask)
{
	const unsigned features = usable_features(feature_mask);
	size_t i = 0;

	while (!leaves[i]->can(cipher, features))
		i++;
	return leaves[i];
}

int aead_new(struct aead **out, const struct tls_cipher *cipher, const uint8_t *key, unsigned feature_mask)
{
	const struct aead_leaf *leaf = choose_leaf(cipher, feature_mask);
	struct aead *a = secret_alloc(HEAD_LEN + leaf->ctx_len);
	int ret;

	if (!a)
		return -ENOMEM;
	a->leaf = leaf;
	a->ctx = (char *)a + HEAD_LEN;
	ret = leaf->init(a->ctx, cipher, key);
	if (ret) {
		aead_free(a);
		return ret;
	}
	*out = a;
	return 0;
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
