/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ktls-bench/stats.h"

static void test_stats_median(void **state)
{
	double odd[] = { 9, 1, 5 }, even[] = { 4, 1, 3, 2 }, one[] = { 7 };
	struct stats s;

	(void)state;
	s = stats_of(odd, 3);
	assert_true(s.median == 5 && s.min == 1 && s.max == 9);
	s = stats_of(even, 4);
	assert_true(s.median == 2.5 && s.min == 1 && s.max == 4);
	s = stats_of(one, 1);
	assert_true(s.median == 7 && s.min == 7 && s.max == 7);
}

static void test_stats_spread(void **state)
{
	const struct stats wide = { .median = 10, .min = 8, .max = 12 }, none = { 0 };

	(void)state;
	assert_true(stats_spread(&wide) == 0.4);
	assert_true(stats_spread(&none) == 0);
}

static void test_stats_overlap(void **state)
{
	const struct stats a = { .median = 10, .min = 8, .max = 12 }, b = { .median = 12, .min = 11, .max = 13 },
			   c = { .median = 13, .min = 11, .max = 15 };

	(void)state;
	/* One median among the other's samples is enough. */
	assert_true(stats_overlap(&a, &b));
	assert_true(stats_overlap(&b, &a));
	/* Samples that only touch are not. */
	assert_false(stats_overlap(&a, &c));
	assert_true(stats_overlap(&a, &a));
}

static void test_stats_ratio(void **state)
{
	const struct stats a = { .median = 10 }, b = { .median = 4 }, none = { 0 };

	(void)state;
	assert_true(stats_ratio(&a, &b) == 2.5);
	/* A base that saw nothing: no number that JSON could not write. */
	assert_true(stats_ratio(&a, &none) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stats_median),
		cmocka_unit_test(test_stats_spread),
		cmocka_unit_test(test_stats_overlap),
		cmocka_unit_test(test_stats_ratio),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
