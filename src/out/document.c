/* SPDX-License-Identifier: MIT */
/* A JSON document to a file or to standard error. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "out/document.h"

int out_document_open(struct out_document *d, const char *path, struct cli_failure *f)
{
	*d = (struct out_document){ .path = path, .to = stderr, .lock_fd = -1 };
	/* jansson reads it from /dev/urandom, which may be out of reach when the document is made. */
	json_object_seed(0);
	if (!path)
		return 0;
	d->to = fopen(path, "we");
	return d->to ? 0 : cli_fail(f, CLI_IO, "%s: %s", path, strerror(errno));
}

static int fail_write(const struct out_document *d, int err, struct cli_failure *f)
{
	return cli_fail(f, CLI_IO, "%s: cannot write the report: %s", d->path ? d->path : "standard error", strerror(err));
}

int out_document_write(struct out_document *d, json_t *root, struct cli_failure *f)
{
	bool failed = !root || json_dumpf(root, d->to, JSON_INDENT(2) | JSON_SORT_KEYS | JSON_REAL_PRECISION(6)) < 0;

	json_decref(root);
	failed |= fputc('\n', d->to) == EOF;
	failed |= (d->path ? fclose(d->to) : fflush(d->to)) != 0;
	d->to = NULL;
	return failed ? fail_write(d, errno, f) : 0;
}

int out_document_open_lines(struct out_document *d, const char *path, struct cli_failure *f)
{
	if (out_document_open(d, path, f))
		return f->code;
	if (path)
		fcntl(fileno(d->to), F_SETFL, O_APPEND);
	/* A lock of POSIX belongs to a process, and so it can exclude those that share a descriptor. A pipe cannot have one itself. */
	d->lock_fd = memfd_create("report", MFD_CLOEXEC);
	return d->lock_fd >= 0 ? 0 : fail_write(d, errno, f);
}

static void lock(const struct out_document *d, short type)
{
	struct flock l = { .l_type = type, .l_whence = SEEK_SET };

	while (fcntl(d->lock_fd, F_SETLKW, &l) && errno == EINTR)
		;
}

/* 0 or a positive errno. Somebody else may have made the file one that does not block. */
static int write_all(int fd, const char *data, size_t len)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	while (len) {
		const ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EAGAIN)
			poll(&p, 1, -1);
		else if (n < 0 && errno != EINTR)
			return errno;
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

int out_document_add_line(struct out_document *d, json_t *root, struct cli_failure *f)
{
	char *text = root ? json_dumps(root, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(6)) : NULL;
	const size_t len = text ? strlen(text) : 0;
	int err = ENOMEM;

	json_decref(root);
	if (text) {
		/* The end of the string is the place for the end of the line. */
		text[len] = '\n';
		lock(d, F_WRLCK);
		err = write_all(fileno(d->to), text, len + 1);
		lock(d, F_UNLCK);
	}
	free(text);
	return err ? fail_write(d, err, f) : 0;
}
