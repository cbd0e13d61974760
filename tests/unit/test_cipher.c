/* SPDX-License-Identifier: MIT */
/* The cipher table: every row agrees with the kernel's header and with libcrypto. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <linux/tls.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>

#include "tls/cipher.h"
#include "tls/protocol.h"

enum {
	ROWS = 8,
};

static void test_cipher_rows_are_in_kernel_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++)
		assert_int_equal(tls_cipher_at(i)->kernel_type, TLS_CIPHER_AES_GCM_128 + i);
	assert_null(tls_cipher_at(ROWS));
	assert_null(tls_cipher_at((size_t)-1));
}

static void test_cipher_lookups(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		assert_ptr_equal(tls_cipher_by_kernel_type(tls_cipher_at(i)->kernel_type), tls_cipher_at(i));
		assert_ptr_equal(tls_cipher_by_id(tls_cipher_at(i)->id), tls_cipher_at(i));
	}
	assert_null(tls_cipher_by_kernel_type(0));
	assert_null(tls_cipher_by_kernel_type(50));
	assert_null(tls_cipher_by_kernel_type(59));
	assert_null(tls_cipher_by_id(""));
	assert_null(tls_cipher_by_id("aes-128-gc"));
	assert_null(tls_cipher_by_id("AES-128-GCM"));
}

/* Headers that lack a constant lack the structure too. */
static void test_cipher_sizes_are_the_kernels(void **state)
{
	static const struct {
		uint16_t type;
		size_t key, salt, iv;
	} kernel[] = {
		{ TLS_CIPHER_AES_GCM_128, TLS_CIPHER_AES_GCM_128_KEY_SIZE, TLS_CIPHER_AES_GCM_128_SALT_SIZE,
		  TLS_CIPHER_AES_GCM_128_IV_SIZE },
		{ TLS_CIPHER_AES_GCM_256, TLS_CIPHER_AES_GCM_256_KEY_SIZE, TLS_CIPHER_AES_GCM_256_SALT_SIZE,
		  TLS_CIPHER_AES_GCM_256_IV_SIZE },
		{ TLS_CIPHER_AES_CCM_128, TLS_CIPHER_AES_CCM_128_KEY_SIZE, TLS_CIPHER_AES_CCM_128_SALT_SIZE,
		  TLS_CIPHER_AES_CCM_128_IV_SIZE },
#ifdef TLS_CIPHER_CHACHA20_POLY1305
		{ TLS_CIPHER_CHACHA20_POLY1305, TLS_CIPHER_CHACHA20_POLY1305_KEY_SIZE,
		  TLS_CIPHER_CHACHA20_POLY1305_SALT_SIZE, TLS_CIPHER_CHACHA20_POLY1305_IV_SIZE },
#endif
#ifdef TLS_CIPHER_SM4_GCM
		{ TLS_CIPHER_SM4_GCM, TLS_CIPHER_SM4_GCM_KEY_SIZE, TLS_CIPHER_SM4_GCM_SALT_SIZE,
		  TLS_CIPHER_SM4_GCM_IV_SIZE },
		{ TLS_CIPHER_SM4_CCM, TLS_CIPHER_SM4_CCM_KEY_SIZE, TLS_CIPHER_SM4_CCM_SALT_SIZE,
		  TLS_CIPHER_SM4_CCM_IV_SIZE },
#endif
#ifdef TLS_CIPHER_ARIA_GCM_128
		{ TLS_CIPHER_ARIA_GCM_128, TLS_CIPHER_ARIA_GCM_128_KEY_SIZE, TLS_CIPHER_ARIA_GCM_128_SALT_SIZE,
		  TLS_CIPHER_ARIA_GCM_128_IV_SIZE },
		{ TLS_CIPHER_ARIA_GCM_256, TLS_CIPHER_ARIA_GCM_256_KEY_SIZE, TLS_CIPHER_ARIA_GCM_256_SALT_SIZE,
		  TLS_CIPHER_ARIA_GCM_256_IV_SIZE },
#endif
	};

	(void)state;
	for (size_t i = 0; i < sizeof(kernel) / sizeof(kernel[0]); i++) {
		const struct tls_cipher *c = tls_cipher_by_kernel_type(kernel[i].type);

		assert_non_null(c);
		assert_int_equal(c->key_len, kernel[i].key);
		assert_int_equal(c->salt_len, kernel[i].salt);
		assert_int_equal(c->kernel_iv_len, kernel[i].iv);
	}
}

/* An older libcrypto has no SM4-GCM and SM4-CCM; the AES and ChaCha20 rows must be there. */
static void test_cipher_evp_names_are_libcryptos(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		const struct tls_cipher *c = tls_cipher_at(i);
		EVP_CIPHER *evp = EVP_CIPHER_fetch(NULL, c->evp, NULL);

		if (i < 4)
			assert_non_null(evp);
		if (!evp)
			continue;
		assert_int_equal(EVP_CIPHER_get_key_length(evp), c->key_len);
		assert_true(EVP_CIPHER_get_flags(evp) & EVP_CIPH_FLAG_AEAD_CIPHER);
		EVP_CIPHER_free(evp);
	}
	ERR_clear_error();
}

static void test_cipher_nonces_add_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		const struct tls_cipher *c = tls_cipher_at(i);

		assert_int_equal(c->salt_len + c->kernel_iv_len, TLS_NONCE_LEN);
		assert_int_equal(c->fixed_iv_len_12 + c->explicit_len_12, TLS_NONCE_LEN);
		assert_true(c->key_len <= TLS_MAX_KEY_LEN);
		assert_true(c->tls12 || c->tls13);
		assert_int_equal(c->tls13, c->suite13 != 0);
	}
}

/* libssl's own names for the suite numbers. */
static void test_cipher_suites_are_libssls(void **state)
{
	static const struct {
		const char *id, *suite;
	} names[] = {
		{ "aes-128-gcm", "TLS_AES_128_GCM_SHA256" },
		{ "aes-256-gcm", "TLS_AES_256_GCM_SHA384" },
		{ "aes-128-ccm", "TLS_AES_128_CCM_SHA256" },
		{ "chacha20-poly1305", "TLS_CHACHA20_POLY1305_SHA256" },
	};
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	SSL *ssl = SSL_new(ctx);

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		uint16_t suite = tls_cipher_by_id(names[i].id)->suite13;
		const uint8_t wire[2] = { (uint8_t)(suite >> 8), (uint8_t)suite };
		const SSL_CIPHER *c = SSL_CIPHER_find(ssl, wire);

		assert_non_null(c);
		assert_string_equal(SSL_CIPHER_get_name(c), names[i].suite);
	}
	SSL_free(ssl);
	SSL_CTX_free(ctx);
}

/* RFC 8446 section 5.5: GCM has a limit of 2^24.5 records, ChaCha20 none that can be reached. */
static void test_cipher_limits(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		const struct tls_cipher *c = tls_cipher_at(i);

		if (strstr(c->name, "ChaCha20"))
			assert_true(c->max_records == 0);
		else
			assert_in_range(c->max_records, 1 << 20, 23726566);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cipher_rows_are_in_kernel_order),
		cmocka_unit_test(test_cipher_lookups),
		cmocka_unit_test(test_cipher_sizes_are_the_kernels),
		cmocka_unit_test(test_cipher_evp_names_are_libcryptos),
		cmocka_unit_test(test_cipher_nonces_add_up),
		cmocka_unit_test(test_cipher_suites_are_libssls),
		cmocka_unit_test(test_cipher_limits),
	};

	return cmocka_run_group_tests_name("cipher", tests, NULL, NULL);
}
