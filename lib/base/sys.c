/* SPDX-License-Identifier: MIT */
/* The table of system calls, filled with the real ones. */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/sys.h"

static int ioctl_int(int fd, unsigned long req, int *val)
{
	return ioctl(fd, req, val);
}

static int fcntl_getfl(int fd)
{
	return fcntl(fd, F_GETFL);
}

const struct sys_ops sys_linux = {
	.setsockopt = setsockopt,
	.getsockopt = getsockopt,
	.sendmsg = sendmsg,
	.recvmsg = recvmsg,
	.send = send,
	.recv = recv,
	.sendfile = sendfile,
	.splice = splice,
	.pread = pread,
	.read = read,
	.write = write,
	.ioctl_int = ioctl_int,
	.shutdown = shutdown,
	.fcntl_getfl = fcntl_getfl,
	.poll = poll,
};
