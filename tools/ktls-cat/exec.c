/* SPDX-License-Identifier: MIT */
/* The command at our end of a connection: --exec and --sh-exec. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/say.h"
#include "ktls-cat/exec.h"
#include "ktls-cat/launch.h"

enum {
	/* For a command to end by itself, and then at SIGTERM. */
	GRACE_MS = 2000,
	/* Between two looks, where the kernel has no pidfd_open() (before Linux 5.3). */
	LOOK_MS = 20,
};

/* Two pipes for the data: a pair of sockets would not tell a command that writes to a peer that has gone. */
struct pipes {
	int in[2], out[2], order[2], verdict[2];
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_pipes(struct pipes *p)
{
	for (int i = 0; i < 2; i++) {
		close_fd(&p->in[i]);
		close_fd(&p->out[i]);
		close_fd(&p->order[i]);
		close_fd(&p->verdict[i]);
	}
}

/* Our ends of the data do not block; each end has flags of its own. */
static int open_pipes(struct pipes *p)
{
	*p = (struct pipes){ { -1, -1 }, { -1, -1 }, { -1, -1 }, { -1, -1 } };
	if (pipe2(p->in, O_CLOEXEC) || pipe2(p->out, O_CLOEXEC) || pipe2(p->order, O_CLOEXEC) || pipe2(p->verdict, O_CLOEXEC))
		return -errno;
	if (fcntl(p->in[1], F_SETFL, O_NONBLOCK) || fcntl(p->out[0], F_SETFL, O_NONBLOCK))
		return -errno;
	return 0;
}

static int start(struct pipes *p, const struct cat_options *o, pid_t *pid)
{
	const pid_t parent = getpid();
	int ret = open_pipes(p);

	if (ret)
		return ret;
	*pid = fork();
	if (*pid < 0)
		return -errno;
	if (*pid == 0)
		launch(o, parent, &(struct launch_fds){ p->in[0], p->out[1], p->order[0], p->verdict[1] });
	return 0;
}

int exec_prepare(struct exec *e, const struct cat_options *o, int *in, int *out, struct cli_failure *f)
{
	struct pipes p;
	const int ret = start(&p, o, &e->pid);

	if (!ret) {
		e->exists = true;
		e->order_fd = p.order[1];
		e->verdict_fd = p.verdict[0];
		*in = p.in[1];
		*out = p.out[0];
		p.order[1] = p.verdict[0] = p.in[1] = p.out[0] = -1;
	}
	close_pipes(&p);
	return ret ? cli_fail(f, CLI_IO, "cannot start a process for the command: %s", strerror(-ret)) : 0;
}

static int read_verdict(int fd)
{
	int err = 0;
	ssize_t n;

	do
		n = read(fd, &err, sizeof(err));
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(err) ? err : 0;
}

int exec_begin(struct exec *e, const struct cat_options *o, const char *env, size_t len, struct cli_failure *f)
{
	/* In one piece: it fits into a pipe. */
	const ssize_t n = write(e->order_fd, env, len);
	int err;

	close_fd(&e->order_fd);
	err = n == (ssize_t)len ? read_verdict(e->verdict_fd) : EIO;
	close_fd(&e->verdict_fd);
	if (err)
		return cli_fail(f, err == ENOENT ? CLI_NO_COMMAND : CLI_NOT_RUN, "%s: cannot be run: %s", launch_name(o),
				strerror(err));
	return 0;
}

static bool has_ended(struct exec *e)
{
	if (!e->ended)
		e->ended = waitpid(e->pid, &e->status, WNOHANG) != 0;
	return e->ended;
}

/* 0 when it has ended; -ETIMEDOUT after @ms (-1: never); -EINTR. */
static int wait_for_end(struct exec *e, struct cli_wait *w, int pidfd, int64_t ms)
{
	struct pollfd fds[2] = { [1] = { .fd = pidfd, .events = POLLIN } };
	int ret = 0;

	cli_wait_limit(w, ms);
	while (ret >= 0 && !has_ended(e))
		ret = cli_wait_poll(w, fds, 2, pidfd >= 0 ? -1 : LOOK_MS);
	cli_wait_limit(w, -1);
	return e->ended ? 0 : ret;
}

/* All of it: a shell's pipeline is a group. */
static void send_signal(const struct exec *e, int sig)
{
	if (kill(-e->pid, sig))
		kill(e->pid, sig);
}

static void end_it(struct exec *e, struct cli_wait *w, bool well, struct cli_failure *f)
{
	const int pidfd = (int)syscall(SYS_pidfd_open, e->pid, 0);
	int ret = 0;

	if (!w->signal)
		ret = wait_for_end(e, w, pidfd, well ? -1 : GRACE_MS);
	if (ret == -EINTR)
		cli_fail_wait(f, w, ret, "the command", "waiting for its end");
	if (!e->ended) {
		send_signal(e, SIGTERM);
		wait_for_end(e, w, pidfd, GRACE_MS);
	}
	if (!e->ended) {
		send_signal(e, SIGKILL);
		wait_for_end(e, w, pidfd, GRACE_MS);
	}
	if (pidfd >= 0)
		close(pidfd);
}

void exec_finish(struct exec *e, struct cli_wait *w, bool well, struct cli_failure *f)
{
	if (!e->exists || e->ended)
		return;
	/* One that did not get its order goes by itself. */
	close_fd(&e->order_fd);
	close_fd(&e->verdict_fd);
	end_it(e, w, well, f);
}

int exec_status(const struct exec *e)
{
	if (!e->exists || !e->ended)
		return -1;
	return WIFSIGNALED(e->status) ? CLI_SIGNAL + WTERMSIG(e->status) : WEXITSTATUS(e->status);
}
