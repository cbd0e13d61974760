/* SPDX-License-Identifier: MIT */
/* The first bytes of every connection between two ktls-bench. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "cli/wait.h"
#include "ktls-bench/opening.h"

/* Where the fields are; numbers have their high byte first. */
enum {
	AT_VERSION = 8,
	AT_KIND = 10,
	AT_INDEX = 11,
	AT_SAMPLE = 12,
	AT_COOKIE = 16,
};

static const unsigned char magic[AT_VERSION] = "ktlsbnch";

void opening_pack(const struct opening *o, unsigned char bytes[OPENING_LEN])
{
	memcpy(bytes, magic, sizeof(magic));
	bytes[AT_VERSION] = (unsigned char)(o->version >> 8);
	bytes[AT_VERSION + 1] = (unsigned char)o->version;
	bytes[AT_KIND] = o->kind;
	bytes[AT_INDEX] = o->index;
	for (int i = 0; i < 4; i++)
		bytes[AT_SAMPLE + i] = (unsigned char)(o->sample >> (24 - 8 * i));
	memcpy(bytes + AT_COOKIE, o->cookie, sizeof(o->cookie));
}

bool opening_unpack(struct opening *o, const unsigned char bytes[OPENING_LEN])
{
	if (memcmp(bytes, magic, sizeof(magic)) != 0)
		return false;
	o->version = (uint16_t)(bytes[AT_VERSION] << 8 | bytes[AT_VERSION + 1]);
	o->kind = bytes[AT_KIND];
	o->index = bytes[AT_INDEX];
	o->sample = 0;
	for (int i = 0; i < 4; i++)
		o->sample = o->sample << 8 | bytes[AT_SAMPLE + i];
	memcpy(o->cookie, bytes + AT_COOKIE, sizeof(o->cookie));
	return true;
}

/* Who speaks another protocol is known by the first byte, and may wait for an answer before it says more. */
static bool may_be_one(const struct opening_reader *r)
{
	return memcmp(r->bytes, magic, r->len < sizeof(magic) ? r->len : sizeof(magic)) == 0;
}

int opening_read(struct opening_reader *r, int fd, struct opening *o)
{
	ssize_t n;

	do
		n = recv(fd, r->bytes + r->len, sizeof(r->bytes) - r->len, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	if (n == 0)
		return -ECONNRESET;
	r->len += (size_t)n;
	if (!may_be_one(r))
		return -EPROTO;
	if (r->len < sizeof(r->bytes))
		return 0;
	return opening_unpack(o, r->bytes) ? 1 : -EPROTO;
}

int opening_receive(int fd, struct cli_wait *w, struct opening *o)
{
	struct opening_reader r = { .len = 0 };
	int ret = 0;

	while (ret == 0) {
		ret = opening_read(&r, fd, o);
		if (ret == 0) {
			const int ready = cli_wait_fd(w, fd, POLLIN);

			ret = ready < 0 ? ready : 0;
		}
	}
	return ret < 0 ? ret : 0;
}

int opening_send(int fd, const struct opening *o, int flags)
{
	unsigned char bytes[OPENING_LEN];
	ssize_t n;

	opening_pack(o, bytes);
	do
		n = send(fd, bytes, sizeof(bytes), flags | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	/* The first bytes of a connection find room. */
	return n == (ssize_t)sizeof(bytes) ? 0 : n < 0 ? -errno : -EPIPE;
}
