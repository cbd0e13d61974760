/* SPDX-License-Identifier: MIT */
/* Reports of many processes in one place: a line each, whole. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "out/document.h"

enum {
	WRITERS = 8,
	LINES = 20,
	/* More than a pipe takes in one piece, and in some lines more than it holds. */
	TEXT_LEN = 100000,
};

/* A line of one letter, that of its process. */
static int write_lines(struct out_document *d, int me)
{
	struct cli_failure f = { .code = 0 };
	char *text = malloc(TEXT_LEN + 1);

	if (!text)
		return 1;
	memset(text, 'a' + me, TEXT_LEN);
	text[TEXT_LEN] = '\0';
	for (int i = 0; i < LINES && !f.code; i++)
		out_document_add_line(d, json_pack("{s:s}", "k", text + i), &f);
	free(text);
	return f.code;
}

static void start_writers(struct out_document *d, pid_t *pids)
{
	for (int i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0)
			_exit(write_lines(d, i));
	}
}

static void end_writers(const pid_t *pids)
{
	int status;

	for (int i = 0; i < WRITERS; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
}

/* Each line is one object whose text has one letter. */
static void check_lines(FILE *from)
{
	unsigned count[WRITERS] = { 0 };
	size_t room = 0;
	char *line = NULL;

	while (getline(&line, &room, from) > 0) {
		json_t *root = json_loads(line, 0, NULL);
		const char *text = json_string_value(json_object_get(root, "k"));

		assert_non_null(text);
		assert_int_equal(strspn(text, (const char[]){ text[0], '\0' }), strlen(text));
		assert_in_range(text[0], 'a', 'a' + WRITERS - 1);
		count[text[0] - 'a']++;
		json_decref(root);
	}
	free(line);
	for (int i = 0; i < WRITERS; i++)
		assert_int_equal(count[i], LINES);
}

/* Into a pipe, which has no lock and takes long lines piece by piece; its other end is read slowly enough, by us alone. */
static void test_lines_in_a_pipe(void **state)
{
	char dir[] = "/tmp/test-document-XXXXXX", path[64];
	struct cli_failure f = { .code = 0 };
	struct out_document d;
	pid_t pids[WRITERS];
	FILE *from;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/pipe", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(out_document_open_lines(&d, path, &f), 0);
	start_writers(&d, pids);
	fclose(d.to);
	close(d.lock_fd);
	assert_int_equal(fcntl(fd, F_SETFL, 0), 0);
	from = fdopen(fd, "r");
	assert_non_null(from);
	check_lines(from);
	fclose(from);
	end_writers(pids);
	unlink(path);
	rmdir(dir);
}

/* A file begins empty, and lines go to its end whoever else has made it longer or shorter. */
static void test_lines_in_a_file(void **state)
{
	char path[] = "/tmp/test-document-XXXXXX";
	struct cli_failure f = { .code = 0 };
	struct out_document d;
	pid_t pids[WRITERS];
	FILE *from;
	const int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "old", 3), 3);
	assert_int_equal(out_document_open_lines(&d, path, &f), 0);
	assert_int_equal(out_document_add_line(&d, json_object(), &f), 0);
	assert_int_equal(ftruncate(fd, 0), 0);
	start_writers(&d, pids);
	end_writers(pids);
	fclose(d.to);
	close(d.lock_fd);
	from = fopen(path, "re");
	assert_non_null(from);
	check_lines(from);
	fclose(from);
	close(fd);
	unlink(path);
}

static void test_failures(void **state)
{
	struct cli_failure f = { .code = 0 };
	struct out_document d;

	(void)state;
	assert_int_equal(out_document_open_lines(&d, "/no/such/folder/x", &f), CLI_IO);
	f.code = 0;
	assert_int_equal(out_document_open_lines(&d, "/dev/full", &f), 0);
	assert_int_equal(out_document_add_line(&d, json_object(), &f), CLI_IO);
	assert_non_null(strstr(f.text, "/dev/full: cannot write the report: No space left"));
	f.code = 0;
	/* Out of memory before it was made. */
	assert_int_equal(out_document_add_line(&d, NULL, &f), CLI_IO);
	fclose(d.to);
	close(d.lock_fd);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_in_a_pipe),
		cmocka_unit_test(test_lines_in_a_file),
		cmocka_unit_test(test_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
