/* SPDX-License-Identifier: MIT */
/* Gnuplot, which draws. */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ktls-bench/plot.h"

/* What it complained of: the last line that it wrote. */
static void last_line(int fd, char *line, size_t size)
{
	char text[1024];
	const ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	line[0] = '\0';
	text[n > 0 ? n : 0] = '\0';
	for (char *one = strtok(text, "\n"); one; one = strtok(NULL, "\n")) {
		one += strspn(one, " \t");
		if (*one)
			snprintf(line, size, "%s", one);
	}
}

/*
 * Its own defaults only (-d): a picture is to look the same for everybody. Signals that this program waits for may end it. 0 or
 * negative errno.
 */
static int start(pid_t *pid, int script, int picture, int complaints)
{
	static char name[] = "gnuplot", defaults[] = "-d", input[] = "-";
	char *const argv[] = { name, defaults, input, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none;
	int ret;

	sigemptyset(&none);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	posix_spawn_file_actions_init(&files);
	/* In this order, lest it be lost where standard input is closed and the picture has its number. */
	ret = posix_spawn_file_actions_adddup2(&files, picture, STDOUT_FILENO);
	if (!ret)
		ret = posix_spawn_file_actions_adddup2(&files, script, STDIN_FILENO);
	if (!ret)
		ret = posix_spawn_file_actions_adddup2(&files, complaints, STDERR_FILENO);
	if (!ret)
		ret = posix_spawnp(pid, name, &files, &attr, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return -ret;
}

/* It has ended: how. */
static int judge(int status, int picture, int complaints, struct cli_failure *f)
{
	char line[256];
	struct stat st;

	last_line(complaints, line, sizeof(line));
	if (WIFSIGNALED(status))
		return cli_fail(f, CLI_IO, "gnuplot was ended by signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status))
		return cli_fail(f, CLI_IO, "gnuplot failed: %s", line[0] ? line : "it does not say why");
	if (fstat(picture, &st) || !st.st_size)
		return cli_fail(f, CLI_IO, "gnuplot drew nothing%s%s", line[0] ? ": " : "", line);
	return 0;
}

int plot_run(int script, int picture, struct cli_failure *failure)
{
	const int complaints = memfd_create("complaints", MFD_CLOEXEC);
	int status = 0, ret = complaints < 0 ? -errno : 0;
	pid_t pid;

	if (!ret)
		ret = start(&pid, script, picture, complaints);
	if (ret) {
		cli_fail(failure, CLI_IO, "gnuplot, which draws, cannot be run: %s", strerror(-ret));
	} else {
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		judge(status, picture, complaints, failure);
	}
	if (complaints >= 0)
		close(complaints);
	return failure->code;
}
