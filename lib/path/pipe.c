/* SPDX-License-Identifier: MIT */
/* What a pipe holds, asked without waiting: the caller's pipe may be a blocking one. */
#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>

#include "path/pipe.h"

ssize_t pipe_readable(const struct sys_ops *sys, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int bytes = 0, hung_up;

	/* Hang-up first: a writer that writes and leaves between the two questions has its bytes counted by the second. */
	if (poll(&p, 1, 0) < 0)
		return -errno;
	hung_up = p.revents & POLLHUP;
	if (sys->ioctl_int(fd, FIONREAD, &bytes) < 0)
		return -errno;
	if (bytes > 0)
		return bytes;
	return hung_up ? 0 : -EAGAIN;
}
