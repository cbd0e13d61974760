/* SPDX-License-Identifier: MIT */
/* What the record layer's tests share. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "unit/engine.h"
#include "unit/records.h"

const struct record_case record_cases[RECORD_CASES] = {
	{ TLS_1_3, "aes-128-gcm", 22 },
	{ TLS_1_3, "aes-256-gcm", 22 },
	{ TLS_1_3, "aes-128-ccm", 22 },
	{ TLS_1_3, "chacha20-poly1305", 22 },
	{ TLS_1_2, "aes-128-gcm", 29 },
	{ TLS_1_2, "aes-256-gcm", 29 },
	{ TLS_1_2, "aes-128-ccm", 29 },
	{ TLS_1_2, "chacha20-poly1305", 21 },
};

void records_keys(struct tls_keys *keys, const struct record_case *c, uint64_t seq)
{
	struct prng prng = { .state = 4711 };

	memset(keys, 0, sizeof(*keys));
	keys->version = c->version;
	keys->cipher = tls_cipher_by_id(c->id);
	assert_non_null(keys->cipher);
	prng_fill(&prng, keys->key, sizeof(keys->key));
	prng_fill(&prng, keys->iv, sizeof(keys->iv));
	/* Only the salt is fixed where the rest goes over the wire. */
	if (c->version == TLS_1_2 && keys->cipher->explicit_len_12)
		memset(keys->iv + 4, 0, sizeof(keys->iv) - 4);
	store_be64(keys->explicit_nonce, UINT64_MAX - 1);
	keys->seq = seq;
}

struct record *records_new(const struct record_case *c, uint64_t seq)
{
	struct tls_keys keys;
	struct record *r = NULL;

	records_keys(&keys, c, seq);
	assert_int_equal(record_new(&r, &keys), 0);
	return r;
}

/* Written from the RFCs a second time: RFC 8446 sections 5.2 and 5.3; RFC 5246 section 6.2.3.3, RFC 5288, RFC 7905. */
size_t records_by_hand(const struct record_case *c, uint64_t seq, uint8_t outer_type, const uint8_t *explicit_nonce,
		       const void *inner, size_t len, uint8_t *wire)
{
	struct tls_keys keys;
	uint8_t nonce[12], aad[13], number[8];
	size_t explicit_len, body;

	records_keys(&keys, c, seq);
	store_be64(number, seq);
	explicit_len = c->version == TLS_1_2 ? keys.cipher->explicit_len_12 : 0;
	body = explicit_len + len + 16;
	wire[0] = outer_type;
	wire[1] = 3;
	wire[2] = 3;
	wire[3] = (uint8_t)(body >> 8);
	wire[4] = (uint8_t)body;
	memcpy(nonce, keys.iv, 12);
	for (size_t i = 0; i < 8; i++)
		nonce[4 + i] = explicit_len ? explicit_nonce[i] : nonce[4 + i] ^ number[i];
	if (explicit_len)
		memcpy(wire + 5, explicit_nonce, 8);
	memcpy(aad, c->version == TLS_1_3 ? wire : number, c->version == TLS_1_3 ? 5 : 8);
	if (c->version == TLS_1_2) {
		memcpy(aad + 8, wire, 3);
		aad[11] = (uint8_t)(len >> 8);
		aad[12] = (uint8_t)len;
	}
	ref_seal(keys.cipher, keys.key, nonce, aad, c->version == TLS_1_3 ? 5 : 13, inner, len,
		 wire + 5 + explicit_len);
	return 5 + body;
}
