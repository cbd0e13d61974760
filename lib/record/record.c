/* SPDX-License-Identifier: MIT */
/* One direction's records: its life, its nonces, and the frame they come in. */
#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/secret.h"
#include "record/internal.h"

static int take_keys(struct record *r, const struct tls_keys *keys)
{
	r->keys = *keys;
	/* The AEAD has a copy of its own. */
	secret_wipe(r->keys.key, sizeof(r->keys.key));
	r->explicit_len = keys->version == TLS_1_2 ? keys->cipher->explicit_len_12 : 0;
	r->type_len = keys->version == TLS_1_3;
	return aead_new(&r->aead, keys->cipher, keys->key, 0);
}

int record_new(struct record **out, const struct tls_keys *keys)
{
	struct record *r = secret_alloc(sizeof(*r));
	int ret;

	if (!r)
		return -ENOMEM;
	ret = take_keys(r, keys);
	if (ret) {
		record_free(r);
		return ret;
	}
	*out = r;
	return 0;
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
	aead_free(r->aead);
	r->aead = NULL;
	return take_keys(r, keys);
}

size_t record_overhead(const struct record *r)
{
	return TLS_HEADER_LEN + r->explicit_len + r->type_len + TLS_TAG_LEN;
}

uint64_t record_seq(const struct record *r)
{
	return r->keys.seq;
}

const char *record_leaf(const struct record *r)
{
	return r->aead ? aead_leaf(r->aead) : "none";
}

size_t record_wire_len(const struct record *r, size_t len)
{
	size_t records = len ? (len + TLS_MAX_PLAINTEXT - 1) / TLS_MAX_PLAINTEXT : 1;

	return len + records * record_overhead(r);
}

int record_usable(const struct record *r)
{
	if (!r->aead)
		return -EKEYREJECTED;
	/* RFC 8446 section 5.3: sequence numbers must not wrap; the last one is never used, so that seq + 1 always exists. */
	return r->keys.seq == UINT64_MAX ? -EOVERFLOW : 0;
}

void record_nonce(const struct record *r, const uint8_t *explicit_nonce, uint8_t nonce[TLS_NONCE_LEN])
{
	memcpy(nonce, r->keys.iv, TLS_NONCE_LEN);
	if (r->explicit_len) {
		memcpy(nonce + TLS_NONCE_LEN - TLS_EXPLICIT_NONCE_LEN, explicit_nonce, TLS_EXPLICIT_NONCE_LEN);
		return;
	}
	/* RFC 8446 section 5.3 and RFC 7905 section 2: the static IV, xor the sequence number at its end. */
	store_be64(nonce + 4, load_be64(nonce + 4) ^ r->keys.seq);
}

size_t record_aad(const struct record *r, uint8_t type, const uint8_t *header, size_t payload_len, uint8_t aad[RECORD_AAD_MAX])
{
	if (r->keys.version == TLS_1_3) {
		memcpy(aad, header, TLS_HEADER_LEN);
		return TLS_HEADER_LEN;
	}
	/* RFC 5246 section 6.2.3.3: seq_num, type, version, length of the plaintext. */
	store_be64(aad, r->keys.seq);
	aad[8] = type;
	store_be16(aad + 9, TLS_1_2);
	store_be16(aad + 11, (uint16_t)payload_len);
	return RECORD_AAD_MAX;
}

static bool type_is_allowed(const struct record *r, uint8_t type)
{
	/* RFC 8446 section 5.2: every protected record is of type application_data; a plain change_cipher_spec comes too late. */
	if (r->keys.version == TLS_1_3)
		return type == TLS_CT_DATA;
	/* Unknown types verify like others, and then it is for the connection to object. */
	return type != TLS_CT_CHANGE_CIPHER_SPEC;
}

ssize_t record_frame(const struct record *r, const uint8_t *wire, size_t len)
{
	size_t max = r->keys.version == TLS_1_3 ? TLS_MAX_CIPHERTEXT_13 : TLS_MAX_CIPHERTEXT_12;
	size_t body;

	if (len < TLS_HEADER_LEN)
		return 0;
	/* Both versions write 3.3 here. */
	if (!type_is_allowed(r, wire[0]) || load_be16(wire + 1) != TLS_1_2)
		return -EINVAL;
	body = load_be16(wire + 3);
	if (body > max)
		return -EMSGSIZE;
	if (body < (size_t)r->explicit_len + r->type_len + TLS_TAG_LEN)
		return -EBADMSG;
	return (ssize_t)(TLS_HEADER_LEN + body);
}
