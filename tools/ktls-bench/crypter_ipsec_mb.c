/* SPDX-License-Identifier: MIT */
/*
 * IPsec-MB as a crypter: its AES-GCM by the call that has all of a record, and its user's part of opening: the tag's
 * comparison.
 */
#include <stdio.h>
#include <stdlib.h>

#include <openssl/crypto.h>

#include "ktls-bench/crypter_kind.h"

enum {
	ALIGN = 64,	/* of its struct gcm_key_data */
};

static inline bool seal_one(struct crypter *c, const struct crypter_job *job)
{
	c->gcm.seal(c->key_data, c->context, job->out, job->in, job->len, job->nonce, job->aad, RECORD_AAD_LEN,
		    job->out + job->len, KTLS_AEAD_TAG_LEN);
	return true;
}

/* In constant time, as a user would have to; by hand, since a call would be dear where a record takes fifty cycles. */
static inline bool is_same_tag(const uint8_t *a, const uint8_t *b)
{
	uint64_t x[2], y[2];

	memcpy(x, a, sizeof(x));
	memcpy(y, b, sizeof(y));
	return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
}

static inline bool open_one(struct crypter *c, const struct crypter_job *job)
{
	uint8_t tag[KTLS_AEAD_TAG_LEN], in_record[KTLS_AEAD_TAG_LEN];

	/* In place nothing lies behind what is written, but the order of both is the library's. */
	memcpy(in_record, job->in + job->len, sizeof(in_record));
	c->gcm.open(c->key_data, c->context, job->out, job->in, job->len, job->nonce, job->aad, RECORD_AAD_LEN, tag,
		    KTLS_AEAD_TAG_LEN);
	if (is_same_tag(tag, in_record))
		return true;
	OPENSSL_cleanse(job->out, job->len);
	return false;
}

static int seal(struct crypter *c, const struct pass *p, size_t first, size_t n)
{
	return crypter_loop(seal_one, c, p, first, n);
}

static int open(struct crypter *c, const struct pass *p, size_t first, size_t n)
{
	return crypter_loop(open_one, c, p, first, n);
}

static int seal_batches(struct crypter *c, const struct pass *p, size_t first, size_t n)
{
	(void)first;
	return crypter_seal_batches(seal_one, c, p, n);
}

static int open_batches(struct crypter *c, const struct pass *p, size_t first, size_t n)
{
	(void)first;
	return crypter_open_batches(open_one, c, p, n);
}

/* Its memory is the caller's: a key is made where the one before was, and nothing else is set up. */
static int rekey(struct crypter *c, const struct pass *p, size_t first, size_t n)
{
	(void)first;
	for (size_t i = 0; i < n; i++) {
		c->seq = 0;
		c->gcm.pre(crypter_key, c->key_data);
		crypter_seal_batches(seal_one, c, p, 1);
	}
	return 0;
}

static bool is_gcm(const char *cipher)
{
	return strstr(cipher, "-gcm");
}

int crypter_new_ipsec_mb(struct crypter *c, const struct crypter_who *who, enum work work, char why[CARRIER_WHY_MAX])
{
	static int (*const runs[WORKS])(struct crypter *c, const struct pass *p, size_t first, size_t n) = {
		[WORK_SEAL] = seal, [WORK_OPEN] = open, [WORK_SEAL_BATCH] = seal_batches,
		[WORK_OPEN_BATCH] = open_batches, [WORK_SETUP] = rekey, [WORK_REKEY] = rekey,
	};

	c->name = "ipsec-mb";
	c->run = runs[work];
	if (!is_gcm(c->cipher)) {
		snprintf(why, CARRIER_WHY_MAX, "it is compared with in AES-GCM alone");
		return -EOPNOTSUPP;
	}
	if (ipsec_mb_find(who->lib, who->set, 8 * c->key_len, &c->gcm, why, CARRIER_WHY_MAX))
		return -EOPNOTSUPP;
	c->key_data = aligned_alloc(ALIGN, IPSEC_MB_KEY_ROOM);
	c->context = aligned_alloc(ALIGN, IPSEC_MB_CONTEXT_ROOM);
	if (!c->key_data || !c->context) {
		snprintf(why, CARRIER_WHY_MAX, "out of memory");
		return -ENOMEM;
	}
	c->gcm.pre(crypter_key, c->key_data);
	return 0;
}
