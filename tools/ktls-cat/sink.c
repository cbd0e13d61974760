/* SPDX-License-Identifier: MIT */
/* Where the data received goes: standard output. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ktls-cat/sink.h"

enum {
	BUF_LEN = 256 * 1024,
	STEP_LEN = 1024 * 1024,
	PAGE = 4096,
};

static int fail(int err, struct cli_failure *f)
{
	const char *hint = err == -EPIPE ? " (its reader has gone)" : err == -EBADF ? " (it is closed)" : "";

	return cli_fail(f, CLI_IO, "standard output: %s%s", strerror(-err), hint);
}

int sink_open(struct sink *s, struct cli_failure *f)
{
	int ret;

	*s = (struct sink){ .len = 0 };
	ret = stream_open(&s->stream, STDOUT_FILENO, true);
	if (ret)
		return fail(ret, f);
	if (s->stream.kind == STREAM_PIPE)
		return 0;
	s->buf = aligned_alloc(PAGE, BUF_LEN);
	return s->buf ? 0 : fail(-ENOMEM, f);
}

void sink_close(struct sink *s)
{
	stream_close(&s->stream);
	free(s->buf);
}

int sink_finish(struct sink *s, struct cli_failure *f)
{
	int ret, fd;

	/* A socket may be standard input as well (inetd), so closing one descriptor would not end it. */
	if (s->stream.kind == STREAM_SOCKET)
		shutdown(STDOUT_FILENO, SHUT_WR);
	stream_close(&s->stream);
	/* Some file systems say only here that the disk is full. */
	ret = close(STDOUT_FILENO) < 0 ? -errno : 0;
	fd = open("/dev/null", O_WRONLY);
	if (fd >= 0 && fd != STDOUT_FILENO) {
		dup2(fd, STDOUT_FILENO);
		close(fd);
	}
	return ret ? fail(ret, f) : 0;
}

bool sink_has_rest(const struct sink *s)
{
	return s->len > 0;
}

static ssize_t receive_to_pipe(struct sink *s, struct ktls_conn *conn, int *err, struct cli_failure *f)
{
	ssize_t n = ktls_conn_recv_to_pipe(conn, s->stream.io_fd, STEP_LEN);

	if (n >= 0)
		return n;
	if (n == -EAGAIN || n == -EINTR)
		return SINK_WAIT;
	/* Receiving from TCP has no such error: it is the pipe's. */
	if (n == -EPIPE) {
		fail(-EPIPE, f);
		return SINK_FAILED;
	}
	*err = (int)n;
	return SINK_CONN_FAILED;
}

ssize_t sink_receive(struct sink *s, struct ktls_conn *conn, int *err, struct cli_failure *f)
{
	ssize_t n;

	if (s->stream.kind == STREAM_PIPE)
		return receive_to_pipe(s, conn, err, f);
	n = ktls_conn_recv(conn, s->buf, BUF_LEN);
	if (n > 0) {
		s->off = 0;
		s->len = (size_t)n;
	}
	if (n >= 0)
		return n;
	if (n == -EAGAIN || n == -EINTR)
		return SINK_WAIT;
	*err = (int)n;
	return SINK_CONN_FAILED;
}

ssize_t sink_write(struct sink *s, struct cli_failure *f)
{
	ssize_t n;

	if (s->stream.kind == STREAM_SOCKET)
		n = send(s->stream.io_fd, s->buf + s->off, s->len, MSG_DONTWAIT | MSG_NOSIGNAL);
	else
		n = write(s->stream.io_fd, s->buf + s->off, s->len);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return SINK_WAIT;
	if (n < 0) {
		fail(-errno, f);
		return SINK_FAILED;
	}
	s->off += (size_t)n;
	s->len -= (size_t)n;
	return n;
}
