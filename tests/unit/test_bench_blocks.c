/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ktls-bench/blocks.h"

static void add(struct blocks *b, double ticks, bool quiet)
{
	const struct block block = { .ticks = ticks, .cycles = 2 * ticks, .quiet = quiet };

	blocks_add(b, &block);
}

static void test_blocks_quiet(void **state)
{
	struct blocks_summary sum;
	struct blocks b;

	(void)state;
	assert_int_equal(blocks_make(&b), 0);
	assert_int_equal(blocks_sum_up(&b, &sum), -ENODATA);
	add(&b, 50, false);
	add(&b, 10, true);
	add(&b, 40, false);
	add(&b, 12, true);
	add(&b, 11, true);
	assert_int_equal(blocks_sum_up(&b, &sum), 0);
	assert_true(sum.n == 3 && sum.ticks == 11 && sum.cycles == 22);
	/* As found: all of them. */
	assert_true(sum.all_ticks == 12);
	blocks_free(&b);
}

static void test_blocks_never_quiet(void **state)
{
	struct blocks_summary sum;
	struct blocks b;

	(void)state;
	assert_int_equal(blocks_make(&b), 0);
	add(&b, 30, false);
	add(&b, 20, false);
	add(&b, 10, false);
	assert_int_equal(blocks_sum_up(&b, &sum), 0);
	assert_true(sum.n == 3 && sum.ticks == 20 && sum.cycles == 40 && sum.all_ticks == 20);
	assert_true(b.added == 3 && b.added_quiet == 0);
	blocks_free(&b);
}

/* Far more than are kept: those that are kept come from the beginning as from the end. */
static void test_blocks_thinned_out(void **state)
{
	const double many = 5.0 * BLOCKS_MAX;
	struct blocks_summary sum;
	struct blocks b;

	(void)state;
	assert_int_equal(blocks_make(&b), 0);
	for (double i = 0; i < many; i++)
		add(&b, i, true);
	assert_true(b.n <= BLOCKS_MAX && b.n > BLOCKS_MAX / 2);
	assert_true(b.added == (uint64_t)many && b.added_quiet == b.added);
	for (size_t i = 1; i < b.n; i++)
		assert_true(b.list[i].ticks - b.list[i - 1].ticks == (double)b.every);
	assert_int_equal(blocks_sum_up(&b, &sum), 0);
	assert_true(sum.ticks > 0.49 * many && sum.ticks < 0.51 * many);
	blocks_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks_quiet),
		cmocka_unit_test(test_blocks_never_quiet),
		cmocka_unit_test(test_blocks_thinned_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
