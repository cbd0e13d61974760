/* SPDX-License-Identifier: MIT */
/* The processes of the connections. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/say.h"
#include "ktls-cat/children.h"

enum {
	/* A child gives its command some of this. */
	END_MS = 10000,
};

static void child_signals(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(how, &set, NULL);
}

static int open_news(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	/* Where it was ignored, children would vanish before they are counted. */
	signal(SIGCHLD, SIG_DFL);
	child_signals(SIG_BLOCK);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int children_init(struct children *ch, unsigned max, struct cli_failure *f)
{
	*ch = (struct children){ .pids = calloc(max, sizeof(pid_t)), .max = max, .news_fd = -1 };
	if (!ch->pids)
		return cli_fail(f, CLI_IO, "out of memory");
	ch->news_fd = open_news();
	return ch->news_fd >= 0 ? 0 : cli_fail(f, CLI_IO, "cannot watch for signals: %s", strerror(errno));
}

void children_free(struct children *ch)
{
	if (ch->news_fd >= 0)
		close(ch->news_fd);
	free(ch->pids);
	ch->news_fd = -1;
	ch->pids = NULL;
}

static pid_t *place_of(struct children *ch, pid_t pid)
{
	for (unsigned i = 0; i < ch->max; i++)
		if (ch->pids[i] == pid)
			return &ch->pids[i];
	return NULL;
}

/* The parent may have gone before the kernel was asked to tell. */
static void follow_parent(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(CLI_SIGNAL + SIGTERM);
}

pid_t children_fork(struct children *ch)
{
	const pid_t parent = getpid();
	pid_t *place = place_of(ch, 0), pid;

	if (!place)
		return -EAGAIN;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		follow_parent(parent);
		child_signals(SIG_UNBLOCK);
		children_free(ch);
		return 0;
	}
	*place = pid;
	ch->n++;
	return pid;
}

/* Whatever a child says of itself it has said; but one that was killed cannot. */
static void took(struct children *ch, pid_t pid, int status)
{
	pid_t *place = place_of(ch, pid);

	if (!place)
		return;
	*place = 0;
	ch->n--;
	if (WIFSIGNALED(status))
		cli_say("the process %d of a connection was ended by signal %d", (int)pid, WTERMSIG(status));
}

void children_reap(struct children *ch)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	/* One signal may stand for many children. */
	while (read(ch->news_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		took(ch, pid, status);
}

static void send_all(const struct children *ch, int sig)
{
	for (unsigned i = 0; i < ch->max; i++)
		if (ch->pids[i])
			kill(ch->pids[i], sig);
}

void children_end(struct children *ch, struct cli_wait *w)
{
	struct pollfd fds[2] = { [1] = { .fd = ch->news_fd, .events = POLLIN } };
	int ret = 0;

	send_all(ch, SIGTERM);
	cli_wait_limit(w, END_MS);
	children_reap(ch);
	while (ret >= 0 && ch->n) {
		ret = cli_wait_poll(w, fds, 2, -1);
		children_reap(ch);
	}
	cli_wait_limit(w, -1);
	send_all(ch, SIGKILL);
	while (ch->n && wait(NULL) > 0)
		ch->n--;
}
