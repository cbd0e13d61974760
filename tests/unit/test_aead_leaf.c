/* SPDX-License-Identifier: MIT */
/* Which leaf carries what, and what an AEAD answers when it cannot be made. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "aead/aead.h"
#include "aead/cpu.h"
#include "base/attr.h"

static const uint8_t key[32] = { 1, 2, 3 };

static const char *leaf_of(const char *id, unsigned mask)
{
	const struct tls_cipher *cipher = tls_cipher_by_id(id);
	const char *name = aead_leaf_for(cipher, mask);
	struct aead *a;

	/* Foretold and true must agree. */
	assert_int_equal(aead_new(&a, cipher, key, mask), 0);
	assert_string_equal(aead_leaf(a), name);
	aead_free(a);
	return name;
}

static int forget_mask(void **state)
{
	(void)state;
	return unsetenv("KTLS_CPU_MASK");
}

static void test_aead_leaf_is_the_cpus(void **state)
{
	const char *best = cpu_features() & CPU_AESNI ? "aesni-pclmul" : "evp";

	(void)state;
	assert_string_equal(leaf_of("aes-128-gcm", 0), best);
	assert_string_equal(leaf_of("aes-256-gcm", 0), best);
	assert_string_equal(leaf_of("aes-128-ccm", 0), "evp");
	assert_string_equal(leaf_of("chacha20-poly1305", 0), "evp");
}

#if HAVE_AESNI
/* What the compiler's runtime says of the same CPU. */
static void test_aead_cpu_features(void **state)
{
	const bool all = __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul") &&
			 __builtin_cpu_supports("ssse3") && __builtin_cpu_supports("sse4.1");

	(void)state;
	assert_int_equal(cpu_features(), all ? CPU_AESNI : 0);
}
#endif

/* A CPU that lacks it, one that has it masked, one that has it. */
static void test_aead_cpu_why_not(void **state)
{
	(void)state;
	assert_string_equal(cpu_why_not(CPU_AESNI, 0, 0), "CPU lacks AES-NI, PCLMULQDQ, SSSE3 or SSE4.1");
	assert_string_equal(cpu_why_not(CPU_AESNI, CPU_AESNI, 0), "AES-NI is masked (KTLS_CPU_MASK)");
	assert_null(cpu_why_not(CPU_AESNI, CPU_AESNI, CPU_AESNI));
	assert_null(cpu_why_not(0, 0, 0));
}

static void test_aead_leaf_masked_by_caller(void **state)
{
	(void)state;
	assert_string_equal(leaf_of("aes-128-gcm", AEAD_NO_AESNI), "evp");
	assert_string_equal(leaf_of("aes-256-gcm", AEAD_NO_AESNI), "evp");
}

static void test_aead_leaf_masked_by_environment(void **state)
{
	(void)state;
	assert_int_equal(setenv("KTLS_CPU_MASK", "aesni", 1), 0);
	assert_string_equal(leaf_of("aes-128-gcm", 0), "evp");
	assert_int_equal(setenv("KTLS_CPU_MASK", "all", 1), 0);
	assert_string_equal(leaf_of("aes-256-gcm", 0), "evp");
	assert_int_equal(setenv("KTLS_CPU_MASK", "nothing", 1), 0);
	assert_string_equal(leaf_of("aes-128-gcm", 0), cpu_features() & CPU_AESNI ? "aesni-pclmul" : "evp");
}

static void test_aead_mask_words(void **state)
{
	static const struct {
		const char *list;
		unsigned mask;
	} rows[] = {
		{ NULL, 0 },
		{ "", 0 },
		{ ",", 0 },
		{ ",,,", 0 },
		{ "aesni", AEAD_NO_AESNI },
		{ "all", AEAD_NO_AESNI },
		{ "other,aesni", AEAD_NO_AESNI },
		{ "aesni,other", AEAD_NO_AESNI },
		{ ",aesni,", AEAD_NO_AESNI },
		{ "aesn", 0 },
		{ "aesnix", 0 },
		{ "AESNI", 0 },
		{ " aesni", 0 },
		{ "al,l", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(cpu_parse_mask(rows[i].list), rows[i].mask);
}

static void test_aead_unknown_cipher(void **state)
{
	struct tls_cipher cipher = *tls_cipher_by_id("aes-128-ccm");
	struct aead *a = (struct aead *)(uintptr_t)&cipher;

	(void)state;
	cipher.evp = "NO-SUCH-CIPHER";
	assert_int_equal(aead_new(&a, &cipher, key, 0), -ENOTSUP);
	assert_ptr_equal(a, &cipher);
	/* libcrypto's complaint stays inside, what was in the queue stays there. */
	assert_int_equal(ERR_peek_error(), 0);
	ERR_raise(ERR_LIB_USER, 7);
	assert_int_equal(aead_new(&a, &cipher, key, 0), -ENOTSUP);
	assert_int_equal(ERR_GET_REASON(ERR_get_error()), 7);
	assert_int_equal(ERR_get_error(), 0);
}

static void test_aead_free_nothing(void **state)
{
	(void)state;
	aead_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_aead_leaf_is_the_cpus, forget_mask),
#if HAVE_AESNI
		cmocka_unit_test(test_aead_cpu_features),
#endif
		cmocka_unit_test(test_aead_cpu_why_not),
		cmocka_unit_test_setup(test_aead_leaf_masked_by_caller, forget_mask),
		cmocka_unit_test_teardown(test_aead_leaf_masked_by_environment, forget_mask),
		cmocka_unit_test(test_aead_mask_words),
		cmocka_unit_test(test_aead_unknown_cipher),
		cmocka_unit_test(test_aead_free_nothing),
	};

	return cmocka_run_group_tests_name("aead_leaf", tests, NULL, NULL);
}
