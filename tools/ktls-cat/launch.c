/* SPDX-License-Identifier: MIT */
/* The process that becomes the command. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ktls-cat/environment.h"
#include "ktls-cat/launch.h"

enum {
	FIRST_FD = STDERR_FILENO + 1,
	MAX_WORDS = 256,
};

static const char blanks[] = " \t";

const char *launch_name(const struct cat_options *o)
{
	return o->exec ? o->exec : "/bin/sh";
}

/* Before Linux 5.9, one by one. */
static void close_from_to(unsigned first, unsigned last)
{
	if (first > last || syscall(SYS_close_range, first, last, 0) == 0)
		return;
	for (unsigned fd = first; fd <= last && fd < (unsigned)getdtablesize(); fd++)
		close((int)fd);
}

/* Above all the peer's socket and the listener: who holds them keeps them open. Both that stay go when the command is run. */
static void keep_only(int a, int b)
{
	const unsigned low = (unsigned)(a < b ? a : b), high = (unsigned)(a < b ? b : a);

	close_from_to(FIRST_FD, low - 1);
	close_from_to(low + 1, high - 1);
	close_from_to(high + 1, ~0U);
}

/* As a program expects them at its start; here some are blocked and some ignored. */
static void reset_signals(void)
{
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static size_t read_order(int fd, char *buf, size_t room)
{
	size_t len = 0;
	ssize_t n;

	do {
		n = read(fd, buf + len, room - len);
		if (n > 0)
			len += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	return len;
}

/* Words at blanks and nothing more; quotes and all else are what --sh-exec is for. */
static void run_words(char *line)
{
	char *words[MAX_WORDS + 1], *rest;
	size_t n = 0;

	for (char *word = strtok_r(line, blanks, &rest); word; word = strtok_r(NULL, blanks, &rest)) {
		if (n == MAX_WORDS) {
			errno = E2BIG;
			return;
		}
		words[n++] = word;
	}
	words[n] = NULL;
	execvp(words[0], words);
}

static void run(const struct cat_options *o)
{
	char *line;

	if (!o->exec) {
		execl("/bin/sh", "sh", "-c", o->sh_exec, (char *)NULL);
		return;
	}
	line = strdup(o->exec);
	if (line)
		run_words(line);
}

void launch(const struct cat_options *o, pid_t parent, const struct launch_fds *fds)
{
	static char env[ENVIRONMENT_ROOM];
	size_t len;
	int err;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	/* A group of its own, so that whatever it starts can be told to end, too. */
	setpgid(0, 0);
	if (getppid() != parent || dup2(fds->in, STDIN_FILENO) < 0 || dup2(fds->out, STDOUT_FILENO) < 0)
		_exit(CLI_NOT_RUN);
	keep_only(fds->order, fds->verdict);
	reset_signals();
	environment_hide(o);
	len = read_order(fds->order, env, sizeof(env));
	if (!len)
		_exit(CLI_OK);
	environment_set(env, len);
	run(o);
	err = errno;
	while (write(fds->verdict, &err, sizeof(err)) < 0 && errno == EINTR)
		;
	_exit(err == ENOENT ? CLI_NO_COMMAND : CLI_NOT_RUN);
}
