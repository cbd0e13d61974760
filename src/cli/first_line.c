/* SPDX-License-Identifier: MIT */
/* A secret that is the first line of a file. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/first_line.h"

/* Byte by byte: what follows the line in a pipe is somebody else's. */
int cli_first_line_of_fd(const char *option, int fd, const char *name, char *out, size_t len, struct cli_failure *f)
{
	size_t used = 0;
	ssize_t n;
	char c;

	for (;;) {
		n = read(fd, &c, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return cli_fail(f, CLI_IO, "%s: %s: %s", option, name, strerror(errno));
		if (n == 0 || c == '\n')
			break;
		if (used + 1 == len)
			return cli_fail(f, CLI_USAGE, "%s: the password is longer than %zu bytes", option, len - 1);
		out[used++] = c;
	}
	if (used && out[used - 1] == '\r')
		used--;
	out[used] = '\0';
	return 0;
}

int cli_first_line_of_file(const char *option, const char *path, char *out, size_t len, struct cli_failure *f)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return cli_fail(f, CLI_IO, "%s: %s: %s", option, path, strerror(errno));
	cli_first_line_of_fd(option, fd, path, out, len, f);
	close(fd);
	return f->code;
}
