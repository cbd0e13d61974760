/* SPDX-License-Identifier: MIT */
/* A connection in the clear, before TLS: nothing is read beyond what was asked for, and nothing without an end. */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/crypto.h>

#include "prelude/wire.h"

/* A call on the socket would have to wait, was interrupted or failed: 0 to try it again, or the exit code. */
static int wait_for(struct wire *w, int err, short events)
{
	int ret;

	if (err == EINTR)
		return 0;
	if (err != EAGAIN)
		return cli_fail(w->f, CLI_IO, "%s: %s while %s", w->where, strerror(err), w->doing);
	ret = cli_wait_fd(w->wait, w->fd, events);
	return ret < 0 ? cli_fail_wait(w->f, w->wait, ret, w->where, w->doing) : 0;
}

int wire_send(struct wire *w, const void *data, size_t len)
{
	const uint8_t *at = data;
	int ret = 0;

	while (len && !ret) {
		const ssize_t n = send(w->fd, at, len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0) {
			ret = wait_for(w, errno, POLLOUT);
			continue;
		}
		at += n;
		len -= (size_t)n;
	}
	return ret;
}

int wire_say(struct wire *w, const char *fmt, ...)
{
	char line[2048];
	va_list ap;
	int len, ret;

	va_start(ap, fmt);
	len = vsnprintf(line, sizeof(line) - 2, fmt, ap);
	va_end(ap);
	if (len < 0 || (size_t)len >= sizeof(line) - 2)
		return wire_fail(w, "a line for the other end is too long");
	memcpy(line + len, "\r\n", 2);
	ret = wire_send(w, line, (size_t)len + 2);
	OPENSSL_cleanse(line, sizeof(line));
	return ret;
}

/* At least one byte and at most @len, with @flags of recv(): their number, or 0 after a failure. */
static size_t receive(struct wire *w, void *data, size_t len, int flags)
{
	for (;;) {
		const ssize_t n = recv(w->fd, data, len, flags | MSG_DONTWAIT);

		if (n > 0)
			return (size_t)n;
		if (n == 0) {
			wire_fail(w, "the connection was closed while %s", w->doing);
			return 0;
		}
		if (wait_for(w, errno, POLLIN))
			return 0;
	}
}

int wire_read(struct wire *w, void *data, size_t len)
{
	uint8_t *at = data;

	while (len) {
		const size_t n = receive(w, at, len, 0);

		if (!n)
			return w->f->code;
		at += n;
		len -= n;
	}
	return 0;
}

static int count_line(struct wire *w)
{
	if (w->lines++ < WIRE_LINES_MAX)
		return 0;
	return wire_fail(w, "more than %d lines came while %s", WIRE_LINES_MAX, w->doing);
}

int wire_until(struct wire *w, char end, char *text, size_t len)
{
	const char *found = NULL;
	size_t used = 0, n;

	if (count_line(w))
		return w->f->code;
	while (!found) {
		if (used == len - 1)
			return wire_fail(w, "a line of more than %zu bytes came while %s", len - 1, w->doing);
		n = receive(w, text + used, len - 1 - used, MSG_PEEK);
		if (!n)
			return w->f->code;
		found = memchr(text + used, end, n);
		if (found)
			n = (size_t)(found - (text + used)) + 1;
		/* Only now are they taken from the socket. */
		if (wire_read(w, text + used, n))
			return w->f->code;
		used += n;
	}
	text[used] = '\0';
	return strlen(text) == used ? 0 : wire_fail_said(w, "this is no text", text, used);
}

int wire_line(struct wire *w, char *line)
{
	size_t len;

	if (wire_until(w, '\n', line, WIRE_LINE_LEN))
		return w->f->code;
	len = strlen(line) - 1;
	if (len && line[len - 1] == '\r')
		len--;
	line[len] = '\0';
	return 0;
}

int wire_quiet(struct wire *w)
{
	char more[64];
	const ssize_t n = recv(w->fd, more, sizeof(more), MSG_PEEK | MSG_DONTWAIT);

	/* An end or an error is the handshake's to tell. */
	if (n <= 0)
		return 0;
	return wire_fail_said(w, "something was sent in the clear behind the answer that begins TLS; "
			      "somebody on the way may have put it there", more, (size_t)n);
}

int wire_fail(struct wire *w, const char *fmt, ...)
{
	char text[sizeof(w->f->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return cli_fail(w->f, w->code, "%s: %s", w->where, text);
}

int wire_fail_said(struct wire *w, const char *what, const void *said, size_t len)
{
	char quote[WIRE_QUOTE_LEN];

	wire_quote(quote, said, len);
	return wire_fail(w, "%s: %s", what, quote);
}

int wire_refused(struct wire *w, const char *what, const char *line)
{
	char text[128];

	snprintf(text, sizeof(text), "the server refuses %s", what);
	return wire_fail_said(w, text, line, strlen(line));
}

void wire_quote(char quote[WIRE_QUOTE_LEN], const void *said, size_t len)
{
	static const char dots[] = "...";
	/* For the longest, and what says that there is more. */
	const size_t room = WIRE_QUOTE_LEN - sizeof(dots) - 4;
	const uint8_t *from = said;
	size_t used = 0, i;

	for (i = 0; i < len && used < room; i++) {
		const bool plain = from[i] >= ' ' && from[i] <= '~' && from[i] != '\\';

		used += (size_t)snprintf(quote + used, 5, plain ? "%c" : "\\x%02x", from[i]);
	}
	snprintf(quote + used, sizeof(dots), "%s", i < len ? dots : "");
}
