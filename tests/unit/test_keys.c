/* SPDX-License-Identifier: MIT */
/* The key schedules: RFC 8448's trace, and the same formulas written out with plain HMAC. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/hmac.h>

#include "tls/keys.h"
#include "unit/from_hex.h"

/* RFC 8448 section 3, "Simple 1-RTT Handshake": application traffic secrets and what is derived from them. */
#define CLIENT_SECRET "9e40646ce79a7f9dc05af8889bce6552 875afa0b06df0087f792ebb7c17504a5"
#define SERVER_SECRET "a11af9f05531f856ad47116b45a95032 8204b4f44bfb6b3a4b4f1f3fcb631643"

static struct tls_secret secret_from_hex(enum tls_hash hash, const char *hex)
{
	struct tls_secret s = { .hash = hash };

	s.len = from_hex(hex, s.data, sizeof(s.data));
	return s;
}

static struct tls_secret secret_counting_up(enum tls_hash hash, size_t len)
{
	struct tls_secret s = { .hash = hash, .len = len };

	for (size_t i = 0; i < len; i++)
		s.data[i] = (uint8_t)(i * 5 + 1);
	return s;
}

static void check_bytes(const uint8_t *got, const char *want_hex, size_t len)
{
	uint8_t want[64];

	assert_int_equal(from_hex(want_hex, want, sizeof(want)), len);
	assert_memory_equal(got, want, len);
}

static void check_trace(const char *secret_hex, const char *key, const char *iv)
{
	struct tls_secret secret = secret_from_hex(TLS_HASH_SHA256, secret_hex);
	struct tls_keys keys;

	assert_int_equal(tls13_keys_from_secret(&secret, tls_cipher_by_id("aes-128-gcm"), &keys), 0);
	assert_int_equal(keys.version, TLS_1_3);
	assert_ptr_equal(keys.cipher, tls_cipher_by_id("aes-128-gcm"));
	assert_true(keys.seq == 0);
	check_bytes(keys.key, key, 16);
	check_bytes(keys.iv, iv, TLS_NONCE_LEN);
}

static void test_keys_rfc8448_client(void **state)
{
	(void)state;
	check_trace(CLIENT_SECRET, "17422dda596ed5d9acd890e3c63f5051", "5b78923dee08579033e523d9");
}

static void test_keys_rfc8448_server(void **state)
{
	(void)state;
	check_trace(SERVER_SECRET, "9f02283b6c9c07efc26bb9f2ac92e356", "cf782b88dd83549aadf1e984");
}

static const EVP_MD *evp_md(enum tls_hash hash)
{
	return hash == TLS_HASH_SHA256 ? EVP_sha256() : EVP_sha384();
}

/* HKDF-Expand-Label for results no longer than one hash: the first block is HMAC(secret, HkdfLabel | 0x01). */
static void plain_expand_label(const struct tls_secret *secret, const char *label, uint8_t *out, size_t len)
{
	uint8_t info[64] = { 0, (uint8_t)len, (uint8_t)(6 + strlen(label)) };
	uint8_t block[EVP_MAX_MD_SIZE];
	size_t n = 3;

	memcpy(info + n, "tls13 ", 6);
	memcpy(info + n + 6, label, strlen(label));
	n += 6 + strlen(label);
	info[n++] = 0;
	info[n++] = 1;
	assert_non_null(HMAC(evp_md(secret->hash), secret->data, (int)secret->len, info, n, block, NULL));
	memcpy(out, block, len);
}

/* P_hash of RFC 5246 section 5. */
static void plain_prf(enum tls_hash hash, const uint8_t *secret, size_t secret_len, const uint8_t *seed, size_t seed_len,
		      uint8_t *out, size_t len)
{
	const EVP_MD *md = evp_md(hash);
	size_t hash_len = (size_t)EVP_MD_get_size(md);
	uint8_t a[EVP_MAX_MD_SIZE + 128], block[EVP_MAX_MD_SIZE];

	assert_non_null(HMAC(md, secret, (int)secret_len, seed, seed_len, a, NULL));
	for (size_t done = 0; done < len; done += hash_len) {
		memcpy(a + hash_len, seed, seed_len);
		assert_non_null(HMAC(md, secret, (int)secret_len, a, hash_len + seed_len, block, NULL));
		memcpy(out + done, block, len - done < hash_len ? len - done : hash_len);
		memcpy(block, a, hash_len);
		assert_non_null(HMAC(md, secret, (int)secret_len, block, hash_len, a, NULL));
	}
}

static void check_against_hmac(enum tls_hash hash, size_t secret_len)
{
	struct tls_secret secret = secret_counting_up(hash, secret_len);
	struct tls_keys keys;
	uint8_t want[64];

	for (size_t i = 0; tls_cipher_at(i); i++) {
		const struct tls_cipher *c = tls_cipher_at(i);

		if (!c->tls13)
			continue;
		assert_int_equal(tls13_keys_from_secret(&secret, c, &keys), 0);
		plain_expand_label(&secret, "key", want, c->key_len);
		assert_memory_equal(keys.key, want, c->key_len);
		plain_expand_label(&secret, "iv", want, TLS_NONCE_LEN);
		assert_memory_equal(keys.iv, want, TLS_NONCE_LEN);
		for (size_t j = c->key_len; j < sizeof(keys.key); j++)
			assert_int_equal(keys.key[j], 0);
	}
}

static void test_keys_tls13_sha256(void **state)
{
	(void)state;
	check_against_hmac(TLS_HASH_SHA256, 32);
}

static void test_keys_tls13_sha384(void **state)
{
	(void)state;
	check_against_hmac(TLS_HASH_SHA384, 48);
}

static void check_next(enum tls_hash hash, size_t len)
{
	struct tls_secret first = secret_counting_up(hash, len);
	struct tls_secret next = { 0 }, in_place = first;
	uint8_t want[TLS_MAX_SECRET_LEN];

	plain_expand_label(&first, "traffic upd", want, len);
	assert_int_equal(tls13_next_secret(&first, &next), 0);
	assert_int_equal(next.hash, hash);
	assert_int_equal(next.len, len);
	assert_memory_equal(next.data, want, len);
	assert_int_equal(tls13_next_secret(&in_place, &in_place), 0);
	assert_memory_equal(&in_place, &next, sizeof(next));
}

static void test_keys_next_secret(void **state)
{
	(void)state;
	check_next(TLS_HASH_SHA256, 32);
	check_next(TLS_HASH_SHA384, 48);
}

static void test_keys_refuse_wrong_sizes(void **state)
{
	struct tls_secret secret = secret_counting_up(TLS_HASH_SHA256, 32);
	struct tls_secret next = { .len = 7 };
	struct tls_keys keys = { .seq = 7 };
	char label[300];
	uint8_t out[64] = { 0xa5 };

	(void)state;
	memset(label, 'x', sizeof(label));
	label[249] = '\0';
	assert_int_equal(tls13_expand_label(&secret, label, out, 32), 0);
	out[0] = 0xa5;
	label[249] = 'x';
	label[250] = '\0';
	assert_int_equal(tls13_expand_label(&secret, label, out, 32), -EINVAL);
	assert_int_equal(tls13_expand_label(&secret, "key", out, 0), -EINVAL);
	/* No more than a hash has. */
	assert_int_equal(tls13_expand_label(&secret, "key", out, 33), -EINVAL);
	assert_int_equal(tls13_expand_label(&secret, "key", out, 49), -EINVAL);
	assert_int_equal(out[0], 0xa5);
	secret.len = 31;
	assert_int_equal(tls13_expand_label(&secret, "key", out, 16), -EINVAL);
	assert_int_equal(tls13_next_secret(&secret, &next), -EINVAL);
	assert_int_equal(next.len, 7);
	secret.len = 48;
	assert_int_equal(tls13_keys_from_secret(&secret, tls_cipher_at(0), &keys), -EINVAL);
	secret.hash = (enum tls_hash)9;
	assert_int_equal(tls13_keys_from_secret(&secret, tls_cipher_at(0), &keys), -EINVAL);
	assert_true(keys.seq == 7);
}

static void test_keys_refuse_a_cipher_of_the_other_version(void **state)
{
	struct tls_secret secret = secret_counting_up(TLS_HASH_SHA256, 32);
	static const uint8_t zeros[48];
	struct tls_keys client, server;

	(void)state;
	assert_int_equal(tls13_keys_from_secret(&secret, tls_cipher_by_id("aria-128-gcm"), &client), -EINVAL);
	assert_int_equal(tls12_keys_from_master(TLS_HASH_SHA256, tls_cipher_by_id("sm4-gcm"), zeros, zeros, zeros, &client,
						&server), -EINVAL);
	assert_int_equal(tls12_keys_from_master((enum tls_hash)2, tls_cipher_at(0), zeros, zeros, zeros, &client, &server),
			 -EINVAL);
}

static void check_key_block(enum tls_hash hash, const struct tls_cipher *c)
{
	uint8_t master[48], client_random[32], server_random[32], seed[13 + 64], block[96];
	size_t k = c->key_len, v = c->fixed_iv_len_12;
	struct tls_keys client, server;

	for (uint8_t i = 0; i < 48; i++)
		master[i] = (uint8_t)(200 - i);
	for (uint8_t i = 0; i < 32; i++) {
		client_random[i] = i;
		server_random[i] = (uint8_t)(100 + i);
	}
	memcpy(seed, "key expansion", 13);
	memcpy(seed + 13, server_random, 32);
	memcpy(seed + 45, client_random, 32);
	plain_prf(hash, master, sizeof(master), seed, sizeof(seed), block, 2 * (k + v));

	assert_int_equal(tls12_keys_from_master(hash, c, master, client_random, server_random, &client, &server), 0);
	assert_memory_equal(client.key, block, k);
	assert_memory_equal(server.key, block + k, k);
	assert_memory_equal(client.iv, block + 2 * k, v);
	assert_memory_equal(server.iv, block + 2 * k + v, v);
	for (size_t i = v; i < TLS_NONCE_LEN; i++)
		assert_int_equal(client.iv[i] | server.iv[i], 0);
	assert_int_equal(client.version, TLS_1_2);
	assert_ptr_equal(server.cipher, c);
	assert_true(client.seq == 0 && server.seq == 0);
	for (size_t i = 0; i < TLS_EXPLICIT_NONCE_LEN; i++)
		assert_int_equal(client.explicit_nonce[i] | server.explicit_nonce[i], 0);
}

static void test_keys_tls12_key_block(void **state)
{
	(void)state;
	for (size_t i = 0; tls_cipher_at(i); i++)
		if (tls_cipher_at(i)->tls12) {
			check_key_block(TLS_HASH_SHA256, tls_cipher_at(i));
			check_key_block(TLS_HASH_SHA384, tls_cipher_at(i));
		}
}

/* What others left in libcrypto's error queue is theirs. */
static void test_keys_leave_the_error_queue_alone(void **state)
{
	struct tls_secret secret = secret_counting_up(TLS_HASH_SHA256, 32);
	uint8_t out[16];

	(void)state;
	ERR_clear_error();
	assert_int_equal(tls13_expand_label(&secret, "key", out, sizeof(out)), 0);
	assert_int_equal(ERR_peek_error(), 0);
	ERR_raise(ERR_LIB_USER, 42);
	assert_int_equal(tls13_expand_label(&secret, "key", out, sizeof(out)), 0);
	assert_int_equal(ERR_GET_REASON(ERR_get_error()), 42);
	assert_int_equal(ERR_get_error(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_rfc8448_client),
		cmocka_unit_test(test_keys_rfc8448_server),
		cmocka_unit_test(test_keys_tls13_sha256),
		cmocka_unit_test(test_keys_tls13_sha384),
		cmocka_unit_test(test_keys_next_secret),
		cmocka_unit_test(test_keys_refuse_wrong_sizes),
		cmocka_unit_test(test_keys_refuse_a_cipher_of_the_other_version),
		cmocka_unit_test(test_keys_tls12_key_block),
		cmocka_unit_test(test_keys_leave_the_error_queue_alone),
	};

	return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
