/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ktls-bench/latency.h"

static void test_latency_every_size_is_near(void **state)
{
	(void)state;
	for (unsigned power = 0; power < 64; power++)
		for (int add = -1; add <= 1; add++) {
			const uint64_t ns = (1ULL << power) + (uint64_t)add;
			struct latency *l = calloc(1, sizeof(*l));
			uint64_t got;

			assert_non_null(l);
			latency_add(l, ns);
			/* A longer one, lest the maximum give the answer. */
			latency_add(l, UINT64_MAX);
			got = latency_percentile(l, 50);
			assert_true(got >= ns);
			assert_true(got - ns <= ns / 32);
			free(l);
		}
}

static void test_latency_percentiles(void **state)
{
	struct latency *l = calloc(1, sizeof(*l)), *other = calloc(1, sizeof(*other));

	(void)state;
	assert_non_null(l);
	assert_non_null(other);
	assert_int_equal(latency_percentile(l, 50), 0);
	for (uint64_t i = 1; i <= 1000; i++)
		latency_add(i % 2 ? l : other, i);
	latency_merge(l, other);
	assert_int_equal(l->n, 1000);
	assert_in_range(latency_percentile(l, 50), 500, 516);
	assert_in_range(latency_percentile(l, 90), 900, 930);
	assert_in_range(latency_percentile(l, 99), 990, 1000);
	assert_int_equal(latency_percentile(l, 100), 1000);
	assert_int_equal(l->max_ns, 1000);
	free(l);
	free(other);
}

static void test_latency_steps_rise_to_all(void **state)
{
	struct latency *l = calloc(1, sizeof(*l));
	struct latency_step step = { 0 };
	uint64_t ns = 0, seen = 0;

	(void)state;
	assert_non_null(l);
	assert_false(latency_next(l, &step));
	step = (struct latency_step){ 0 };
	for (uint64_t i = 1; i <= 100000; i += i / 10 + 1)
		latency_add(l, i);
	while (latency_next(l, &step)) {
		assert_true(step.ns > ns);
		assert_true(step.seen > seen);
		assert_int_equal(latency_percentile(l, 100 * (double)step.seen / (double)l->n - 1e-9), step.ns);
		ns = step.ns;
		seen = step.seen;
	}
	assert_int_equal(seen, l->n);
	assert_int_equal(ns, l->max_ns);
	free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_latency_every_size_is_near),
		cmocka_unit_test(test_latency_percentiles),
		cmocka_unit_test(test_latency_steps_rise_to_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
