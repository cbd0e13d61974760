/* SPDX-License-Identifier: MIT */
/* Waiting for events, time and signals at once. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "cli/wait.h"

int64_t cli_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

double cli_now_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static const struct {
	int number;
	const char *name;
} signals[] = {
	{ SIGINT, "SIGINT" },
	{ SIGTERM, "SIGTERM" },
	{ SIGHUP, "SIGHUP" },
};

static void add_unless_ignored(sigset_t *set, int sig)
{
	struct sigaction sa;

	/* A blocked signal reaches a signalfd even where the parent had it ignored. */
	if (sigaction(sig, NULL, &sa) == 0 && sa.sa_handler != SIG_IGN)
		sigaddset(set, sig);
}

static const char *signal_name(int sig)
{
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (signals[i].number == sig)
			return signals[i].name;
	return "a signal";
}

int cli_wait_init(struct cli_wait *w, struct cli_failure *f)
{
	sigset_t set;

	*w = (struct cli_wait){ .signal_fd = -1, .deadline = -1, .option = "--wait" };
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		add_unless_ignored(&set, signals[i].number);
	w->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (w->signal_fd < 0)
		return cli_fail(f, CLI_IO, "cannot watch for signals: %s", strerror(errno));
	sigprocmask(SIG_BLOCK, &set, NULL);
	return 0;
}

void cli_wait_limit(struct cli_wait *w, int64_t ms)
{
	w->deadline = ms < 0 ? -1 : cli_now_ms() + ms;
}

/* Milliseconds that poll() may take. */
static int time_left(const struct cli_wait *w, int64_t timeout)
{
	int64_t left;

	if (w->deadline < 0)
		return timeout > INT_MAX ? INT_MAX : (int)timeout;
	left = w->deadline - cli_now_ms();
	if (left < 0)
		left = 0;
	if (timeout >= 0 && timeout < left)
		left = timeout;
	return left > INT_MAX ? INT_MAX : (int)left;
}

static int take_signal(struct cli_wait *w)
{
	struct signalfd_siginfo info;

	if (read(w->signal_fd, &info, sizeof(info)) != sizeof(info))
		return 0;
	w->signal = (int)info.ssi_signo;
	return -EINTR;
}

int cli_wait_poll(struct cli_wait *w, struct pollfd *fds, nfds_t n, int64_t timeout)
{
	int ret;

	fds[0] = (struct pollfd){ .fd = w->signal_fd, .events = POLLIN };
	/* Stopped and continued, poll() may report EINTR without one of our signals. */
	do
		ret = poll(fds, n, time_left(w, timeout));
	while (ret < 0 && errno == EINTR);
	if (ret < 0)
		return -errno;
	if (fds[0].revents && take_signal(w))
		return -EINTR;
	if (ret == 0 && w->deadline >= 0 && cli_now_ms() >= w->deadline)
		return -ETIMEDOUT;
	return ret;
}

int64_t cli_sooner(int64_t a, int64_t b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

int cli_wait_fd(struct cli_wait *w, int fd, short events)
{
	struct pollfd fds[2] = { [1] = { .fd = fd, .events = events } };
	int ret;

	do
		ret = cli_wait_poll(w, fds, 2, -1);
	while (ret == 0 || (ret > 0 && !fds[1].revents));
	return ret < 0 ? ret : fds[1].revents;
}

int cli_fail_wait(struct cli_failure *f, const struct cli_wait *w, int err, const char *where, const char *doing)
{
	if (err == -EINTR)
		return cli_fail(f, CLI_SIGNAL + w->signal, "%s: interrupted by %s while %s", where,
				signal_name(w->signal), doing);
	if (err == -ETIMEDOUT)
		return cli_fail(f, CLI_TIMEOUT, "%s: time is up while %s (give it more with %s)", where, doing, w->option);
	return cli_fail(f, CLI_IO, "%s: waiting failed while %s: %s", where, doing, strerror(-err));
}
