/* SPDX-License-Identifier: MIT */
/* A leaf of libktls as a crypter: by the AEAD, or by the record layer over it. */
#include <stdio.h>

#include "ktls-bench/crypter_kind.h"

static int leaf_seal(struct crypter *c, const struct pass *p, size_t first, size_t n)
{
	int ret = 0;

	for (size_t i = first; !ret && i < first + n; i++)
		ret = ktls_aead_seal(c->aead, pass_nonce(p, i), p->aad, RECORD_AAD_LEN, pass_in(p, i), p->size,
				     pass_out(p, i));
	return ret;
}

static int leaf_open(struct crypter *c, const struct pass *p, size_t first, size_t n)
{
	int ret = 0;

	for (size_t i = first; !ret && i < first + n; i++)
		ret = ktls_aead_open(c->aead, pass_nonce(p, i), p->aad, RECORD_AAD_LEN, pass_in(p, i), p->size,
				     pass_out(p, i));
	return ret;
}

static int leaf_seal_batches(struct crypter *c, const struct pass *p, size_t first, size_t n)
{
	const size_t len = p->batch * p->size;

	(void)first;
	for (size_t done = 0; done < n; done += p->batch) {
		size_t taken;
		const ssize_t ret = ktls_record_seal(c->record, KTLS_RECORD_DATA, p->in, len, p->size, p->out,
						     p->batch * p->stride, &taken);

		if (ret < 0 || taken != len)
			return ret < 0 ? (int)ret : -EIO;
	}
	return 0;
}

static int leaf_open_batches(struct crypter *c, const struct pass *p, size_t first, size_t n)
{
	(void)first;
	for (size_t done = 0; done < n; done += p->batch) {
		struct ktls_record_opened opened;
		int ret = ktls_record_seek(c->record, 0);

		if (!ret)
			ret = ktls_record_open(c->record, p->in, p->batch * p->stride, p->out, p->out_room, &opened);
		if (ret || opened.records != p->batch)
			return ret ? ret : -EBADMSG;
	}
	return 0;
}

static struct ktls_record_keys keys_of(const struct crypter *c)
{
	return (struct ktls_record_keys){
		.version = KTLS_RECORD_TLS_1_3,
		.cipher = c->cipher,
		.key = crypter_key,
		.key_len = c->key_len,
		.iv = records_iv,
		.iv_len = KTLS_AEAD_NONCE_LEN,
	};
}

/* As a connection has its keys, in a pool. */
static int leaf_set_up(struct crypter *c, const struct pass *p, size_t first, size_t n)
{
	const struct ktls_record_keys keys = keys_of(c);
	int ret = 0;

	(void)first;
	for (size_t i = 0; !ret && i < n; i++) {
		ktls_record_free(c->record);
		c->record = NULL;
		ret = ktls_record_new(&c->record, c->pool, KTLS_TX, c->name, &keys);
		if (!ret)
			ret = leaf_seal_batches(c, p, 0, 1);
	}
	return ret;
}

static int leaf_rekey(struct crypter *c, const struct pass *p, size_t first, size_t n)
{
	const struct ktls_record_keys keys = keys_of(c);
	int ret = 0;

	(void)first;
	for (size_t i = 0; !ret && i < n; i++) {
		ret = ktls_record_rekey(c->record, &keys);
		if (!ret)
			ret = leaf_seal_batches(c, p, 0, 1);
	}
	return ret;
}

static int new_record(struct crypter *c, const char *leaf, bool opens)
{
	const struct ktls_record_keys keys = keys_of(c);
	const int ret = ktls_record_pool_new(&c->pool);

	return ret ? ret : ktls_record_new(&c->record, c->pool, opens ? KTLS_RX : KTLS_TX, leaf, &keys);
}

static int why_not(const struct crypter *c, const char *leaf, char why[CARRIER_WHY_MAX])
{
	struct ktls_aead_leaf_info info;

	for (size_t i = 0; !ktls_aead_leaf_at(i, c->cipher, &info); i++)
		if (strcmp(info.name, leaf) == 0)
			snprintf(why, CARRIER_WHY_MAX, "%s", info.why_not);
	return -EOPNOTSUPP;
}

int crypter_new_leaf(struct crypter *c, const char *leaf, enum work work, char why[CARRIER_WHY_MAX])
{
	static int (*const runs[WORKS])(struct crypter *c, const struct pass *p, size_t first, size_t n) = {
		[WORK_SEAL] = leaf_seal, [WORK_OPEN] = leaf_open, [WORK_SEAL_BATCH] = leaf_seal_batches,
		[WORK_OPEN_BATCH] = leaf_open_batches, [WORK_SETUP] = leaf_set_up, [WORK_REKEY] = leaf_rekey,
	};
	int ret;

	c->run = runs[work];
	if (work_rows[work].is_batch)
		ret = new_record(c, leaf, work_rows[work].opens);
	else
		ret = ktls_aead_new(&c->aead, c->cipher, leaf, crypter_key, c->key_len);
	if (ret == -EOPNOTSUPP)
		return why_not(c, leaf, why);
	if (ret)
		snprintf(why, CARRIER_WHY_MAX, "the key was not taken: %s", strerror(-ret));
	else
		c->name = c->record ? ktls_record_leaf(c->record) : ktls_aead_leaf(c->aead);
	return ret;
}
