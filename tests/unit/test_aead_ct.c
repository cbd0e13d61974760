/* SPDX-License-Identifier: MIT */
/*
 * Constant time: with key and payload marked undefined, Valgrind reports each branch or address that depends on them.
 * Run without Valgrind, the program starts itself under it. Valgrind knows neither VAES nor AVX-512: the bodies of
 * those leaves run at their own widths by AES-NI (vec_by_128.h). What is left, the vectors' own functions and what a
 * compiler makes of both, is for tests/perf/constant-time.
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
#if HAVE_AESNI
#include "unit/leaves_by_128.h"
#endif

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
	FILLS_CACHE = 2000,		/* a length of records that go without cached rounds in no leaf */
};

/* Around each leaf's vectors, heads, batches, and where it takes another way. */
static const size_t lens[] = {
	0, 1, 7, 15, 16, 17, 31, 32, 33, 80, 95, 96, 97, 128, 223, 224, 225, 300, 479, 480, 481, 500, 959, 960, 961,
	991, 992, 993, 1024, 1025, 1100, 3000, MAX_LEN,
};
static uint8_t in[MAX_LEN + TLS_TAG_LEN], wire[MAX_LEN + TLS_TAG_LEN], out[MAX_LEN];

static void hide(void *p, size_t len)
{
	VALGRIND_MAKE_MEM_UNDEFINED(p, len);
}

static void show(void *p, size_t len)
{
	VALGRIND_MAKE_MEM_DEFINED(p, len);
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

static void run_record(const struct aead_leaf *leaf, void *ctx, const uint8_t *nonce, size_t len, uint8_t flip)
{
	static const uint8_t aad[5] = { 23, 3, 3 };
	struct aead_job job = { .nonce = nonce, .aad = aad, .aad_len = sizeof(aad), .in = in, .len = len, .out = wire };
	uint8_t content_type = 23;
	int ret;

	memset(in, 7, len);
	hide(in, len);
	if (len) {
		/* The last byte as TLS 1.3's inner content type. */
		hide(&content_type, 1);
		job.len--;
		job.tail = content_type;
		job.tail_len = 1;
	}
	assert_int_equal(leaf->seal(ctx, &job), 0);
	/* What goes over the wire is public; all the rest is not, until the tag has been found right or wrong. */
	show(wire, len + TLS_TAG_LEN);
	wire[len] ^= flip;
	job.in = wire;
	job.len = len;
	job.out = out;
	ret = leaf->open(ctx, &job);
	show(&ret, sizeof(ret));
	show(out, len);
	show(in, len);
	assert_int_equal(ret, flip ? -EBADMSG : 0);
	assert_memory_equal(out, in, job.len - job.tail_len);
	if (len)
		assert_int_equal(out[len - 1], 23);
}

/* Each length with a nonce that rounds are cached for, since a long record had it, too; and with one that has none. */
static void run_lengths(const struct aead_leaf *leaf, void *ctx)
{
	uint8_t nonce[TLS_NONCE_LEN] = { 1, 2, 3 };

	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		run_record(leaf, ctx, nonce, FILLS_CACHE, 0);
		run_record(leaf, ctx, nonce, lens[i], 0);
		run_record(leaf, ctx, nonce, lens[i], 0x10);
		nonce[10]++;
		run_record(leaf, ctx, nonce, lens[i], 0);
	}
}

/* How much Valgrind has to say about key set-up, sealing and opening by @leaf. */
static unsigned reports(const struct aead_leaf *leaf, const char *id)
{
	const unsigned before = VALGRIND_COUNT_ERRORS;
	uint8_t key[TLS_MAX_KEY_LEN] = { 9, 8, 7 };
	void *ctx = secret_alloc(leaf->ctx_len);

	assert_non_null(ctx);
	hide(key, sizeof(key));
	assert_int_equal(leaf->init(ctx, tls_cipher_by_id(id), key), 0);
	run_lengths(leaf, ctx);
	secret_free(ctx);
	return VALGRIND_COUNT_ERRORS - before;
}

static const struct body {
	const char *cipher;
	const struct aead_leaf *leaf;
} bodies[] = {
	{ "aes-128-gcm", &aead_leaf_aesni },
	{ "aes-256-gcm", &aead_leaf_aesni },
	{ "aes-128-gcm", &aead_leaf_vaes256_by_128 },
	{ "aes-256-gcm", &aead_leaf_vaes256_by_128 },
	{ "aes-128-gcm", &aead_leaf_vaes512_by_128 },
	{ "aes-256-gcm", &aead_leaf_vaes512_by_128 },
};

static void test_aead_ct(void **state)
{
	const struct body *body = *state;

	assert_int_equal(reports(body->leaf, body->cipher), 0);
}

/* --- leaves that leak, each in one place: the same run must tell them from the others */

static volatile uint8_t leaked;

static int init_branches(void *ctx, const struct tls_cipher *cipher, const uint8_t *key)
{
	if (key[5] & 1)
		leaked = 1;
	return aead_leaf_vaes512_by_128.init(ctx, cipher, key);
}

static int seal_looks_up(void *ctx, const struct aead_job *job)
{
	static const uint8_t table[256] = { 1 };

	if (job->len)
		leaked = table[job->in[0]];
	return aead_leaf_vaes512_by_128.seal(ctx, job);
}

/* Makes the right tag itself, which is secret until somebody sends it, and stops at the first byte that differs. */
static int open_compares_bytes(void *ctx, const struct aead_job *job)
{
	static uint8_t sealed[MAX_LEN + TLS_TAG_LEN];
	const int ret = aead_leaf_vaes512_by_128.open(ctx, job);
	struct aead_job again = *job;

	again.in = job->out;
	again.out = sealed;
	again.tail_len = 0;
	aead_leaf_vaes512_by_128.seal(ctx, &again);
	for (size_t i = 0; i < TLS_TAG_LEN && sealed[job->len + i] == job->in[job->len + i]; i++)
		leaked = (uint8_t)i;
	return ret;
}

static void test_aead_ct_finds_leaks(void **state)
{
	struct aead_leaf key = aead_leaf_vaes512_by_128, plaintext = key, tag = key;

	(void)state;
	key.init = init_branches;
	plaintext.seal = seal_looks_up;
	tag.open = open_compares_bytes;
	assert_int_not_equal(reports(&key, "aes-128-gcm"), 0);
	assert_int_not_equal(reports(&plaintext, "aes-128-gcm"), 0);
	assert_int_not_equal(reports(&tag, "aes-128-gcm"), 0);
}

static int run_under_valgrind(const char *self)
{
	execlp("valgrind", "valgrind", "-q", self, (char *)NULL);
	return skip_all("valgrind cannot be started");
}

#define BODY(i, name) { "test_aead_ct " name, test_aead_ct, NULL, NULL, (void *)(uintptr_t)&bodies[i] }

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_aead_ct_finds_a_branch),
		cmocka_unit_test(test_aead_ct_finds_leaks),
		BODY(0, "aesni-pclmul, aes-128-gcm"),
		BODY(1, "aesni-pclmul, aes-256-gcm"),
		BODY(2, "body of vaes-avx2, aes-128-gcm"),
		BODY(3, "body of vaes-avx2, aes-256-gcm"),
		BODY(4, "body of vaes-avx512, aes-128-gcm"),
		BODY(5, "body of vaes-avx512, aes-256-gcm"),
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
