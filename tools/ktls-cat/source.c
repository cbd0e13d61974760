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
	/* A file that is worth a thread. */
	AHEAD_LEN = 4 * BUF_LEN,
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
	return 0;
}

int source_open(struct source *s, const char *path, struct cli_failure *f)
{
	int ret, fd;

	*s = (struct source){ .file_fd = -1, .end = -1 };
	fd = open_fd(s, path);
	if (fd < 0)
		return fail(s, -errno, f);
	ret = stream_open(&s->stream, fd, false);
	if (!ret)
		ret = prepare(s);
	return ret ? fail(s, ret, f) : 0;
}

int source_open_command(struct source *s, int fd, struct cli_failure *f)
{
	int ret;

	*s = (struct source){ .file_fd = fd, .end = -1, .name = "the command's output" };
	ret = stream_open(&s->stream, fd, false);
	return ret ? fail(s, ret, f) : 0;
}

void source_open_silent(struct source *s)
{
	*s = (struct source){ .file_fd = -1, .end = -1, .name = "nothing" };
	s->stream = (struct stream){ .kind = STREAM_SILENT, .poll_fd = -1, .io_fd = -1, .saved_flags = -1 };
}

static off_t file_size(const struct source *s)
{
	struct stat st;

	return fstat(s->stream.io_fd, &st) == 0 ? st.st_size : 0;
}

int source_limit(struct source *s, int64_t offset, int64_t length, struct cli_failure *f)
{
	const off_t size = file_size(s);

	if (offset < 0 && length < 0)
		return 0;
	if (s->stream.kind != STREAM_FILE)
		return cli_fail(f, CLI_USAGE, "%s: only a regular file with something in it can be sent in part", s->name);
	if (offset >= 0)
		s->offset = offset;
	if (s->offset > size || (length >= 0 && length > size - s->offset))
		return cli_fail(f, CLI_USAGE, "%s: has %lld bytes, less than --offset and --length ask for", s->name, (long long)size);
	if (length >= 0)
		s->end = s->offset + length;
	return 0;
}

int64_t source_total(const struct source *s)
{
	off_t end;

	if (s->stream.kind != STREAM_FILE)
		return -1;
	end = s->end >= 0 ? s->end : file_size(s);
	return end > s->offset ? end - s->offset : 0;
}

/* Of a part of a file every byte must have been there: that is looked at where the file is read by libktls. */
static bool can_read_ahead(const struct source *s)
{
	if (s->stream.kind == STREAM_FILE)
		return s->end < 0 && file_size(s) - s->offset >= AHEAD_LEN;
	return s->stream.kind == STREAM_PIPE;
}

int source_begin(struct source *s, enum ktls_path path, struct cli_failure *f)
{
	s->spliced = s->stream.kind == STREAM_PIPE && path == KTLS_PATH_KERNEL;
	s->reads_ahead = s->reads_ahead && path == KTLS_PATH_ENGINE && can_read_ahead(s);
	if (s->spliced || s->stream.kind == STREAM_SILENT || (s->stream.kind == STREAM_FILE && !s->reads_ahead))
		return 0;
	s->buf = aligned_alloc(PAGE, BUF_LEN);
	return s->buf ? 0 : fail(s, -ENOMEM, f);
}

void source_close(struct source *s)
{
	if (s->stream.kind == STREAM_FILE)
		lseek(s->stream.poll_fd, s->offset, SEEK_SET);
	reader_free(s->reader);
	stream_close(&s->stream);
	if (s->file_fd >= 0)
		close(s->file_fd);
	if (s->buf)
		explicit_bzero(s->buf, BUF_LEN);
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

/* The range of a file is known to have been there: that it is not any more is no end like any other. */
static ssize_t send_file(struct source *s, struct ktls_conn *conn, size_t max, int *err, struct cli_failure *f)
{
	const off_t left = s->end < 0 ? STEP_LEN : s->end - s->offset;
	ssize_t n;

	if (!left)
		return 0;
	if ((off_t)max > left)
		max = (size_t)left;
	n = conn_result(ktls_conn_send_file(conn, s->stream.io_fd, &s->offset, max), err);
	if (n == 0 && s->end >= 0) {
		cli_fail(f, CLI_IO, "%s: has become shorter while it was sent, by %lld bytes", s->name, (long long)left);
		return SOURCE_FAILED;
	}
	return n;
}

static ssize_t send_pipe(struct source *s, struct ktls_conn *conn, size_t max, int *err)
{
	ssize_t n = ktls_conn_send_pipe(conn, s->stream.io_fd, max);

	/* One error for two reasons to wait. */
	if (n == -EAGAIN && pipe_is_empty(s))
		return SOURCE_EMPTY;
	return conn_result(n, err);
}

static ssize_t read_here(struct source *s)
{
	ssize_t n;

	if (s->stream.kind == STREAM_SOCKET)
		n = recv(s->stream.io_fd, s->buf, BUF_LEN, MSG_DONTWAIT);
	else if (s->stream.kind == STREAM_FILE)
		n = pread(s->stream.io_fd, s->buf, BUF_LEN, s->offset);
	else
		n = read(s->stream.io_fd, s->buf, BUF_LEN);
	s->data = s->buf;
	return n < 0 ? -errno : n;
}

/* A full buffer was read: the next ones are read by a thread, until there is less. Without a thread it goes on as before. */
static void read_ahead(struct source *s)
{
	if (!s->reader)
		s->reader = reader_new(s->stream.io_fd, s->stream.kind == STREAM_FILE);
	if (s->reader)
		reader_start(s->reader, s->offset + BUF_LEN);
	else
		s->reads_ahead = false;
}

static ssize_t read_some(struct source *s)
{
	ssize_t n = s->reader ? reader_take(s->reader, &s->data) : -EAGAIN;

	if (n != -EAGAIN)
		return n;
	n = read_here(s);
	if (n == BUF_LEN && s->reads_ahead)
		read_ahead(s);
	return n;
}

static ssize_t send_buffered(struct source *s, struct ktls_conn *conn, size_t max, int *err, struct cli_failure *f)
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
	n = conn_result(ktls_conn_send(conn, s->data + s->off, s->len < max ? s->len : max), err);
	if (n > 0) {
		if (s->stream.kind == STREAM_FILE)
			s->offset += n;
		s->off += (size_t)n;
		s->len -= (size_t)n;
	}
	return n;
}

void source_put_first(struct source *s, const uint8_t *data, size_t len)
{
	s->first = data;
	s->first_len = len;
}

bool source_has_first(const struct source *s)
{
	return s->first_len > 0;
}

static ssize_t send_first(struct source *s, struct ktls_conn *conn, size_t max, int *err)
{
	const ssize_t n = conn_result(ktls_conn_send(conn, s->first, s->first_len < max ? s->first_len : max), err);

	if (n > 0) {
		s->first += n;
		s->first_len -= (size_t)n;
	}
	return n;
}

static ssize_t send_some(struct source *s, struct ktls_conn *conn, size_t max, int *err, struct cli_failure *f)
{
	if (max > STEP_LEN)
		max = STEP_LEN;
	if (s->stream.kind == STREAM_FILE && !s->buf)
		return send_file(s, conn, max, err, f);
	if (s->spliced)
		return send_pipe(s, conn, max, err);
	return send_buffered(s, conn, max, err, f);
}

ssize_t source_send(struct source *s, struct ktls_conn *conn, size_t max, int *err, struct cli_failure *f)
{
	ssize_t n;

	if (s->first_len)
		return send_first(s, conn, max, err);
	n = send_some(s, conn, max, err, f);
	if (n > 0)
		stream_moved(&s->stream, (size_t)n);
	return n;
}

bool source_has_rest(const struct source *s)
{
	int n = 0;

	if (s->first_len)
		return true;
	switch (s->stream.kind) {
	case STREAM_FILE:
		return s->offset < (s->end >= 0 ? s->end : file_size(s));
	case STREAM_PIPE:
		return s->len || (s->reader && reader_has_rest(s->reader)) || !pipe_is_empty(s);
	case STREAM_SOCKET:
		return s->len || (ioctl(s->stream.io_fd, FIONREAD, &n) == 0 && n > 0);
	case STREAM_TERMINAL:
	case STREAM_SILENT:
	case STREAM_OTHER:
	default:
		return s->len > 0;
	}
}
