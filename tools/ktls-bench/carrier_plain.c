/* SPDX-License-Identifier: MIT */
/* No TLS at all: what the machine's TCP does. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#include "ktls-bench/carrier.h"

struct carried {
	int fd;
};

static int plain_open(struct carried **end, const struct carrier_context *context, int fd, char why[CARRIER_WHY_MAX])
{
	struct carried *c = malloc(sizeof(*c));

	(void)context;
	if (!c) {
		snprintf(why, CARRIER_WHY_MAX, "out of memory");
		return -ENOMEM;
	}
	c->fd = fd;
	*end = c;
	return 0;
}

static int send_all(struct carried *c, const void *buf, size_t len, int flags)
{
	const char *p = buf;

	while (len) {
		ssize_t n = send(c->fd, p, len, MSG_NOSIGNAL | flags);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int plain_send(struct carried *c, const void *buf, size_t len)
{
	return send_all(c, buf, len, 0);
}

static int plain_send_more(struct carried *c, const void *buf, size_t len)
{
	return send_all(c, buf, len, MSG_MORE);
}

static int plain_send_file(struct carried *c, int file, off_t off, size_t len)
{
	while (len) {
		ssize_t n = sendfile(c->fd, file, &off, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -ENODATA;
		len -= (size_t)n;
	}
	return 0;
}

static ssize_t plain_recv(struct carried *c, void *buf, size_t len)
{
	ssize_t n;

	do
		n = recv(c->fd, buf, len, 0);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

static int plain_finish(struct carried *c)
{
	return shutdown(c->fd, SHUT_WR) ? -errno : 0;
}

static void plain_facts(struct carried *c, struct carrier_facts *facts)
{
	(void)c;
	*facts = (struct carrier_facts){ .tx = "none", .rx = "none" };
}

static void plain_close(struct carried *c)
{
	free(c);
}

const struct carrier carrier_plain = {
	.id = "plain",
	.title = "plain TCP",
	.open = plain_open,
	.send = plain_send,
	.send_more = plain_send_more,
	.send_file = plain_send_file,
	.recv = plain_recv,
	.finish = plain_finish,
	.get_facts = plain_facts,
	.close = plain_close,
};
