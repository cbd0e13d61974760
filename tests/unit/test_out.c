/* SPDX-License-Identifier: MIT */
/* Tables, notes, colour and JSON, as they reach the stream. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "out/atomic.h"
#include "out/json.h"
#include "out/notes.h"
#include "out/table.h"

/* A stream into memory. */
struct memory {
	struct out out;
	char *text;
	size_t len;
};

static void memory_open(struct memory *m)
{
	*m = (struct memory){ 0 };
	m->out.to = open_memstream(&m->text, &m->len);
	assert_non_null(m->out.to);
}

static void memory_expect(struct memory *m, const char *wanted)
{
	assert_int_equal(out_finish(&m->out), 0);
	assert_string_equal(m->text, wanted);
	fclose(m->out.to);
	free(m->text);
}

static const struct out_column three[] = {
	{ "name", OUT_LEFT },
	{ "count", OUT_RIGHT },
	{ "meaning", OUT_LEFT },
};

static void test_table_widths_follow_the_cells(void **state)
{
	struct out_table *t;
	struct memory m;

	(void)state;
	memory_open(&m);
	assert_int_equal(out_table_new(&t, three, 3), 0);
	out_table_cell(t, OUT_PLAIN, "a");
	out_table_cell(t, OUT_PLAIN, "%d", 12);
	out_table_cell(t, OUT_PLAIN, "first");
	out_table_cell(t, OUT_PLAIN, "longer");
	out_table_cell(t, OUT_PLAIN, "%d", 1234567);
	out_table_cell(t, OUT_PLAIN, "second");
	assert_int_equal(out_table_print(t, &m.out), 0);
	out_table_free(t);
	memory_expect(&m, "name      count  meaning\n"
			  "a            12  first\n"
			  "longer  1234567  second\n");
}

static void test_table_lines_do_not_end_in_blanks(void **state)
{
	static const struct out_column untitled[] = { { NULL, OUT_LEFT }, { NULL, OUT_LEFT }, { NULL, OUT_LEFT } };
	struct out_table *t;
	struct memory m;

	(void)state;
	memory_open(&m);
	assert_int_equal(out_table_new(&t, untitled, 3), 0);
	out_table_cell(t, OUT_PLAIN, "a");
	out_table_cell(t, OUT_PLAIN, "%s", "");
	out_table_cell(t, OUT_PLAIN, "%s", "");
	out_table_cell(t, OUT_PLAIN, "%s", "");
	out_table_cell(t, OUT_PLAIN, "%s", "");
	out_table_cell(t, OUT_PLAIN, "c");
	out_table_cell(t, OUT_PLAIN, "cut short");
	assert_int_equal(out_table_print(t, &m.out), 0);
	out_table_free(t);
	memory_expect(&m, "a\n"
			  "             c\n"
			  "cut short\n");
}

static void test_table_last_column_is_broken_between_words(void **state)
{
	static const struct out_column two[] = { { NULL, OUT_LEFT }, { NULL, OUT_LEFT } };
	struct out_table *t;
	struct memory m;

	(void)state;
	memory_open(&m);
	assert_int_equal(out_table_new(&t, two, 2), 0);
	out_table_cell(t, OUT_PLAIN, "key");
	out_table_cell(t, OUT_PLAIN, "%s",
		       "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen");
	assert_int_equal(out_table_print(t, &m.out), 0);
	out_table_free(t);
	memory_expect(&m, "key  one two three four five six seven eight nine ten eleven twelve thirteen\n"
			  "     fourteen fifteen\n");
}

static void test_table_grows(void **state)
{
	static const struct out_column one[] = { { NULL, OUT_LEFT } };
	struct out_table *t;
	struct memory m;

	(void)state;
	memory_open(&m);
	assert_int_equal(out_table_new(&t, one, 1), 0);
	for (int i = 0; i < 1000; i++)
		out_table_cell(t, OUT_PLAIN, "%d", i);
	assert_int_equal(out_table_print(t, &m.out), 0);
	out_table_free(t);
	assert_int_equal(out_finish(&m.out), 0);
	assert_int_equal(m.len, 10 * 2 + 90 * 3 + 900 * 4);
	fclose(m.out.to);
	free(m.text);
}

static void test_wrapped_fits_exactly(void **state)
{
	char text[200];
	struct memory m;

	(void)state;
	memset(text, 'x', sizeof(text));
	strcpy(text + OUT_WIDTH, " y");
	memory_open(&m);
	out_wrapped(&m.out, OUT_PLAIN, 0, 2, text);
	out_wrapped(&m.out, OUT_PLAIN, 1, 0, "a");
	assert_int_equal(out_finish(&m.out), 0);
	assert_int_equal(strcspn(m.text, "\n"), OUT_WIDTH);
	assert_string_equal(m.text + OUT_WIDTH, "\n  y\na\n");
	fclose(m.out.to);
	free(m.text);
}

static void test_wrapped_keeps_long_words(void **state)
{
	struct memory m;

	(void)state;
	memory_open(&m);
	out_wrapped(&m.out, OUT_PLAIN, OUT_WIDTH + 5, 1, "far right");
	out_wrapped(&m.out, OUT_PLAIN, 0, 1, "");
	memory_expect(&m, "far\n right\n\n");
}

static void test_text_shows_no_control_characters(void **state)
{
	struct memory m;

	(void)state;
	memory_open(&m);
	out_text(&m.out, OUT_PLAIN, "a%sb\n", "\033[2J\x7f\xc2\x9b");
	memory_expect(&m, "a?[2J???b?");
}

static void test_colour_only_when_wanted(void **state)
{
	struct memory m;

	(void)state;
	memory_open(&m);
	assert_int_equal(out_set_colour(&m.out, "auto"), 0);
	assert_false(m.out.colour);
	assert_int_equal(out_set_colour(&m.out, "sometimes"), -EINVAL);
	assert_int_equal(out_set_colour(&m.out, "always"), 0);
	out_text(&m.out, OUT_GOOD, "yes");
	out_text(&m.out, OUT_PLAIN, " ");
	out_text(&m.out, OUT_BAD, "%s", "");
	assert_int_equal(out_set_colour(&m.out, "never"), 0);
	out_text(&m.out, OUT_BAD, "no");
	memory_expect(&m, "\033[32myes\033[0m no");
}

static void test_colour_does_not_shift_columns(void **state)
{
	struct out_table *t;
	struct memory m;

	(void)state;
	memory_open(&m);
	m.out.colour = true;
	assert_int_equal(out_table_new(&t, three, 3), 0);
	out_table_cell(t, OUT_GOOD, "ab");
	out_table_cell(t, OUT_BAD, "1");
	out_table_cell(t, OUT_PLAIN, "x");
	assert_int_equal(out_table_print(t, &m.out), 0);
	out_table_free(t);
	memory_expect(&m, "\033[1mname\033[0m  \033[1mcount\033[0m  \033[1mmeaning\033[0m\n"
			  "\033[32mab\033[0m        \033[31m1\033[0m  x\n");
}

static void test_notes_have_one_number_for_one_text(void **state)
{
	static char many[OUT_NOTES_MAX + 1][8];
	struct out_notes notes = { 0 };
	char copy[] = "not there";
	struct memory m;

	(void)state;
	assert_int_equal(out_note(&notes, "not there"), 1);
	assert_int_equal(out_note(&notes, "not allowed"), 2);
	assert_int_equal(out_note(&notes, copy), 1);
	memory_open(&m);
	out_notes_print(&notes, &m.out);
	memory_expect(&m, "(1) not there\n(2) not allowed\n");
	for (size_t i = 0; i <= OUT_NOTES_MAX; i++) {
		snprintf(many[i], sizeof(many[i]), "n%zu", i);
		assert_int_equal(out_note(&notes, many[i]), i + 3 <= OUT_NOTES_MAX ? i + 3 : 0);
	}
}

static void test_json_values(void **state)
{
	struct memory m;

	(void)state;
	memory_open(&m);
	assert_int_equal(out_json(&m.out, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "z", out_json_text("\"q\""),
						    "a", out_json_text(""), "bad", out_json_text("x\xff"), "none",
						    out_json_text(NULL), "count", out_json_count(7), "unknown",
						    out_json_count(-1), "yes", out_json_answer(1), "maybe",
						    out_json_answer(2))),
			 0);
	memory_expect(&m, "{\n"
			  "  \"z\": \"\\\"q\\\"\",\n"
			  "  \"a\": null,\n"
			  "  \"bad\": \"x?\",\n"
			  "  \"none\": null,\n"
			  "  \"count\": 7,\n"
			  "  \"unknown\": null,\n"
			  "  \"yes\": true,\n"
			  "  \"maybe\": null\n"
			  "}\n");
}

static void test_json_without_a_document(void **state)
{
	struct memory m;

	(void)state;
	memory_open(&m);
	assert_int_equal(out_json(&m.out, NULL), -ENOMEM);
	memory_expect(&m, "");
}

static void test_json_failures_reach_the_document(void **state)
{
	json_t *list = json_array(), *object = json_object();

	(void)state;
	out_json_append(&list, json_integer(1));
	out_json_set(&object, "a", json_integer(2));
	assert_int_equal(json_array_size(list), 1);
	assert_int_equal(json_object_size(object), 1);
	out_json_append(&list, NULL);
	out_json_set(&object, "b", NULL);
	assert_null(list);
	assert_null(object);
	out_json_append(&list, json_integer(3));
	out_json_set(&object, "c", json_integer(4));
	assert_null(list);
	assert_null(object);
}

static void test_finish_says_that_the_disk_is_full(void **state)
{
	struct out o = { .to = fopen("/dev/full", "w") };

	(void)state;
	if (!o.to)
		skip();
	out_text(&o, OUT_PLAIN, "lost");
	assert_int_equal(out_finish(&o), -ENOSPC);
	fclose(o.to);
}

/* The old file is there until the new one is complete, and when the new one is given up. */
static void test_atomic_file_is_old_or_new(void **state)
{
	char dir[] = "/tmp/test_out.XXXXXX", path[64];
	struct out_atomic a;
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/file", dir);
	assert_int_equal(out_atomic_open(&a, path, 0640), 0);
	fputs("one", a.to);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(out_atomic_commit(&a), 0);
	out_atomic_abandon(&a);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 3);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(out_atomic_open(&a, path, 0640), 0);
	fputs("three", a.to);
	out_atomic_abandon(&a);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 3);
	/* A folder that is empty but for the file can be removed: no temporary file stayed. */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("elsewhere", path), 0);
	assert_int_equal(out_atomic_open(&a, path, 0640), -EEXIST);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(out_atomic_open(&a, "/tmp/", 0640), -EINVAL);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table_widths_follow_the_cells),
		cmocka_unit_test(test_table_lines_do_not_end_in_blanks),
		cmocka_unit_test(test_table_last_column_is_broken_between_words),
		cmocka_unit_test(test_table_grows),
		cmocka_unit_test(test_wrapped_fits_exactly),
		cmocka_unit_test(test_wrapped_keeps_long_words),
		cmocka_unit_test(test_text_shows_no_control_characters),
		cmocka_unit_test(test_colour_only_when_wanted),
		cmocka_unit_test(test_colour_does_not_shift_columns),
		cmocka_unit_test(test_notes_have_one_number_for_one_text),
		cmocka_unit_test(test_json_values),
		cmocka_unit_test(test_json_without_a_document),
		cmocka_unit_test(test_json_failures_reach_the_document),
		cmocka_unit_test(test_finish_says_that_the_disk_is_full),
		cmocka_unit_test(test_atomic_file_is_old_or_new),
	};

	return cmocka_run_group_tests_name("out", tests, NULL, NULL);
}
