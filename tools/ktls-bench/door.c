/* SPDX-License-Identifier: MIT */
/* The listener of a server, and those who have not yet said what they want. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/wait.h"
#include "ktls-bench/door.h"

void door_open(struct door *d, int listener)
{
	*d = (struct door){ .listener = listener };
	for (int i = 0; i < DOOR_WAITING; i++)
		d->waiting[i].fd = -1;
}

static void send_away(struct door *d, int i)
{
	if (d->waiting[i].fd >= 0)
		close(d->waiting[i].fd);
	d->waiting[i].fd = -1;
}

void door_close(struct door *d)
{
	for (int i = 0; i < DOOR_WAITING; i++)
		send_away(d, i);
}

int64_t door_poll(const struct door *d, struct pollfd fds[DOOR_FDS])
{
	int64_t first = -1, left;

	fds[DOOR_WAITING] = (struct pollfd){ .fd = d->listener, .events = POLLIN };
	for (int i = 0; i < DOOR_WAITING; i++) {
		fds[i] = (struct pollfd){ .fd = d->waiting[i].fd, .events = POLLIN };
		if (d->waiting[i].fd >= 0 && (first < 0 || d->waiting[i].deadline < first))
			first = d->waiting[i].deadline;
	}
	left = first < 0 ? -1 : first - cli_now_ms();
	return first < 0 ? -1 : left < 0 ? 0 : left;
}

/* A place that is free, or that of whoever has waited for longest. */
static int place(const struct door *d)
{
	int oldest = 0;

	for (int i = 0; i < DOOR_WAITING; i++) {
		if (d->waiting[i].fd < 0)
			return i;
		if (d->waiting[i].deadline < d->waiting[oldest].deadline)
			oldest = i;
	}
	return oldest;
}

static void let_in(struct door *d)
{
	const int fd = accept4(d->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	int i;

	if (fd < 0)
		return;
	i = place(d);
	send_away(d, i);
	d->waiting[i].fd = fd;
	d->waiting[i].deadline = cli_now_ms() + DOOR_PATIENCE_MS;
	d->waiting[i].reader = (struct opening_reader){ .len = 0 };
}

/* True: the opening is complete. Whoever says something else, or is too slow, goes. */
static bool listen_to(struct door *d, int i, bool has_said, struct opening *o)
{
	int ret = has_said ? opening_read(&d->waiting[i].reader, d->waiting[i].fd, o) : 0;

	if (ret < 0 || (ret == 0 && cli_now_ms() >= d->waiting[i].deadline))
		send_away(d, i);
	return ret > 0;
}

bool door_step(struct door *d, const struct pollfd fds[DOOR_FDS], struct arrival *a)
{
	for (int i = 0; i < DOOR_WAITING; i++)
		if (d->waiting[i].fd >= 0 && listen_to(d, i, fds[i].revents != 0, &a->opening)) {
			a->fd = d->waiting[i].fd;
			d->waiting[i].fd = -1;
			return true;
		}
	/* Last: the places that were polled stay theirs. */
	if (fds[DOOR_WAITING].revents)
		let_in(d);
	return false;
}

void door_refuse(const struct arrival *a)
{
	const bool speaks_other = a->opening.version != OPENING_VERSION;
	const struct opening answer = { .version = OPENING_VERSION, .kind = speaks_other ? OPENING_OTHER : OPENING_BUSY };

	/* A data connection waits for nothing. */
	if (speaks_other || a->opening.kind == OPENING_CONTROL)
		opening_send(a->fd, &answer, MSG_DONTWAIT);
	close(a->fd);
}
