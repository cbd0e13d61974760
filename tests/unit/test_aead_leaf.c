/* SPDX-License-Identifier: MIT */
/* Which leaf carries what, and what an AEAD answers when it cannot be made. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>
#if HAVE_AESNI
#include <cpuid.h>
#endif

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

/* What AES-GCM gets where @features are. */
static const char *best_of(unsigned features)
{
#if HAVE_VAES512
	if ((features & CPU_AESNI) && (features & CPU_VAES) && (features & CPU_AVX512))
		return "vaes-avx512";
#endif
#if HAVE_VAES256
	if ((features & CPU_AESNI) && (features & CPU_VAES))
		return "vaes-avx2";
#endif
#if HAVE_AESNI
	if (features & CPU_AESNI)
		return "aesni-pclmul";
#endif
	return "evp";
}

static int forget_mask(void **state)
{
	(void)state;
	return unsetenv("KTLS_CPU_MASK");
}

static void test_aead_leaf_is_the_cpus(void **state)
{
	const char *best = best_of(cpu_features());

	(void)state;
	assert_string_equal(leaf_of("aes-128-gcm", 0), best);
	assert_string_equal(leaf_of("aes-256-gcm", 0), best);
	assert_string_equal(leaf_of("aes-128-ccm", 0), "evp");
	assert_string_equal(leaf_of("chacha20-poly1305", 0), "evp");
}

#if HAVE_AESNI
/* What CPUID and XGETBV say, looked at afresh. */
static bool saves(unsigned states)
{
	unsigned a, b, c, d;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
		return false;
	__asm__("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
	return (a & states) == states;
}

static void test_aead_cpu_features(void **state)
{
	const unsigned aesni = bit_AES | bit_PCLMUL | bit_AVX;
	const unsigned avx512 = bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL;
	unsigned a, b = 0, c = 0, d, bf16 = 0, c1 = 0, expected = 0;

	(void)state;
	__get_cpuid(1, &a, &b, &c1, &d);
	b = c = 0;
	if (__get_cpuid_count(7, 0, &a, &b, &c, &d) && a)
		__get_cpuid_count(7, 1, &bf16, &a, &a, &d);
	/* XCR0: SSE and AVX; with AVX-512's three. */
	if ((c1 & aesni) == aesni && saves(0x06))
		expected |= CPU_AESNI;
	if ((c & bit_VAES) && (c & bit_VPCLMULQDQ) && (b & bit_AVX2) && saves(0x06))
		expected |= CPU_VAES;
	if ((b & avx512) == avx512 && (bf16 & bit_AVX512BF16) && saves(0xe6))
		expected |= CPU_AVX512;
	assert_int_equal(cpu_features(), expected);
}
#endif

/* A CPU that lacks it, one that has it masked, one that has it. */
static void test_aead_cpu_why_not(void **state)
{
	(void)state;
	assert_string_equal(cpu_why_not(CPU_AESNI, 0, 0), "CPU lacks AES-NI, PCLMULQDQ or AVX");
	assert_string_equal(cpu_why_not(CPU_AESNI, CPU_AESNI, 0), "AES-NI is masked (KTLS_CPU_MASK)");
	assert_null(cpu_why_not(CPU_AESNI, CPU_AESNI, CPU_AESNI));
	assert_string_equal(cpu_why_not(CPU_VAES, CPU_AESNI, CPU_AESNI), "CPU lacks VAES, VPCLMULQDQ or AVX2");
	assert_string_equal(cpu_why_not(CPU_VAES, CPU_VAES, 0), "VAES is masked (KTLS_CPU_MASK)");
	assert_string_equal(cpu_why_not(CPU_AVX512, CPU_VAES, CPU_VAES),
			    "CPU lacks AVX-512 (F, BW, DQ, VL), or slows down with it");
	assert_string_equal(cpu_why_not(CPU_AVX512, CPU_AVX512, 0), "AVX-512 is masked (KTLS_CPU_MASK)");
	/* Of several the first is said. */
	assert_string_equal(cpu_why_not(CPU_AESNI | CPU_VAES, 0, 0), "CPU lacks AES-NI, PCLMULQDQ or AVX");
	assert_null(cpu_why_not(0, 0, 0));
}

static void test_aead_leaf_masked_by_caller(void **state)
{
	(void)state;
	assert_string_equal(leaf_of("aes-128-gcm", AEAD_NO_AESNI), "evp");
	assert_string_equal(leaf_of("aes-256-gcm", AEAD_NO_AESNI), "evp");
	assert_string_equal(leaf_of("aes-256-gcm", AEAD_NO_AVX512), best_of(cpu_features() & ~(unsigned)CPU_AVX512));
	assert_string_equal(leaf_of("aes-256-gcm", AEAD_NO_VAES), best_of(cpu_features() & ~(unsigned)CPU_VAES));
}

static void test_aead_leaf_masked_by_environment(void **state)
{
	(void)state;
	assert_int_equal(setenv("KTLS_CPU_MASK", "aesni", 1), 0);
	assert_string_equal(leaf_of("aes-128-gcm", 0), "evp");
	assert_int_equal(setenv("KTLS_CPU_MASK", "all", 1), 0);
	assert_string_equal(leaf_of("aes-256-gcm", 0), "evp");
	assert_int_equal(setenv("KTLS_CPU_MASK", "avx512", 1), 0);
	assert_string_equal(leaf_of("aes-128-gcm", 0), best_of(cpu_features() & ~(unsigned)CPU_AVX512));
	assert_int_equal(setenv("KTLS_CPU_MASK", "vaes", 1), 0);
	assert_string_equal(leaf_of("aes-128-gcm", 0), best_of(cpu_features() & ~(unsigned)CPU_VAES));
	assert_int_equal(setenv("KTLS_CPU_MASK", "nothing", 1), 0);
	assert_string_equal(leaf_of("aes-128-gcm", 0), best_of(cpu_features()));
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
		{ "vaes", AEAD_NO_VAES },
		{ "avx512", AEAD_NO_AVX512 },
		{ "avx512,vaes", AEAD_NO_AVX512 | AEAD_NO_VAES },
		{ "all", AEAD_NO_AESNI | AEAD_NO_VAES | AEAD_NO_AVX512 },
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
