/* SPDX-License-Identifier: MIT */
/* Secret memory: pages of its own, and pieces of a pool that connections share. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/poison.h"
#include "base/secret.h"

static bool all_zero(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i])
			return false;
	return true;
}

/* Whether the kernel could read a byte there: asked without touching it, and past the sanitizer's own write(). */
static bool is_readable(const void *p)
{
	int fds[2];
	ssize_t n;

	assert_int_equal(pipe(fds), 0);
	n = syscall(SYS_write, fds[1], p, 1);
	if (n < 0)
		assert_int_equal(errno, EFAULT);
	close(fds[0]);
	close(fds[1]);
	return n == 1;
}

/* The VmFlags of the pages at @p, as /proc shows them: "rd wr mr mw me lo ac dd ". */
static void vm_flags(const void *p, char *flags, size_t cap)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	unsigned long from, to;
	bool here = false;
	char line[512];

	flags[0] = '\0';
	if (!f)
		return;
	while (!flags[0] && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			here = from <= (uintptr_t)p && (uintptr_t)p < to;
		else if (here && strncmp(line, "VmFlags:", 8) == 0)
			snprintf(flags, cap, "%s", line + 8);
	}
	fclose(f);
}

static bool may_lock(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur >= 4 * SECRET_REGION_LEN;
}

static void check_protection(const void *p)
{
	char flags[512];

	vm_flags(p, flags, sizeof(flags));
	if (!flags[0])
		skip();
	assert_non_null(strstr(flags, " dd"));
	if (may_lock())
		assert_non_null(strstr(flags, " lo"));
}

static void test_secret_pages(void **state)
{
	static const size_t lengths[] = { 0, 1, 64, 4032, 4033, 100000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		uint8_t *p = secret_alloc(lengths[i]);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % 64, 0);
		assert_true(all_zero(p, lengths[i]));
		memset(p, 0xa5, lengths[i]);
		assert_null(secret_pool_of(p));
		secret_free(p);
		assert_false(is_readable(p));
	}
	assert_null(secret_alloc(SIZE_MAX));
	secret_free(NULL);
}

static void test_secret_protection(void **state)
{
	struct secret_pool *pool = secret_pool_new();
	void *own = secret_alloc(10), *piece = secret_pool_alloc(pool, 10);

	(void)state;
	check_protection(own);
	check_protection(piece);
	secret_free(own);
	secret_free(piece);
	secret_pool_free(pool);
}

static void test_secret_pool_pieces(void **state)
{
	struct secret_pool *pool = secret_pool_new();
	uint8_t *p[200];

	(void)state;
	assert_non_null(pool);
	for (size_t i = 0; i < ARRAY_SIZE(p); i++) {
		p[i] = secret_pool_alloc(pool, i * 7);
		assert_non_null(p[i]);
		assert_int_equal((uintptr_t)p[i] % 64, 0);
		assert_true(all_zero(p[i], i * 7));
		assert_ptr_equal(secret_pool_of(p[i]), pool);
		memset(p[i], (int)i, i * 7);
	}
	for (size_t i = 0; i < ARRAY_SIZE(p); i++) {
		for (size_t k = 0; k < i * 7; k++)
			assert_int_equal(p[i][k], i);
		secret_free(p[i]);
	}
	secret_pool_free(pool);
	secret_pool_free(NULL);
}

/* Whoever comes next at the same place finds zeroes, also when the pages are divided another way. */
static void test_secret_pool_wipes(void **state)
{
	struct secret_pool *pool = secret_pool_new();
	uint8_t *keep = secret_pool_alloc(pool, 64), *p = secret_pool_alloc(pool, 1000), *q;

	(void)state;
	memset(p, 0xa5, 1000);
	secret_free(p);
	unpoison(p, 1000);
	assert_true(all_zero(p, 1000));
	poison(p, 1024);
	q = secret_pool_alloc(pool, 999);
	assert_ptr_equal(q, p);
	assert_true(all_zero(q, 999));
	secret_free(q);
	secret_free(keep);
	for (int i = 0; i < 10; i++) {
		uint8_t *a = secret_pool_alloc(pool, 100), *b = secret_pool_alloc(pool, 300);

		memset(a, 0xa5, 100);
		memset(b, 0xa5, 300);
		secret_free(a);
		secret_free(b);
		q = secret_pool_alloc(pool, 16000);
		assert_true(all_zero(q, 16000));
		memset(q, 0x5a, 16000);
		secret_free(q);
	}
	secret_pool_free(pool);
}

/* More than one region: all but the last go back when they are empty. */
static void test_secret_pool_grows_and_shrinks(void **state)
{
	struct secret_pool *pool = secret_pool_new();
	uint8_t *p[40];

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < ARRAY_SIZE(p); i++) {
			p[i] = secret_pool_alloc(pool, SECRET_PIECE_MAX);
			assert_non_null(p[i]);
			assert_true(all_zero(p[i], SECRET_PIECE_MAX));
			memset(p[i], 1, SECRET_PIECE_MAX);
		}
		for (size_t i = 0; i < ARRAY_SIZE(p); i++)
			secret_free(p[i]);
		assert_false(is_readable(p[0]));
		assert_true(is_readable(p[ARRAY_SIZE(p) - 1]));
	}
	secret_pool_free(pool);
	assert_false(is_readable(p[ARRAY_SIZE(p) - 1]));
}

/* What does not fit gets pages of its own, and so does everybody who has no pool. */
static void test_secret_pool_too_long(void **state)
{
	struct secret_pool *pool = secret_pool_new();
	uint8_t *p = secret_pool_alloc(pool, SECRET_PIECE_MAX + 1), *q = secret_pool_alloc(NULL, 5);

	(void)state;
	assert_non_null(p);
	assert_null(secret_pool_of(p));
	assert_non_null(q);
	assert_null(secret_pool_of(q));
	assert_null(secret_pool_alloc(pool, SIZE_MAX));
	secret_free(q);
	secret_free(p);
	secret_pool_free(pool);
}

/* An SSL_CTX may go before the connections that came from it. */
static void test_secret_pool_outlives_its_owner(void **state)
{
	struct secret_pool *pool = secret_pool_new();
	uint8_t *p = secret_pool_alloc(pool, 100), *q = secret_pool_alloc(pool, 100);

	(void)state;
	secret_pool_free(pool);
	memset(p, 1, 100);
	secret_free(p);
	/* Another one may still be asked for by who has one. */
	p = secret_pool_alloc(secret_pool_of(q), 5000);
	memset(p, 1, 5000);
	secret_free(q);
	assert_true(is_readable(p));
	secret_free(p);
	assert_false(is_readable(p));
}

/* The page behind a region faults; inside of it AddressSanitizer knows what belongs to nobody. */
static void test_secret_pool_guards(void **state)
{
	struct secret_pool *pool = secret_pool_new();
	uint8_t *p = secret_pool_alloc(pool, 100);
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const uint8_t *first_page = p - (uintptr_t)p % page;

	(void)state;
	assert_true(is_readable(first_page + SECRET_REGION_LEN - 1));
	assert_false(is_readable(first_page + SECRET_REGION_LEN));
#if HAVE_POISON
	assert_false(__asan_address_is_poisoned(p));
	assert_false(__asan_address_is_poisoned(p + 99));
	assert_true(__asan_address_is_poisoned(p + 100));
	assert_true(__asan_address_is_poisoned(p + 128));
	assert_true(__asan_address_is_poisoned(p - 1));
	secret_free(secret_pool_alloc(pool, 64));
	assert_true(__asan_address_is_poisoned(p + 128 + 64));
#endif
	secret_free(p);
	secret_pool_free(pool);
}

enum {
	THREADS = 4,
	ROUNDS = 3000,
	HELD = 16,
};

/* Sizes of every kind come and go; nobody else may write into what a thread holds. NULL if it was so. */
static void *churn(void *arg)
{
	struct secret_pool *pool = arg;
	struct { uint8_t *p; size_t len; } held[HELD] = { 0 };
	unsigned seed = (unsigned)(uintptr_t)&held;
	bool ok = true;

	for (int i = 0; i < ROUNDS; i++) {
		const size_t at = (size_t)i % HELD;

		seed = seed * 1103515245 + 12345;
		for (size_t k = 0; k < held[at].len; k++)
			ok &= held[at].p[k] == (uint8_t)at + 1;
		secret_free(held[at].p);
		held[at].len = seed / 65536 % 3000;
		held[at].p = secret_pool_alloc(pool, held[at].len);
		if (!held[at].p)
			return pool;
		ok &= all_zero(held[at].p, held[at].len);
		memset(held[at].p, (int)at + 1, held[at].len);
	}
	for (size_t i = 0; i < HELD; i++)
		secret_free(held[i].p);
	return ok ? NULL : pool;
}

static void test_secret_pool_threads(void **state)
{
	struct secret_pool *pool = secret_pool_new();
	pthread_t threads[THREADS];
	void *wrong;

	(void)state;
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, churn, pool), 0);
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &wrong), 0);
		assert_null(wrong);
	}
	secret_pool_free(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_secret_pages),
		cmocka_unit_test(test_secret_protection),
		cmocka_unit_test(test_secret_pool_pieces),
		cmocka_unit_test(test_secret_pool_wipes),
		cmocka_unit_test(test_secret_pool_grows_and_shrinks),
		cmocka_unit_test(test_secret_pool_too_long),
		cmocka_unit_test(test_secret_pool_outlives_its_owner),
		cmocka_unit_test(test_secret_pool_guards),
		cmocka_unit_test(test_secret_pool_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
