/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/units.h"

static const uint64_t untouched = 4711;

static void test_count(void **state)
{
	static const struct {
		const char *text;
		int ret;
		uint64_t n;
	} cases[] = {
		{ "0", 0, 0 }, { "007", 0, 7 }, { "18446744073709551615", 0, UINT64_MAX },
		{ "18446744073709551616", -ERANGE, 0 }, { "99999999999999999999", -ERANGE, 0 },
		{ "", -EINVAL, 0 }, { " 1", -EINVAL, 0 }, { "1 ", -EINVAL, 0 }, { "+1", -EINVAL, 0 }, { "-1", -EINVAL, 0 },
		{ "0x10", -EINVAL, 0 }, { "1k", -EINVAL, 0 }, { "1.5", -EINVAL, 0 }, { "k", -EINVAL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t n = untouched;

		assert_int_equal(cli_parse_count(cases[i].text, &n), cases[i].ret);
		assert_int_equal(n, cases[i].ret ? untouched : cases[i].n);
	}
}

static void test_size(void **state)
{
	static const struct {
		const char *text;
		int ret;
		uint64_t n;
	} cases[] = {
		{ "0", 0, 0 }, { "4096", 0, 4096 }, { "64k", 0, 65536 }, { "64K", 0, 65536 }, { "10m", 0, UINT64_C(10) << 20 },
		{ "1T", 0, UINT64_C(1) << 40 }, { "16777215T", 0, UINT64_C(16777215) << 40 }, { "16777216T", -ERANGE, 0 },
		{ "18446744073709551616", -ERANGE, 0 }, { "k", -EINVAL, 0 }, { "1kk", -EINVAL, 0 }, { "1 k", -EINVAL, 0 },
		{ "1KiB", -EINVAL, 0 }, { "-1k", -EINVAL, 0 }, { "", -EINVAL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t n = untouched;

		assert_int_equal(cli_parse_size(cases[i].text, &n), cases[i].ret);
		assert_int_equal(n, cases[i].ret ? untouched : cases[i].n);
	}
}

static void test_time(void **state)
{
	static const struct {
		const char *text;
		int ret;
		int64_t ms;
	} cases[] = {
		{ "30", 0, 30000 }, { "500ms", 0, 500 }, { "2s", 0, 2000 }, { "1m", 0, 60000 }, { "24h", 0, CLI_TIME_MAX },
		{ "0", -ERANGE, 0 }, { "0ms", -ERANGE, 0 }, { "25h", -ERANGE, 0 }, { "86400001ms", -ERANGE, 0 },
		{ "1d", -EINVAL, 0 }, { "ms", -EINVAL, 0 }, { "1.5s", -EINVAL, 0 }, { "", -EINVAL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t ms = (int64_t)untouched;

		assert_int_equal(cli_parse_time(cases[i].text, &ms), cases[i].ret);
		assert_int_equal(ms, cases[i].ret ? (int64_t)untouched : cases[i].ms);
	}
}

static void test_format(void **state)
{
	static const struct {
		uint64_t n;
		const char *words;
	} cases[] = {
		{ 0, "0 B" }, { 64, "64 B" }, { 1500, "1500 B" }, { 16384, "16 KiB" }, { UINT64_C(2) << 20, "2 MiB" },
		{ UINT64_C(3) << 30, "3 GiB" }, { UINT64_C(5) << 40, "5 TiB" },
	};
	char words[CLI_SIZE_WORDS];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cli_format_size(words, cases[i].n);
		assert_string_equal(words, cases[i].words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
