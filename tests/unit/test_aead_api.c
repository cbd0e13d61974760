/* SPDX-License-Identifier: MIT */
/* ktls/aead.h: every leaf by its name against libcrypto itself, and what is said of leaves that cannot be had. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <ktls/aead.h>
#include <ktls/probe.h>

#include "aead/cpu.h"
#include "base/attr.h"
#include "tls/protocol.h"
#include "unit/engine.h"

enum {
	TAG = KTLS_AEAD_TAG_LEN,
	ROOM = TLS_MAX_PLAINTEXT + 64,
};

static const size_t lens[] = { 0, 1, 15, 16, 17, 95, 96, 97, 128, 224, 225, 1000, TLS_MAX_PLAINTEXT };

static struct prng prng;
static uint8_t key[TLS_MAX_KEY_LEN], nonce[KTLS_AEAD_NONCE_LEN], aad[KTLS_AEAD_MAX_AAD_LEN + 1];
static uint8_t in[ROOM], expected[ROOM], out[ROOM], opened[ROOM];

static int start(void **state)
{
	(void)state;
	prng.state = 20270118;
	prng_fill(&prng, key, sizeof(key));
	prng_fill(&prng, nonce, sizeof(nonce));
	prng_fill(&prng, aad, sizeof(aad));
	prng_fill(&prng, in, sizeof(in));
	return unsetenv("KTLS_CPU_MASK");
}

static bool leaf_at(size_t i, const char *cipher, struct ktls_aead_leaf_info *info)
{
	int ret = ktls_aead_leaf_at(i, cipher, info);

	assert_true(ret == 0 || ret == -ENOENT);
	return ret == 0;
}

/* What is said of the leaf @name. */
static struct ktls_aead_leaf_info leaf_named(const char *name, const char *cipher)
{
	struct ktls_aead_leaf_info info;
	size_t i = 0;

	do
		assert_true(leaf_at(i++, cipher, &info));
	while (strcmp(info.name, name) != 0);
	return info;
}

static struct ktls_aead *make(const struct tls_cipher *cipher, const char *leaf)
{
	struct ktls_aead *a = NULL;

	assert_int_equal(ktls_aead_new(&a, cipher->id, leaf, key, cipher->key_len), 0);
	assert_non_null(a);
	return a;
}

/* Runs @check with every leaf for every cipher that it can carry here. */
static void each_leaf(void (*check)(struct ktls_aead *a, const struct tls_cipher *cipher))
{
	const struct tls_cipher *cipher;
	struct ktls_aead_leaf_info info;
	size_t runs = 0;

	for (size_t c = 0; (cipher = tls_cipher_at(c)); c++)
		for (size_t l = 0; leaf_at(l, cipher->id, &info); l++) {
			struct ktls_aead *a;

			if (!info.usable)
				continue;
			a = make(cipher, info.name);
			assert_string_equal(ktls_aead_leaf(a), info.name);
			check(a, cipher);
			ktls_aead_free(a);
			runs++;
		}
	/* By EVP at least AES-GCM, AES-CCM and ChaCha20. */
	assert_true(runs >= 4);
}

/* --- which leaves there are */

static void test_leaves_are_listed_best_first(void **state)
{
	struct ktls_aead_leaf_info info;
	size_t n = 0;

	(void)state;
	for (; leaf_at(n, NULL, &info); n++) {
		struct ktls_aead_leaf_info earlier;

		for (size_t i = 0; i < n && leaf_at(i, NULL, &earlier); i++)
			assert_string_not_equal(earlier.name, info.name);
		assert_int_equal(info.usable, info.why_not[0] == '\0');
	}
	/* The last one runs everywhere. */
	assert_string_equal(info.name, "evp");
	assert_true(info.usable);
	assert_int_equal(n, 1 + HAVE_AESNI + HAVE_VAES256 + HAVE_VAES512);
}

/* A leaf chosen by itself is the first that the list calls usable, and what ktls_cipher_at() foretells. */
static void test_best_leaf_is_the_first_usable(void **state)
{
	struct ktls_cipher_info row;
	size_t made = 0;

	(void)state;
	for (size_t c = 0; ktls_cipher_at(c, &row) == 0; c++) {
		struct ktls_aead_leaf_info info = { 0 };
		struct ktls_aead *a;

		for (size_t l = 0; !info.usable && leaf_at(l, row.id, &info); l++)
			;
		if (!info.usable)
			continue;
		assert_string_equal(info.name, row.engine_leaf);
		a = make(tls_cipher_by_id(row.id), NULL);
		assert_string_equal(ktls_aead_leaf(a), info.name);
		ktls_aead_free(a);
		made++;
	}
	assert_true(made >= 4);
}

/* libcrypto is built without some ciphers at times. */
static void test_evp_has_what_libcrypto_has(void **state)
{
	const struct tls_cipher *cipher;

	(void)state;
	for (size_t c = 0; (cipher = tls_cipher_at(c)); c++) {
		struct ktls_aead_leaf_info info = leaf_named("evp", cipher->id);
		struct ktls_aead *a = NULL;
		int ret = ktls_aead_new(&a, cipher->id, "evp", key, cipher->key_len);

		assert_int_equal(info.usable, ref_has(cipher));
		assert_int_equal(ret, info.usable ? 0 : -EOPNOTSUPP);
		assert_string_equal(info.why_not, info.usable ? "" : "libcrypto has no such cipher");
		ktls_aead_free(a);
	}
}

#if HAVE_AESNI
static void refuse(const char *cipher, size_t key_len, const char *why)
{
	struct ktls_aead_leaf_info info = leaf_named("aesni-pclmul", cipher);
	struct ktls_aead *a = NULL;

	assert_false(info.usable);
	assert_string_equal(info.why_not, why);
	assert_int_equal(ktls_aead_new(&a, cipher, "aesni-pclmul", key, key_len), -EOPNOTSUPP);
	assert_null(a);
}

static void test_leaf_is_not_for_every_cipher(void **state)
{
	(void)state;
	refuse("chacha20-poly1305", 32, "made for AES-128-GCM and AES-256-GCM alone");
	refuse("aes-128-ccm", 16, "made for AES-128-GCM and AES-256-GCM alone");
}

/* The mask holds for leaves that are asked for by name, too. */
static void test_masked_leaf_says_so(void **state)
{
	const char *why = cpu_features() & CPU_AESNI ? "AES-NI is masked (KTLS_CPU_MASK)" :
						       "CPU lacks AES-NI, PCLMULQDQ or AVX";
	struct ktls_aead *a;

	(void)state;
	assert_int_equal(setenv("KTLS_CPU_MASK", "aesni", 1), 0);
	refuse("aes-128-gcm", 16, why);
	assert_string_equal(leaf_named("aesni-pclmul", NULL).why_not, why);
	assert_true(leaf_named("evp", "aes-128-gcm").usable);
	a = make(tls_cipher_by_id("aes-128-gcm"), NULL);
	assert_string_equal(ktls_aead_leaf(a), "evp");
	ktls_aead_free(a);
	unsetenv("KTLS_CPU_MASK");
	assert_int_equal(leaf_named("aesni-pclmul", "aes-128-gcm").usable, (cpu_features() & CPU_AESNI) != 0);
}
#endif

/* --- records */

static void check_one(struct ktls_aead *a, const struct tls_cipher *cipher, size_t len, size_t aad_len)
{
	ref_seal(cipher, key, nonce, aad, aad_len, in, len, expected);
	memset(out, 0xee, len + TAG + 1);
	assert_int_equal(ktls_aead_seal(a, nonce, aad, aad_len, in, len, out), 0);
	assert_memory_equal(out, expected, len + TAG);
	assert_int_equal(out[len + TAG], 0xee);
	assert_true(ref_open(cipher, key, nonce, aad, aad_len, out, len, opened));
	assert_memory_equal(opened, in, len);

	memset(out, 0xee, len + 1);
	assert_int_equal(ktls_aead_open(a, nonce, aad, aad_len, expected, len, out), 0);
	assert_memory_equal(out, in, len);
	assert_int_equal(out[len], 0xee);

	/* In place, there and back. */
	assert_int_equal(ktls_aead_seal(a, nonce, aad, aad_len, out, len, out), 0);
	assert_memory_equal(out, expected, len + TAG);
	assert_int_equal(ktls_aead_open(a, nonce, aad, aad_len, out, len, out), 0);
	assert_memory_equal(out, in, len);
	assert_memory_equal(out + len, expected + len, TAG);
}

static void check_lengths(struct ktls_aead *a, const struct tls_cipher *cipher)
{
	static const size_t aad_lens[] = { 0, 1, 5, 13, KTLS_AEAD_MAX_AAD_LEN };

	for (size_t l = 0; l < ARRAY_SIZE(lens); l++)
		for (size_t i = 0; i < ARRAY_SIZE(aad_lens); i++)
			check_one(a, cipher, lens[l], aad_lens[i]);
}

static void test_each_leaf_is_as_libcrypto(void **state)
{
	(void)state;
	each_leaf(check_lengths);
}

/* No payload, no AAD, and pointers that say so. */
static void check_nothing(struct ktls_aead *a, const struct tls_cipher *cipher)
{
	ref_seal(cipher, key, nonce, NULL, 0, NULL, 0, expected);
	assert_int_equal(ktls_aead_seal(a, nonce, NULL, 0, NULL, 0, out), 0);
	assert_memory_equal(out, expected, TAG);
	assert_int_equal(ktls_aead_open(a, nonce, NULL, 0, out, 0, NULL), 0);
	out[TAG - 1] ^= 1;
	assert_int_equal(ktls_aead_open(a, nonce, NULL, 0, out, 0, NULL), -EBADMSG);
}

static void test_each_leaf_nothing(void **state)
{
	(void)state;
	each_leaf(check_nothing);
}

static void expect_wiped(struct ktls_aead *a, const uint8_t *wire, size_t len)
{
	memset(out, 0xee, len + 1);
	assert_int_equal(ktls_aead_open(a, nonce, aad, 13, wire, len, out), -EBADMSG);
	assert_true(all_zero(out, len));
	assert_int_equal(out[len], 0xee);
	memcpy(out, wire, len + TAG);
	assert_int_equal(ktls_aead_open(a, nonce, aad, 13, out, len, out), -EBADMSG);
	assert_true(all_zero(out, len));
}

static void check_wrong(struct ktls_aead *a, const struct tls_cipher *cipher)
{
	for (size_t l = 0; l < ARRAY_SIZE(lens); l++) {
		const size_t len = lens[l];
		uint8_t *wrong[] = { expected + len, expected + len + TAG - 1, expected + len / 2, nonce, aad + 12 };

		ref_seal(cipher, key, nonce, aad, 13, in, len, expected);
		for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
			*wrong[i] ^= 0x10;
			expect_wiped(a, expected, len);
			*wrong[i] ^= 0x10;
		}
		/* The key has not suffered. */
		assert_int_equal(ktls_aead_open(a, nonce, aad, 13, expected, len, out), 0);
		assert_memory_equal(out, in, len);
	}
}

static void test_each_leaf_wipes_what_does_not_verify(void **state)
{
	(void)state;
	each_leaf(check_wrong);
}

/* Refused before anything is read or written: there is no such buffer. */
static void check_limits(struct ktls_aead *a, const struct tls_cipher *cipher)
{
	(void)cipher;
	memset(out, 0xee, 100);
	assert_int_equal(ktls_aead_seal(a, nonce, aad, KTLS_AEAD_MAX_AAD_LEN + 1, in, 50, out), -EINVAL);
	assert_int_equal(ktls_aead_open(a, nonce, aad, KTLS_AEAD_MAX_AAD_LEN + 1, in, 50, out), -EINVAL);
	assert_int_equal(ktls_aead_seal(a, nonce, aad, 5, in, KTLS_AEAD_MAX_LEN + 1, out), -EMSGSIZE);
	assert_int_equal(ktls_aead_open(a, nonce, aad, 5, in, KTLS_AEAD_MAX_LEN + 1, out), -EMSGSIZE);
	assert_int_equal(ktls_aead_seal(a, nonce, aad, 5, in, SIZE_MAX, out), -EMSGSIZE);
	assert_int_equal(ktls_aead_open(a, nonce, aad, SIZE_MAX, in, 50, out), -EINVAL);
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(out[i], 0xee);
}

static void test_each_leaf_limits(void **state)
{
	(void)state;
	each_leaf(check_limits);
}

/* The longest that is allowed, which CCM can just count. */
static void check_longest(struct ktls_aead *a, const struct tls_cipher *cipher)
{
	const size_t len = KTLS_AEAD_MAX_LEN;
	uint8_t *plain = malloc(len + TAG), *wire = malloc(len + TAG);

	assert_true(plain && wire);
	prng_fill(&prng, plain, len);
	ref_seal(cipher, key, nonce, aad, 5, plain, len, wire);
	assert_int_equal(ktls_aead_open(a, nonce, aad, 5, wire, len, wire), 0);
	assert_memory_equal(wire, plain, len);
	ref_seal(cipher, key, nonce, aad, 5, plain, len, wire);
	assert_int_equal(ktls_aead_seal(a, nonce, aad, 5, plain, len, plain), 0);
	assert_memory_equal(plain, wire, len + TAG);
	free(plain);
	free(wire);
}

static void test_each_leaf_longest(void **state)
{
	(void)state;
	each_leaf(check_longest);
}

/* --- what cannot be had */

static void test_unknown_names(void **state)
{
	static const struct {
		const char *cipher, *leaf;
		size_t key_len;
		int err;
	} rows[] = {
		{ "aes-192-gcm", NULL, 24, -EPROTONOSUPPORT },
		{ "AES-128-GCM", "evp", 16, -EPROTONOSUPPORT },
		{ "", NULL, 0, -EPROTONOSUPPORT },
		{ "aes-128-gcm", "vax", 16, -ENOENT },
		{ "aes-128-gcm", "", 16, -ENOENT },
		{ "aes-128-gcm", "EVP", 16, -ENOENT },
		{ "aes-128-gcm", "evp", 15, -EINVAL },
		{ "aes-128-gcm", "evp", 32, -EINVAL },
		{ "aes-128-gcm", NULL, 0, -EINVAL },
		{ "aes-256-gcm", NULL, 16, -EINVAL },
		{ "chacha20-poly1305", "evp", 16, -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ktls_aead *a = NULL;

		assert_int_equal(ktls_aead_new(&a, rows[i].cipher, rows[i].leaf, key, rows[i].key_len), rows[i].err);
		assert_null(a);
	}
}

static void test_unknown_in_the_list(void **state)
{
	struct ktls_aead_leaf_info info = { .name = "mine" };

	(void)state;
	assert_int_equal(ktls_aead_leaf_at(0, "aes-192-gcm", &info), -EPROTONOSUPPORT);
	assert_int_equal(ktls_aead_leaf_at(1000, NULL, &info), -ENOENT);
	assert_int_equal(ktls_aead_leaf_at(1000, "aes-128-gcm", &info), -ENOENT);
	assert_string_equal(info.name, "mine");
	ktls_aead_free(NULL);
}

#define TEST(f) cmocka_unit_test_setup(f, start)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_leaves_are_listed_best_first),
		TEST(test_best_leaf_is_the_first_usable),
		TEST(test_evp_has_what_libcrypto_has),
#if HAVE_AESNI
		TEST(test_leaf_is_not_for_every_cipher),
		TEST(test_masked_leaf_says_so),
#endif
		TEST(test_each_leaf_is_as_libcrypto),
		TEST(test_each_leaf_nothing),
		TEST(test_each_leaf_wipes_what_does_not_verify),
		TEST(test_each_leaf_limits),
		TEST(test_each_leaf_longest),
		TEST(test_unknown_names),
		TEST(test_unknown_in_the_list),
	};

	return cmocka_run_group_tests_name("aead_api", tests, NULL, NULL);
}
