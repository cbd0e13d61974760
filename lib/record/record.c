/* SPDX-License-Identifier: MIT */
/* The record layer's state: made, rekeyed, asked, freed; and the look at a header. */
#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/secret.h"
#include "record/state.h"

bool record_is_defined(const struct tls_keys *keys)
{
	return keys->version == TLS_1_3 ? keys->cipher->tls13 : keys->version == TLS_1_2 && keys->cipher->tls12;
}

static void take_keys(struct record *r, const struct tls_keys *keys)
{
	r->is_13 = keys->version == TLS_1_3;
	r->explicit_len = r->is_13 ? 0 : keys->cipher->explicit_len_12;
	memcpy(r->nonce, keys->iv, sizeof(r->nonce));
	r->iv_low = load_be64(keys->iv + sizeof(keys->iv) - 8);
	r->aad_body = 0;
	r->explicit_nonce = load_be64(keys->explicit_nonce);
	r->seq = keys->seq;
}

/* @leaf NULL: the best one. */
static int make(struct record **out, struct secret_pool *pool, const struct aead_leaf *leaf,
		const struct tls_keys *keys)
{
	struct record *r;
	int ret;

	if (!record_is_defined(keys))
		return -ENOTSUP;
	r = secret_pool_alloc(pool, sizeof(*r));
	if (!r)
		return -ENOMEM;
	ret = leaf ? aead_new_by(&r->aead, pool, leaf, keys->cipher, keys->key)
		   : aead_new_in(&r->aead, pool, keys->cipher, keys->key, 0);
	if (ret) {
		secret_free(r);
		return ret;
	}
	take_keys(r, keys);
	*out = r;
	return 0;
}

int record_new(struct record **out, const struct tls_keys *keys)
{
	return make(out, NULL, NULL, keys);
}

int record_new_in(struct record **out, struct secret_pool *pool, const struct tls_keys *keys)
{
	return make(out, pool, NULL, keys);
}

int record_new_by(struct record **out, struct secret_pool *pool, const struct aead_leaf *leaf,
		  const struct tls_keys *keys)
{
	return make(out, pool, leaf, keys);
}

void record_free(struct record *r)
{
	if (!r)
		return;
	aead_free(r->aead);
	secret_free(r);
}

int record_rekey(struct record *r, const struct tls_keys *keys)
{
	int ret;

	if (!r->aead)
		return -EKEYREJECTED;
	ret = record_is_defined(keys) ? aead_rekey(r->aead, keys->cipher, keys->key) : -ENOTSUP;
	if (!ret) {
		take_keys(r, keys);
		return 0;
	}
	aead_free(r->aead);
	r->aead = NULL;
	secret_wipe(r->nonce, sizeof(r->nonce));
	secret_wipe(&r->iv_low, sizeof(r->iv_low));
	return ret;
}

size_t record_overhead(const struct record *r)
{
	return record_prefix_len(r) + r->is_13 + TLS_TAG_LEN;
}

uint64_t record_seq(const struct record *r)
{
	return r->seq;
}

const char *record_leaf(const struct record *r)
{
	return r->aead ? aead_leaf(r->aead) : "";
}

size_t record_wire_len(const struct record *r, size_t len)
{
	const size_t records = len ? (len - 1) / TLS_MAX_PLAINTEXT + 1 : 1;

	return len + records * record_overhead(r);
}

/*
 * Protected records of TLS 1.3 all look like data: RFC 8446 section 5.2. In TLS 1.2 a type that nobody knows is the connection's
 * to refuse (RFC 5246 section 6), whoever opened the record: the kernel passes it up, too.
 */
static bool is_possible_type(const struct record *r, uint8_t type)
{
	return !r->is_13 || type == TLS_CT_DATA;
}

ssize_t record_frame(const struct record *r, const uint8_t *wire, size_t len)
{
	/* What a record's length field counts beside payload and padding. */
	const size_t extra = record_overhead(r) - TLS_HEADER_LEN;
	const size_t max = r->is_13 ? TLS_MAX_CIPHERTEXT_13 : TLS_MAX_PLAINTEXT + extra;
	size_t body;

	if (len < TLS_HEADER_LEN)
		return 0;
	if (!is_possible_type(r, wire[0]) || load_be16(wire + 1) != TLS_1_2)
		return -EINVAL;
	body = load_be16(wire + 3);
	if (body > max)
		return -EMSGSIZE;
	if (body < extra)
		return -EBADMSG;
	return (ssize_t)(TLS_HEADER_LEN + body);
}
