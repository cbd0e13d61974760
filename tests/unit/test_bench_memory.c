/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "ktls-bench/memory.h"

static const char *const two_keys[] = { "Private_Clean", "Swap", NULL };

static double sum_of(const char *text)
{
	FILE *f = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	double sum;

	assert_non_null(f);
	sum = memory_sum(f, two_keys);
	fclose(f);
	return sum;
}

static double of_statm(const char *text)
{
	FILE *f = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	double bytes;

	assert_non_null(f);
	bytes = memory_of_statm(f);
	fclose(f);
	return bytes;
}

static void test_memory_sum(void **state)
{
	(void)state;
	assert_true(sum_of("55aac6a07000-7ffe37d1c000 ---p 00000000 00:00 0      [rollup]\n"
			   "Rss:                1732 kB\nPrivate_Clean:         3 kB\nSwap:                  1 kB\n") == 4096);
	/* A key is a whole word. */
	assert_true(sum_of("Private_Clean: 3 kB\nSwapPss: 9 kB\nSwap: 0 kB\nPrivate_Clean_Not: 9 kB\n") == 3072);
}

static void test_memory_sum_not_known(void **state)
{
	(void)state;
	assert_true(sum_of("Private_Clean: 3 kB\n") == -1);
	assert_true(sum_of("Private_Clean: 3 kB\nSwap: much\n") == -1);
	assert_true(sum_of("\n") == -1);
}

static void test_memory_of_statm(void **state)
{
	(void)state;
	assert_true(of_statm("1000 30 10 5 0 80 0\n") == 20.0 * (double)sysconf(_SC_PAGESIZE));
	assert_true(of_statm("1000 10 30 5 0 80 0\n") == -1);
	assert_true(of_statm("nothing\n") == -1);
}

/* What is only mapped costs nothing yet; what was written to does, and its page tables with it. */
static void test_memory_look(void **state)
{
	const size_t len = 32U << 20;
	struct memory before, mapped, written;
	char *p;

	(void)state;
	memory_collect();
	memory_look(&before, 1e12);
	p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(p != MAP_FAILED);
	memory_look(&mapped, 1e12);
	memset(p, 1, len);
	memory_look(&written, 1e12);
	assert_true(before.process > 0 && before.tables > 0 && before.slab > 0);
	assert_true(mapped.process - before.process < (double)len / 4);
	assert_true(written.process - mapped.process > (double)len * 3 / 4);
	assert_true(written.process - mapped.process < (double)len * 5 / 4);
	assert_true(written.tables >= mapped.tables);
	munmap(p, len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_sum),
		cmocka_unit_test(test_memory_sum_not_known),
		cmocka_unit_test(test_memory_of_statm),
		cmocka_unit_test(test_memory_look),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
