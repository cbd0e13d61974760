/* SPDX-License-Identifier: MIT */
/* What pictures are made of: words that gnuplot looks for nothing in, and curves that can be told apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ktls-bench/plot.h"

static void assert_clean(const char *text, const char *clean)
{
	char *got = plot_clean(text);

	assert_non_null(got);
	assert_string_equal(got, clean);
	free(got);
}

static void test_plot_clean_text_is_utf8_without_control_characters(void **state)
{
	(void)state;
	assert_clean("", "");
	assert_clean("Gr\xc3\xb6\xc3\x9f" "e \xe2\x86\x92 5 \xc2\xb5s", "Gr\xc3\xb6\xc3\x9f" "e \xe2\x86\x92 5 \xc2\xb5s");
	assert_clean("a\nb\tc\033[1md\x7f", "a b c [1md ");
	/* Not UTF-8: latin-1, cut off, overlong, a surrogate. */
	assert_clean("Gr\xf6\xdf" "e", "Gr??e");
	assert_clean("a\xe2\x86", "a??");
	assert_clean("\xc0\xaf", "??");
	assert_clean("\xed\xa0\x80", "?\?\?");
	/* UTF-8, but no XML. */
	assert_clean("\xef\xbf\xbe-\xef\xbf\xbf", "?\?\?-?\?\?");
	assert_clean("\xef\xbc\xa1", "\xef\xbc\xa1");
}

static void test_plot_lines_break_between_words_and_characters(void **state)
{
	(void)state;
	assert_int_equal(plot_fit("", 5), 0);
	assert_int_equal(plot_fit("one two", 7), 7);
	assert_int_equal(plot_fit("one two", 6), 3);
	assert_int_equal(plot_fit("one two", 3), 3);
	/* One word is broken where it must be, but no character is. */
	assert_int_equal(plot_fit("abcdef", 4), 4);
	assert_int_equal(plot_fit("\xc3\xb6\xc3\xb6\xc3\xb6", 2), 4);
	assert_int_equal(plot_fit("\xc3\xb6\xc3\xb6\xc3\xb6", 3), 6);
}

static void test_plot_quotes_end_where_they_should(void **state)
{
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	assert_non_null(f);
	plot_quote(f, "it's `x` \"$y\" @z \\", 18);
	plot_quote(f, "''", 2);
	plot_quote(f, "cut off", 3);
	assert_int_equal(fclose(f), 0);
	assert_string_equal(text, "'it''s `x` \"$y\" @z \\'" "''''''" "'cut'");
	free(text);
}

/* --- curves --------------------------------------------------------------------------- */

static const struct carrier libssl = { .id = "libssl" }, engine = { .id = "engine" };

static struct row row_of(const struct carrier *carrier, const char *title, const char *series, size_t size)
{
	struct row row = { .n = 1, .what = { .carrier = carrier, .size = size } };

	snprintf(row.what.title, sizeof(row.what.title), "%s", title);
	snprintf(row.what.series, sizeof(row.what.series), "%s", series);
	snprintf(row.what.group, sizeof(row.what.group), "%s", carrier ? carrier->id : title);
	return row;
}

static struct plot_curve curves[BENCH_CASES_MAX];
static size_t of_row[BENCH_CASES_MAX];

static void test_plot_rows_of_a_series_make_a_curve(void **state)
{
	struct row rows[] = {
		row_of(&libssl, "L, 1", "L", 1), row_of(&engine, "E, 1", "E", 1), row_of(&libssl, "L, 2", "L", 2),
		row_of(&engine, "E, 2", "E", 2), row_of(&engine, "E, 3", "E", 3),
	};
	const struct comparison c = { .rows = rows, .n = 5 };

	(void)state;
	rows[3].n = 0;
	assert_int_equal(plot_curves(&c, curves, of_row), 2);
	assert_string_equal(curves[0].title, "L");
	assert_string_equal(curves[1].title, "E");
	assert_int_equal(of_row[2], 0);
	assert_int_equal(of_row[3], PLOT_NO_CURVE);
	assert_int_equal(of_row[4], 1);
	assert_int_not_equal(curves[0].colour, curves[1].colour);
}

/* A case that is named twice. */
static void test_plot_a_size_is_on_a_curve_once(void **state)
{
	struct row rows[] = {
		row_of(&libssl, "L, 1", "L", 1), row_of(&libssl, "L, 2", "L", 2), row_of(&libssl, "L, 1", "L", 1), row_of(&libssl, "L, 2", "L", 2),
	};
	const struct comparison c = { .rows = rows, .n = 4 };

	(void)state;
	assert_int_equal(plot_curves(&c, curves, of_row), 2);
	assert_int_equal(of_row[1], 0);
	assert_int_equal(of_row[2], 1);
	assert_int_equal(of_row[3], 1);
	assert_int_equal(curves[0].colour, curves[1].colour);
	assert_string_not_equal(curves[0].dash, curves[1].dash);
}

static void test_plot_a_carrier_has_its_colour_everywhere(void **state)
{
	struct row both[] = { row_of(&libssl, "L", "", 0), row_of(&engine, "E", "", 0) }, alone[] = { row_of(&engine, "E, 1", "E", 1) };
	const struct comparison first = { .rows = both, .n = 2 }, second = { .rows = alone, .n = 1 };
	unsigned colour;

	(void)state;
	assert_int_equal(plot_curves(&first, curves, of_row), 2);
	colour = curves[1].colour;
	assert_int_equal(plot_curves(&second, curves, of_row), 1);
	assert_int_equal(curves[0].colour, colour);
}

static void test_plot_what_has_no_carrier_has_a_colour_by_its_kind(void **state)
{
	struct row rows[] = {
		row_of(NULL, "one", "", 0), row_of(NULL, "two", "", 0), row_of(NULL, "one", "", 0), row_of(NULL, "three", "", 0),
	};
	const struct comparison c = { .rows = rows, .n = 4 };

	(void)state;
	assert_int_equal(plot_curves(&c, curves, of_row), 4);
	assert_int_equal(curves[0].colour, curves[2].colour);
	assert_int_not_equal(curves[0].colour, curves[1].colour);
	assert_int_not_equal(curves[1].colour, curves[3].colour);
	assert_int_not_equal(curves[0].colour, curves[3].colour);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plot_clean_text_is_utf8_without_control_characters),
		cmocka_unit_test(test_plot_lines_break_between_words_and_characters),
		cmocka_unit_test(test_plot_quotes_end_where_they_should),
		cmocka_unit_test(test_plot_rows_of_a_series_make_a_curve),
		cmocka_unit_test(test_plot_a_size_is_on_a_curve_once),
		cmocka_unit_test(test_plot_a_carrier_has_its_colour_everywhere),
		cmocka_unit_test(test_plot_what_has_no_carrier_has_a_colour_by_its_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
