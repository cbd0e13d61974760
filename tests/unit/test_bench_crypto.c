/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ktls-bench/comparison.h"
#include "ktls-bench/crypto.h"

/* What the mode takes from the rest of the program, of which nothing else is here. */
static const struct row *base_row;

const struct row *comparison_base_of(const struct comparison *c, const struct row *row)
{
	(void)c;
	(void)row;
	return base_row;
}

void case_set_size(struct bench_case *c, size_t size)
{
	c->size = size;
}

int crypto_take(const struct trial *t, struct bench_seat *seats, size_t n, struct cli_failure *f)
{
	(void)t;
	(void)seats;
	(void)n;
	(void)f;
	return -1;
}

/* What is said of libcrypto and a leaf at 64 and 1024 bytes, whose samples have these shares of quiet blocks. */
static char *conclude(double first, double second)
{
	struct bench_options o = { .mode = &bench_crypto, .sizes = { 64, 1024 }, .n_sizes = 2 };
	struct sample samples[2] = { { .extra = { [CRYPTO_QUIET] = first } }, { .extra = { [CRYPTO_QUIET] = second } } };
	struct row rows[] = {
		{ .what = { .title = "libcrypto", .size = 1024 }, .samples = samples, .n = 2, .rate = { 2, 2, 2 } },
		{ .what = { .title = "one, seal, 64 B", .size = 64, .leaf = "one" }, .samples = samples, .n = 2, .rate = { 9, 9, 9 } },
		{ .what = { .title = "one, seal, 1 KiB", .size = 1024, .leaf = "one" }, .samples = samples, .n = 2, .rate = { 3, 3, 3 } },
		{ .what = { .title = "two, seal, 1 KiB", .size = 1024, .leaf = "two" }, .why_not = "for other CPUs" },
	};
	const struct comparison c = { .options = &o, .rows = rows, .n = 4 };
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	base_row = &rows[0];
	bench_crypto.conclude(f, &c);
	fclose(f);
	return text;
}

static void check(double first, double second, const char *wanted)
{
	char *text = conclude(first, second);

	assert_string_equal(text, wanted);
	free(text);
}

/* The longest records only, and nothing of a row that was not measured. */
static void test_crypto_conclusion(void **state)
{
	(void)state;
	check(0.9, 1, "one, seal, 1 KiB: 1.50 times libcrypto's speed. ");
}

/* One sample without a quiet block is enough. */
static void test_crypto_never_quiet(void **state)
{
	(void)state;
	check(0.9, 0,
	      "one, seal, 1 KiB: 1.50 times libcrypto's speed. Warning: somebody else used the core all the time while 3 rows were measured, "
	      "whose figures are as found. ");
}

static void test_crypto_no_probe(void **state)
{
	(void)state;
	check(-1, -1,
	      "one, seal, 1 KiB: 1.50 times libcrypto's speed. On this CPU it cannot be seen who else uses its cores: all is as found. ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_crypto_conclusion),
		cmocka_unit_test(test_crypto_never_quiet),
		cmocka_unit_test(test_crypto_no_probe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
