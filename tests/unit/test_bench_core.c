/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ktls-bench/clock.h"
#include "ktls-bench/core.h"

enum {
	N = 20,
};

/* As many looks at a core where a step takes @most, and one where the clock was read wrongly. */
static int learn(double most, bool two_a_cycle)
{
	double steps[N];

	for (size_t i = 0; i < N; i++)
		steps[i] = most + 0.001 * (double)i;
	steps[7] = 0.01;
	return core_alone(steps, N, two_a_cycle);
}

static void test_core_alone(void **state)
{
	(void)state;
	assert_int_equal(learn(1.01, false), 1);
	/* One AES round a cycle. */
	assert_int_equal(learn(2.02, false), 2);
	assert_int_equal(learn(1.97, false), 2);
	/* Two of them, and never alone. */
	assert_int_equal(learn(1.6, false), 1);
	assert_int_equal(learn(2.0, true), 1);
}

static void test_core_quiet(void **state)
{
	const struct core two = { .alone = 2 }, one = { .alone = 1 }, none = { 0 };
	const struct core_look good = { .clock = 1.6, .step = 1.01 }, shared = { .clock = 1.6, .step = 1.5 },
			       other_clock = { .clock = 1.7, .step = 1.01 }, broken = { .clock = 1.6, .step = 0.2 },
			       slow = { .clock = 1.6, .step = 2.02 };

	(void)state;
	assert_true(core_was_quiet(&one, &good, &good));
	assert_false(core_was_quiet(&one, &good, &shared));
	assert_false(core_was_quiet(&one, &shared, &good));
	assert_false(core_was_quiet(&one, &good, &other_clock));
	assert_false(core_was_quiet(&one, &broken, &good));
	assert_false(core_was_quiet(&one, &slow, &slow));
	assert_true(core_was_quiet(&two, &slow, &slow));
	assert_false(core_was_quiet(&two, &good, &good));
	assert_false(core_was_quiet(&none, &good, &good));
}

/* What this CPU says must be what a CPU can say. */
static void test_core_here(void **state)
{
	struct core_look look;
	struct core core;
	uint64_t before;

	(void)state;
	core_learn(&core);
	assert_in_range(core.alone, 0, 8);
	before = clock_ticks();
	core_look(&core, &look);
	assert_true(clock_ticks() > before);
	assert_true(look.clock >= 0 && look.step >= 0);
	assert_true((look.step > 0) == (core.alone > 0));
#ifdef __x86_64__
	assert_true(look.clock > 0);
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_core_alone),
		cmocka_unit_test(test_core_quiet),
		cmocka_unit_test(test_core_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
