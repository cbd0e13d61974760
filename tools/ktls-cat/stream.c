/* SPDX-License-Identifier: MIT */
/* Standard input and output without waiting in read() or write(). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ktls-cat/stream.h"

enum {
	/* So many bytes are no conversation any more. */
	BULK_LEN = 256 * 1024,
	PIPE_LEN = 512 * 1024,
};

static enum stream_kind kind_of(const struct stat *st, int fd)
{
	/* Files of /proc say that they are empty, and sendfile() does not like all of them: they are read. */
	if (S_ISREG(st->st_mode))
		return st->st_size ? STREAM_FILE : STREAM_OTHER;
	if (S_ISFIFO(st->st_mode))
		return STREAM_PIPE;
	if (S_ISSOCK(st->st_mode))
		return STREAM_SOCKET;
	return S_ISCHR(st->st_mode) && isatty(fd) ? STREAM_TERMINAL : STREAM_OTHER;
}

/* A new open file description of the same pipe or terminal. May be refused: its owner can be somebody else. */
static int reopen(int fd, bool for_writing)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, (for_writing ? O_WRONLY : O_RDONLY) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

/* Sockets take MSG_DONTWAIT; files and other devices are not waited for. */
static int make_nonblocking(struct stream *s, bool for_writing)
{
	const int flags = fcntl(s->poll_fd, F_GETFL);
	int fd;

	if (flags < 0)
		return -errno;
	if ((s->kind != STREAM_PIPE && s->kind != STREAM_TERMINAL) || (flags & O_NONBLOCK))
		return 0;
	fd = reopen(s->poll_fd, for_writing);
	if (fd >= 0) {
		s->io_fd = fd;
		return 0;
	}
	/* Second best: the shared description, until stream_close(). */
	if (fcntl(s->poll_fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	s->saved_flags = flags;
	return 0;
}

int stream_open(struct stream *s, int fd, bool for_writing)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	*s = (struct stream){ .kind = kind_of(&st, fd), .poll_fd = fd, .io_fd = fd, .saved_flags = -1 };
	return make_nonblocking(s, for_writing);
}

void stream_moved(struct stream *s, size_t n)
{
	if (s->kind != STREAM_PIPE || s->moved >= BULK_LEN)
		return;
	s->moved += n;
	/* May be refused: a user has only so many pages for pipes. Then it serves as it is. */
	if (s->moved >= BULK_LEN && fcntl(s->io_fd, F_GETPIPE_SZ) < PIPE_LEN)
		fcntl(s->io_fd, F_SETPIPE_SZ, PIPE_LEN);
}

void stream_close(struct stream *s)
{
	if (s->io_fd != s->poll_fd)
		close(s->io_fd);
	if (s->saved_flags >= 0)
		fcntl(s->poll_fd, F_SETFL, s->saved_flags);
	s->io_fd = s->poll_fd;
	s->saved_flags = -1;
}
