/* SPDX-License-Identifier: MIT */
/* Where the data received goes: standard output, a file, or a command's input. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ktls-cat/sink.h"

enum {
	/* What libktls receives at once, a batch of records and one more: else that one would be received and written alone. */
	BUF_LEN = 288 * 1024,
	STEP_LEN = 1024 * 1024,
	PAGE = 4096,
};

static int fail(const struct sink *s, int err, struct cli_failure *f)
{
	static const struct {
		int err;
		const char *text;
	} hints[] = { { EPIPE, " (its reader has gone)" }, { EBADF, " (it is closed)" }, { ENXIO, " (nobody reads it)" } };
	const char *hint = "";

	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
		if (hints[i].err == -err)
			hint = hints[i].text;
	return cli_fail(f, CLI_IO, "%s: %s%s", s->name, strerror(-err), hint);
}

int sink_open(struct sink *s, struct cli_failure *f)
{
	int ret;

	*s = (struct sink){ .fd = STDOUT_FILENO, .name = "standard output" };
	s->null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (s->null_fd < 0)
		return cli_fail(f, CLI_IO, "/dev/null: %s", strerror(errno));
	ret = stream_open(&s->stream, STDOUT_FILENO, true);
	return ret ? fail(s, ret, f) : 0;
}

int sink_open_file(struct sink *s, const char *path, struct cli_failure *f)
{
	/* O_NONBLOCK: a FIFO without a reader is an error, and no wait that no signal would end. */
	const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	int ret;

	*s = (struct sink){ .name = path };
	s->fd = open(path, flags | O_EXCL, 0666);
	s->created = s->fd >= 0;
	if (s->fd < 0 && errno == EEXIST)
		s->fd = open(path, flags, 0666);
	if (s->fd < 0)
		return fail(s, -errno, f);
	ret = stream_open(&s->stream, s->fd, true);
	return ret ? fail(s, ret, f) : 0;
}

void sink_open_nobody(struct sink *s)
{
	*s = (struct sink){ .fd = -1, .name = "nobody", .gone = true };
	s->stream = (struct stream){ .kind = STREAM_SILENT, .poll_fd = -1, .io_fd = -1, .saved_flags = -1 };
}

int sink_open_command(struct sink *s, int fd, struct cli_failure *f)
{
	int ret;

	*s = (struct sink){ .fd = fd, .command = true, .name = "the command's input" };
	ret = stream_open(&s->stream, fd, true);
	return ret ? fail(s, ret, f) : 0;
}

bool sink_may_go(const struct sink *s)
{
	return s->command && !s->gone;
}

void sink_has_gone(struct sink *s)
{
	s->gone = true;
	s->spliced = false;
	s->len = 0;
}

static int need_buf(struct sink *s, struct cli_failure *f)
{
	if (!s->buf)
		s->buf = aligned_alloc(PAGE, BUF_LEN);
	return s->buf ? 0 : fail(s, -ENOMEM, f);
}

static bool is_ours(const struct sink *s)
{
	return s->fd != STDOUT_FILENO;
}

int sink_begin(struct sink *s, enum ktls_path path, struct cli_failure *f)
{
	struct stat st;

	s->created = false;
	if (is_ours(s) && fstat(s->fd, &st) == 0 && S_ISREG(st.st_mode) && ftruncate(s->fd, 0) < 0)
		return fail(s, -errno, f);
	s->spliced = s->stream.kind == STREAM_PIPE && path == KTLS_PATH_KERNEL;
	return s->spliced ? 0 : need_buf(s, f);
}

/* Closes what is ours: 0 or a negative errno. */
static int close_own(struct sink *s)
{
	int ret = 0;

	stream_close(&s->stream);
	if (is_ours(s) && s->fd >= 0 && close(s->fd) < 0)
		ret = -errno;
	s->fd = -1;
	return ret;
}

void sink_close(struct sink *s)
{
	if (s->created)
		unlink(s->name);
	close_own(s);
	if (s->null_fd > 0)
		close(s->null_fd);
	if (s->buf)
		explicit_bzero(s->buf, BUF_LEN);
	free(s->buf);
}

static int finish_stdout(struct sink *s)
{
	int ret;

	/* A socket may be standard input as well (inetd), so closing one descriptor would not end it. */
	if (s->stream.kind == STREAM_SOCKET)
		shutdown(STDOUT_FILENO, SHUT_WR);
	stream_close(&s->stream);
	ret = close(STDOUT_FILENO) < 0 ? -errno : 0;
	dup2(s->null_fd, STDOUT_FILENO);
	return ret;
}

int sink_finish(struct sink *s, struct cli_failure *f)
{
	/* Some file systems say only here that the disk is full. */
	const int ret = is_ours(s) ? close_own(s) : finish_stdout(s);

	return ret && !s->command ? fail(s, ret, f) : 0;
}

bool sink_has_rest(const struct sink *s)
{
	return s->first_len || s->len;
}

static ssize_t receive_to_pipe(struct sink *s, struct ktls_conn *conn, int *err, struct cli_failure *f)
{
	ssize_t n = ktls_conn_recv_to_pipe(conn, s->stream.io_fd, STEP_LEN);

	if (n >= 0) {
		stream_moved(&s->stream, (size_t)n);
		return n;
	}
	if (n == -EAGAIN || n == -EINTR)
		return SINK_WAIT;
	/* Receiving from TCP has no such error: it is the pipe's. */
	if (n == -EPIPE && !s->command) {
		fail(s, -EPIPE, f);
		return SINK_FAILED;
	}
	if (n == -EPIPE)
		sink_has_gone(s);
	*err = (int)n;
	return SINK_CONN_FAILED;
}

ssize_t sink_receive(struct sink *s, struct ktls_conn *conn, int *err, struct cli_failure *f)
{
	ssize_t n;

	if (s->spliced)
		return receive_to_pipe(s, conn, err, f);
	if (need_buf(s, f))
		return SINK_FAILED;
	n = ktls_conn_recv(conn, s->buf, BUF_LEN);
	if (n > 0 && !s->gone) {
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

void sink_put_first(struct sink *s, const uint8_t *data, size_t len)
{
	s->first = data;
	s->first_len = len;
}

static ssize_t write_some(struct sink *s, const uint8_t *data, size_t len, struct cli_failure *f)
{
	ssize_t n;

	if (s->stream.kind == STREAM_SOCKET)
		n = send(s->stream.io_fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	else
		n = write(s->stream.io_fd, data, len);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return SINK_WAIT;
	if (n < 0 && errno == EPIPE && s->command) {
		sink_has_gone(s);
		return 1;
	}
	if (n < 0) {
		fail(s, -errno, f);
		return SINK_FAILED;
	}
	stream_moved(&s->stream, (size_t)n);
	return n;
}

ssize_t sink_write(struct sink *s, struct cli_failure *f)
{
	const bool is_first = s->first_len;
	ssize_t n;

	if (is_first)
		n = write_some(s, s->first, s->first_len, f);
	else
		n = write_some(s, s->buf + s->off, s->len, f);
	if (n <= 0)
		return n;
	if (is_first) {
		s->first += n;
		s->first_len -= (size_t)n;
	} else {
		s->off += (size_t)n;
		s->len -= (size_t)n;
	}
	return n;
}
