/* SPDX-License-Identifier: MIT */
/* Files that are replaced as a whole or not at all. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "system/files.h"

static char dir[] = "/tmp/ktls-files-XXXXXX";
static char path[128], deep[160];

static void assert_contents(const char *file, const char *want)
{
	char text[64] = "";
	FILE *f = fopen(file, "r");

	assert_non_null(f);
	assert_int_equal(fread(text, 1, sizeof(text) - 1, f), strlen(want));
	fclose(f);
	assert_string_equal(text, want);
}

static void test_replace_makes_the_folder_and_the_file(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(file_may_change(path), 0);
	assert_int_equal(file_replace(path, "one\n", 4, 0644), 0);
	assert_contents(path, "one\n");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(file_replace(path, "two\n", 4, 0600), 0);
	assert_contents(path, "two\n");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void test_replace_leaves_the_old_file_when_it_fails(void **state)
{
	(void)state;
	/* A folder cannot be replaced by a file, whatever rights there are. */
	assert_int_equal(mkdir(deep, 0700), 0);
	assert_int_equal(file_replace(deep, "x", 1, 0644), -EISDIR);
	assert_int_equal(rmdir(deep), 0);
	assert_contents(path, "two\n");
	assert_int_equal(file_replace("relative", "x", 1, 0644), -EINVAL);
	assert_int_equal(file_replace("/", "x", 1, 0644), -EINVAL);
	snprintf(deep, sizeof(deep), "%s/none/none/file", dir);
	assert_int_equal(file_replace(deep, "x", 1, 0644), -ENOENT);
	assert_int_equal(file_may_change(deep), -ENOENT);
}

static void test_replace_does_not_follow_links(void **state)
{
	char link[160];
	struct stat st;

	(void)state;
	snprintf(link, sizeof(link), "%s/d/link", dir);
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(file_replace(link, "three", 5, 0644), 0);
	assert_contents(path, "two\n");
	assert_contents(link, "three");
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(file_remove(link), 0);
}

static void test_remove_may_find_nothing(void **state)
{
	(void)state;
	assert_int_equal(file_remove(path), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(file_remove(path), 0);
	/* Nothing temporary is left. */
	snprintf(deep, sizeof(deep), "%s/d", dir);
	assert_int_equal(rmdir(deep), 0);
}

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/d/file.conf", dir);
	snprintf(deep, sizeof(deep), "%s/d/folder", dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replace_makes_the_folder_and_the_file),
		cmocka_unit_test(test_replace_leaves_the_old_file_when_it_fails),
		cmocka_unit_test(test_replace_does_not_follow_links),
		cmocka_unit_test(test_remove_may_find_nothing),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
