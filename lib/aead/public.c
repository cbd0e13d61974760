/* SPDX-License-Identifier: MIT */
/* The AEAD as users of the library have it: ids and names instead of rows, and every length checked. */
#include <errno.h>

#include <ktls/aead.h>

#include "aead/leaf.h"
#include "tls/protocol.h"

_Static_assert((int)KTLS_AEAD_NONCE_LEN == (int)TLS_NONCE_LEN, "a nonce is a record's nonce");
_Static_assert((int)KTLS_AEAD_TAG_LEN == (int)TLS_TAG_LEN, "a tag is a record's tag");

/* A struct ktls_aead is the facade's struct aead under the name that the public header gives it. */
static struct aead *inner(struct ktls_aead *aead)
{
	return (struct aead *)aead;
}

int ktls_aead_leaf_at(size_t i, const char *cipher, struct ktls_aead_leaf_info *info)
{
	const struct tls_cipher *row = cipher ? tls_cipher_by_id(cipher) : NULL;
	const struct aead_leaf *leaf = aead_leaf_at(i);
	const char *why_not;

	if (cipher && !row)
		return -EPROTONOSUPPORT;
	if (!leaf)
		return -ENOENT;
	why_not = aead_leaf_why_not(leaf, row, 0);
	*info = (struct ktls_aead_leaf_info){
		.name = leaf->name,
		.usable = !why_not,
		.why_not = why_not ? why_not : "",
	};
	return 0;
}

static int new_by_name(struct aead **out, const struct tls_cipher *cipher, const char *name, const void *key,
		       size_t key_len)
{
	const struct aead_leaf *leaf = name ? aead_leaf_by_name(name) : NULL;

	if (name && !leaf)
		return -ENOENT;
	if (key_len != cipher->key_len)
		return -EINVAL;
	if (!leaf)
		return aead_new(out, cipher, key, 0);
	return aead_leaf_why_not(leaf, cipher, 0) ? -EOPNOTSUPP : aead_new_by(out, NULL, leaf, cipher, key);
}

int ktls_aead_new(struct ktls_aead **out, const char *cipher, const char *leaf, const void *key, size_t key_len)
{
	const struct tls_cipher *row = tls_cipher_by_id(cipher);
	struct aead *aead;
	int ret = row ? new_by_name(&aead, row, leaf, key, key_len) : -EPROTONOSUPPORT;

	if (!ret)
		*out = (struct ktls_aead *)aead;
	return ret;
}

void ktls_aead_free(struct ktls_aead *aead)
{
	aead_free(inner(aead));
}

const char *ktls_aead_leaf(const struct ktls_aead *aead)
{
	return aead_leaf((const struct aead *)aead);
}

/* Leaves trust what they are given: they have room for one block of AAD, and counters for so many blocks. */
static int run(int (*op)(struct aead *a, const struct aead_job *job), struct aead *a, const struct aead_job *job)
{
	if (job->aad_len > KTLS_AEAD_MAX_AAD_LEN)
		return -EINVAL;
	return job->len > KTLS_AEAD_MAX_LEN ? -EMSGSIZE : op(a, job);
}

int ktls_aead_seal(struct ktls_aead *aead, const uint8_t *nonce, const void *aad, size_t aad_len, const void *in,
		   size_t len, void *out)
{
	const struct aead_job job = {
		.nonce = nonce, .aad = aad, .aad_len = aad_len, .in = in, .len = len, .out = out,
	};

	return run(aead_seal, inner(aead), &job);
}

int ktls_aead_open(struct ktls_aead *aead, const uint8_t *nonce, const void *aad, size_t aad_len, const void *in,
		   size_t len, void *out)
{
	const struct aead_job job = {
		.nonce = nonce, .aad = aad, .aad_len = aad_len, .in = in, .len = len, .out = out,
	};

	return run(aead_open, inner(aead), &job);
}
