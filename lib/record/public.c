/* SPDX-License-Identifier: MIT */
/*
 * The record layer as users of the library have it: ids and names instead of rows, one direction a handle, every
 * length checked.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <ktls/record.h>

#include "base/bytes.h"
#include "record/state.h"

_Static_assert((int)KTLS_RECORD_TLS_1_2 == (int)TLS_1_2 && (int)KTLS_RECORD_TLS_1_3 == (int)TLS_1_3,
	       "versions are those of the wire");
_Static_assert((int)KTLS_RECORD_MAX_PAYLOAD == (int)TLS_MAX_PLAINTEXT, "a payload is a record's plaintext");
_Static_assert((int)KTLS_RECORD_HEADER_LEN == (int)TLS_HEADER_LEN, "a header is a record's header");
_Static_assert((int)KTLS_RECORD_DATA == (int)TLS_CT_DATA, "data is data");

struct ktls_record {
	struct record *inner;
	enum ktls_dir dir;	/* what it is not for could repeat a nonce */
	uint16_t version;
	const struct tls_cipher *cipher;
};

/* A struct ktls_record_pool is a struct secret_pool under the name that the public header gives it. */
int ktls_record_pool_new(struct ktls_record_pool **out)
{
	struct secret_pool *pool = secret_pool_new();

	if (!pool)
		return -ENOMEM;
	*out = (struct ktls_record_pool *)pool;
	return 0;
}

void ktls_record_pool_free(struct ktls_record_pool *pool)
{
	secret_pool_free((struct secret_pool *)pool);
}

static size_t iv_len_of(const struct tls_keys *keys)
{
	return keys->version == TLS_1_2 ? keys->cipher->fixed_iv_len_12 : TLS_NONCE_LEN;
}

/* @out holds the key afterwards, whatever comes out: the caller wipes it. */
static int take(struct tls_keys *out, const struct ktls_record_keys *keys)
{
	*out = (struct tls_keys){
		.version = (uint16_t)keys->version, .cipher = tls_cipher_by_id(keys->cipher), .seq = keys->seq,
	};
	if (out->version != keys->version || !out->cipher || !record_is_defined(out))
		return -EPROTONOSUPPORT;
	if (keys->key_len != out->cipher->key_len || keys->iv_len != iv_len_of(out))
		return -EINVAL;
	memcpy(out->key, keys->key, keys->key_len);
	memcpy(out->iv, keys->iv, keys->iv_len);
	store_be64(out->explicit_nonce, keys->explicit_nonce);
	return 0;
}

static int new_by_name(struct record **out, struct secret_pool *pool, const char *name, const struct tls_keys *keys)
{
	const struct aead_leaf *leaf = name ? aead_leaf_by_name(name) : NULL;

	if (!name)
		return record_new_in(out, pool, keys);
	if (!leaf)
		return -ENOENT;
	return aead_leaf_why_not(leaf, keys->cipher, 0) ? -EOPNOTSUPP : record_new_by(out, pool, leaf, keys);
}

int ktls_record_new(struct ktls_record **out, struct ktls_record_pool *pool, enum ktls_dir dir, const char *leaf,
		    const struct ktls_record_keys *keys)
{
	struct ktls_record *r = NULL;
	struct tls_keys taken;
	int ret = take(&taken, keys);

	if (!ret && dir != KTLS_TX && dir != KTLS_RX)
		ret = -EINVAL;
	if (!ret && !(r = calloc(1, sizeof(*r))))
		ret = -ENOMEM;
	if (!ret)
		ret = new_by_name(&r->inner, (struct secret_pool *)pool, leaf, &taken);
	secret_wipe(&taken, sizeof(taken));
	if (ret) {
		free(r);
		return ret;
	}
	r->dir = dir;
	r->version = (uint16_t)keys->version;
	r->cipher = tls_cipher_by_id(keys->cipher);
	*out = r;
	return 0;
}

void ktls_record_free(struct ktls_record *r)
{
	if (!r)
		return;
	record_free(r->inner);
	free(r);
}

int ktls_record_rekey(struct ktls_record *r, const struct ktls_record_keys *keys)
{
	struct tls_keys taken;
	int ret = take(&taken, keys);

	if (!ret && (taken.version != r->version || taken.cipher != r->cipher))
		ret = -EINVAL;
	if (!ret)
		ret = record_rekey(r->inner, &taken);
	secret_wipe(&taken, sizeof(taken));
	return ret;
}

size_t ktls_record_overhead(const struct ktls_record *r)
{
	return record_overhead(r->inner);
}

static bool is_payload_len(size_t len)
{
	return len >= 1 && len <= TLS_MAX_PLAINTEXT;
}

size_t ktls_record_wire_len(const struct ktls_record *r, size_t len, size_t max_payload)
{
	size_t more, all;

	if (!is_payload_len(max_payload) ||
	    __builtin_mul_overflow(len ? (len - 1) / max_payload + 1 : 1, record_overhead(r->inner), &more) ||
	    __builtin_add_overflow(len, more, &all))
		return 0;
	return all;
}

uint64_t ktls_record_seq(const struct ktls_record *r)
{
	return record_seq(r->inner);
}

const char *ktls_record_leaf(const struct ktls_record *r)
{
	return record_leaf(r->inner);
}

ssize_t ktls_record_seal(struct ktls_record *r, uint8_t type, const void *in, size_t len, size_t max_payload, void *out,
			 size_t out_cap, size_t *taken)
{
	if (r->dir != KTLS_TX || !type || !is_payload_len(max_payload))
		return -EINVAL;
	return record_seal(r->inner, type, in, len, max_payload, out, out_cap, taken);
}

ssize_t ktls_record_frame(const struct ktls_record *r, const void *wire, size_t len)
{
	return record_frame(r->inner, wire, len);
}

int ktls_record_open(struct ktls_record *r, const void *wire, size_t len, void *out, size_t out_cap,
		     struct ktls_record_opened *res)
{
	struct record_opened done;
	int ret;

	if (r->dir != KTLS_RX)
		return -EINVAL;
	/* It writes there only in place, where @out says the same. */
	ret = record_open(r->inner, (uint8_t *)wire, len, out, out_cap, &done);
	if (ret)
		return ret;
	*res = (struct ktls_record_opened){
		.type = done.type, .records = done.records, .wire = done.wire,
		.plain = done.plain, .offset = done.offset,
	};
	return 0;
}

int ktls_record_seek(struct ktls_record *r, uint64_t seq)
{
	if (r->dir != KTLS_RX)
		return -EINVAL;
	r->inner->seq = seq;
	return 0;
}
