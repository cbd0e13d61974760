/* SPDX-License-Identifier: MIT */
/*
 * Constant time: with key and payload marked undefined, Valgrind reports each branch or address that depends on them.
 * Run without Valgrind, the program starts itself under it. Valgrind does not know VAES: those leaves are skipped.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "aead/cpu.h"
#include "aead/leaf.h"
#include "base/attr.h"
#include "base/secret.h"
#include "tls/protocol.h"

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#define HAVE_MEMCHECK 1
#else
#define HAVE_MEMCHECK 0
#endif

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define HAVE_ASAN 1
#else
#define HAVE_ASAN 0
#endif

static int skip_all(const char *why)
{
	printf("1..0 # SKIP %s\n", why);
	return 0;
}

#if !HAVE_MEMCHECK
int main(void)
{
	return skip_all("valgrind/memcheck.h is not installed");
}
#elif !HAVE_AESNI
int main(void)
{
	return skip_all("no leaf of our own is built: libcrypto's code is not ours to check");
}
#else

enum {
	MAX_LEN = TLS_MAX_PLAINTEXT + 1,
};

static const size_t lens[] = { 0, 1, 7, 15, 16, 17, 80, 95, 96, 97, 128, 223, 224, 225, 300, 1024, MAX_LEN };
static uint8_t in[MAX_LEN + TLS_TAG_LEN], wire[MAX_LEN + TLS_TAG_LEN], out[MAX_LEN];

static void hide(void *p, size_t len)
{
	VALGRIND_MAKE_MEM_UNDEFINED(p, len);
}

static void show(void *p, size_t len)
{
	VALGRIND_MAKE_MEM_DEFINED(p, len);
}

static void assert_no_reports(unsigned before)
{
	assert_int_equal(VALGRIND_COUNT_ERRORS, before);
}

/* Without this the other tests would say nothing. */
static void test_aead_ct_finds_a_branch(void **state)
{
	const unsigned before = VALGRIND_COUNT_ERRORS;
	volatile uint8_t secret = 3, seen = 0;

	(void)state;
	hide((void *)(uintptr_t)&secret, 1);
	if (secret & 1)
		seen = 1;
	show((void *)(uintptr_t)&seen, 1);
	assert_int_equal(VALGRIND_COUNT_ERRORS, before + 1);
}

static void run_record(void *ctx, size_t len, uint8_t flip)
{
	static const uint8_t nonce[TLS_NONCE_LEN] = { 1, 2, 3 }, aad[5] = { 23, 3, 3 };
	const struct aead_leaf *leaf = &aead_leaf_aesni;
	struct aead_job job = { .nonce = nonce, .aad = aad, .aad_len = sizeof(aad), .in = in, .len = len, .out = wire };
	const unsigned before = VALGRIND_COUNT_ERRORS;
	int ret;

	memset(in, 7, len);
	hide(in, len);
	assert_int_equal(leaf->seal(ctx, &job), 0);
	/* What goes over the wire is public; all the rest is not, until the tag has been found right or wrong. */
	show(wire, len + TLS_TAG_LEN);
	wire[len] ^= flip;
	job.in = wire;
	job.out = out;
	ret = leaf->open(ctx, &job);
	show(&ret, sizeof(ret));
	show(out, len);
	show(in, len);
	assert_no_reports(before);
	assert_int_equal(ret, flip ? -EBADMSG : 0);
	assert_memory_equal(out, in, len);
}

static void run_cipher(const char *id)
{
	const struct tls_cipher *cipher = tls_cipher_by_id(id);
	const unsigned before = VALGRIND_COUNT_ERRORS;
	uint8_t key[TLS_MAX_KEY_LEN] = { 9, 8, 7 };
	void *ctx = secret_alloc(aead_leaf_aesni.ctx_len);

	assert_non_null(ctx);
	hide(key, sizeof(key));
	assert_int_equal(aead_leaf_aesni.init(ctx, cipher, key), 0);
	assert_no_reports(before);
	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		run_record(ctx, lens[i], 0);
		run_record(ctx, lens[i], 0x10);
	}
	secret_free(ctx);
}

static void test_aead_ct_aesni_128(void **state)
{
	(void)state;
	run_cipher("aes-128-gcm");
}

static void test_aead_ct_aesni_256(void **state)
{
	(void)state;
	run_cipher("aes-256-gcm");
}

/* Nobody has looked, and the result must not read as if somebody had. */
static void test_aead_ct_vaes_is_unknown_to_valgrind(void **state)
{
	(void)state;
	skip();
}

static int run_under_valgrind(const char *self)
{
	execlp("valgrind", "valgrind", "-q", self, (char *)NULL);
	return skip_all("valgrind cannot be started");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_aead_ct_finds_a_branch),
		cmocka_unit_test(test_aead_ct_aesni_128),
		cmocka_unit_test(test_aead_ct_aesni_256),
#if HAVE_VAES256 || HAVE_VAES512
		cmocka_unit_test(test_aead_ct_vaes_is_unknown_to_valgrind),
#endif
	};

	(void)argc;
	if (HAVE_ASAN)
		return skip_all("valgrind and AddressSanitizer do not go together");
	if (!(cpu_features() & CPU_AESNI))
		return skip_all("this CPU has no AES-NI");
	if (!RUNNING_ON_VALGRIND)
		return run_under_valgrind(argv[0]);
	return cmocka_run_group_tests_name("aead_ct", tests, NULL, NULL);
}
#endif
