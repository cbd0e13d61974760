/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/sockios.h>

#include <cmocka.h>

#include "unit/script.h"

static bool is_last(const struct step *step)
{
	return !step->says_len && !step->hears_len;
}

int script_len(const struct step *steps)
{
	size_t len = 0;

	for (; !is_last(steps); steps++)
		len += steps->says_len;
	return (int)len;
}

static void write_all(int fd, const char *data, size_t len)
{
	while (len) {
		const ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		data += n;
		len -= (size_t)n;
	}
}

/* Until the other end has taken all of it, or has gone. */
static void wait_until_taken(int fd)
{
	int queued = 1;

	while (ioctl(fd, SIOCOUTQ, &queued) == 0 && queued)
		sched_yield();
}

static bool ends_here(const struct step *step)
{
	return is_last(step + 1) || !step[1].says_len;
}

/* One piece, in one or two writes. @before bytes were said already. False: that was all. */
static bool say(struct script *s, const struct step *step, int before)
{
	char piece[200000];
	size_t len = step->says_len, first;

	if (s->cut != NEVER && before + (int)len >= s->cut) {
		write_all(s->fd, step->says, (size_t)(s->cut - before));
		return false;
	}
	memcpy(piece, step->says, len);
	if (s->behind && ends_here(step)) {
		memcpy(piece + len, s->behind, strlen(s->behind));
		len += strlen(s->behind);
	}
	first = s->split > before && s->split < before + (int)len ? (size_t)(s->split - before) : 0;
	write_all(s->fd, piece, first);
	if (first)
		wait_until_taken(s->fd);
	write_all(s->fd, piece + first, len - first);
	return true;
}

static bool hear(struct script *s, const struct step *step)
{
	char heard[4096];
	size_t used = 0;

	while (used < step->hears_len) {
		const ssize_t n = recv(s->fd, heard + used, step->hears_len - used, 0);

		if (n <= 0)
			return false;
		used += (size_t)n;
	}
	s->misheard = memcmp(heard, step->hears, used) != 0;
	return !s->misheard;
}

static void *follow(void *arg)
{
	struct script *s = arg;
	int before = 0;

	for (const struct step *step = s->steps; !is_last(step); step++) {
		if (!say(s, step, before) || !hear(s, step))
			break;
		before += (int)step->says_len;
	}
	if (s->closes)
		shutdown(s->fd, SHUT_WR);
	return NULL;
}

void script_start(struct script *s)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	s->ours = fds[0];
	s->fd = fds[1];
	assert_int_equal(fcntl(s->ours, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(pthread_create(&s->thread, NULL, follow, s), 0);
}

void script_end(struct script *s)
{
	/* One that still wants to hear something hears the end. */
	shutdown(s->ours, SHUT_WR);
	pthread_join(s->thread, NULL);
}

void script_close(struct script *s)
{
	close(s->ours);
	close(s->fd);
}
