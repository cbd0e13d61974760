/* SPDX-License-Identifier: MIT */
/* Where the data to send comes from: a file, a pipe, or anything else that can be read. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ktls-cat/source.h"

enum {
	BUF_LEN = 256 * 1024,
	/* Of a file or pipe in one call: often enough back in the loop for the other direction. */
	STEP_LEN = 1024 * 1024,
	PAGE = 4096,
};

static int fail(const struct source *s, int err, struct cli_failure *f)
{
	return cli_fail(f, CLI_IO, "%s: %s", s->name, strerror(-err));
}

static int open_fd(struct source *s, const char *path)
{
	if (!path) {
		s->name = "standard input";
		return STDIN_FILENO;
	}
	s->name = path;
	/* O_NONBLOCK: a FIFO without a writer is waited for in poll(), where signals are seen. */
	s->file_fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	return s->file_fd;
}

static int prepare(struct source *s)
{
	if (s->stream.kind == STREAM_FILE) {
		s->offset = lseek(s->stream.io_fd, 0, SEEK_CUR);
		return s->offset < 0 ? -errno : 0;
	}
	if (s->stream.kind == STREAM_PIPE)
		return 0;
	s->buf = aligned_alloc(PAGE, BUF_LEN);
	return s->buf ? 0 : -ENOMEM;
}

int source_open(struct source *s, const char *path, struct cli_failure *f)
{
	int ret, fd;

	*s = (struct source){ .file_fd = -1 };
	fd = open_fd(s, path);
	if (fd < 0)
		return fail(s, -errno, f);
	ret = stream_open(&s->stream, fd, false);
	if (!ret)
		ret = prepare(s);
	return ret ? fail(s, ret, f) : 0;
}

void source_close(struct source *s)
{
	if (s->stream.kind == STREAM_FILE)
		lseek(s->stream.poll_fd, s->offset, SEEK_SET);
	stream_close(&s->stream);
	if (s->file_fd >= 0)
		close(s->file_fd);
	free(s->buf);
}

static ssize_t conn_result(ssize_t n, int *err)
{
	if (n >= 0)
		return n;
	if (n == -EAGAIN || n == -EINTR)
		return SOURCE_CONN_FULL;
	*err = (int)n;
	return SOURCE_CONN_FAILED;
}

static bool pipe_is_empty(const struct source *s)
{
	int n = 0;

	return ioctl(s->stream.io_fd, FIONREAD, &n) == 0 && n == 0;
}

static ssize_t send_pipe(struct source *s, struct ktls_conn *conn, int *err)
{
	ssize_t n = ktls_conn_send_pipe(conn, s->stream.io_fd, STEP_LEN);

	/* One error for two reasons to wait. */
	if (n == -EAGAIN && pipe_is_empty(s))
		return SOURCE_EMPTY;
	return conn_result(n, err);
}

static ssize_t read_some(struct source *s)
{
	ssize_t n;

	if (s->stream.kind == STREAM_SOCKET)
		n = recv(s->stream.io_fd, s->buf, BUF_LEN, MSG_DONTWAIT);
	else
		n = read(s->stream.io_fd, s->buf, BUF_LEN);
	return n < 0 ? -errno : n;
}

static ssize_t send_buffered(struct source *s, struct ktls_conn *conn, int *err, struct cli_failure *f)
{
	ssize_t n;

	if (!s->len) {
		n = read_some(s);
		if (n == -EAGAIN || n == -EINTR)
			return SOURCE_EMPTY;
		if (n < 0) {
			fail(s, (int)n, f);
			return SOURCE_FAILED;
		}
		if (n == 0)
			return 0;
		s->off = 0;
		s->len = (size_t)n;
	}
	n = conn_result(ktls_conn_send(conn, s->buf + s->off, s->len), err);
	if (n > 0) {
		s->off += (size_t)n;
		s->len -= (size_t)n;
	}
	return n;
}

ssize_t source_send(struct source *s, struct ktls_conn *conn, int *err, struct cli_failure *f)
{
	switch (s->stream.kind) {
	case STREAM_FILE:
		return conn_result(ktls_conn_send_file(conn, s->stream.io_fd, &s->offset, STEP_LEN), err);
	case STREAM_PIPE:
		return send_pipe(s, conn, err);
	case STREAM_SOCKET:
	case STREAM_TERMINAL:
	case STREAM_OTHER:
	default:
		return send_buffered(s, conn, err, f);
	}
}

bool source_has_rest(const struct source *s)
{
	struct stat st;
	int n = 0;

	switch (s->stream.kind) {
	case STREAM_FILE:
		return fstat(s->stream.io_fd, &st) == 0 && s->offset < st.st_size;
	case STREAM_PIPE:
		return !pipe_is_empty(s);
	case STREAM_SOCKET:
		return s->len || (ioctl(s->stream.io_fd, FIONREAD, &n) == 0 && n > 0);
	case STREAM_TERMINAL:
	case STREAM_OTHER:
	default:
		return s->len > 0;
	}
}
