/* SPDX-License-Identifier: MIT */
/* The system calls on a connection's socket, as a table, so that unit tests can put a scripted kernel in their place. */
#ifndef KTLS_BASE_SYS_H
#define KTLS_BASE_SYS_H

#include <poll.h>
#include <sys/socket.h>
#include <sys/types.h>

/* Every entry behaves like the call of the same name: -1 and errno on failure. */
struct sys_ops {
	int (*setsockopt)(int fd, int level, int name, const void *val, socklen_t len);
	int (*getsockopt)(int fd, int level, int name, void *val, socklen_t *len);
	ssize_t (*sendmsg)(int fd, const struct msghdr *msg, int flags);
	ssize_t (*recvmsg)(int fd, struct msghdr *msg, int flags);
	ssize_t (*send)(int fd, const void *buf, size_t len, int flags);
	ssize_t (*recv)(int fd, void *buf, size_t len, int flags);
	ssize_t (*sendfile)(int out, int in, off_t *off, size_t len);
	ssize_t (*splice)(int in, off_t *in_off, int out, off_t *out_off, size_t len, unsigned flags);
	ssize_t (*pread)(int fd, void *buf, size_t len, off_t off);
	ssize_t (*read)(int fd, void *buf, size_t len);
	ssize_t (*write)(int fd, const void *buf, size_t len);
	int (*ioctl_int)(int fd, unsigned long req, int *val);
	int (*shutdown)(int fd, int how);
	int (*fcntl_getfl)(int fd);
	int (*poll)(struct pollfd *fds, nfds_t n, int timeout);
};

/* The real kernel. */
extern const struct sys_ops sys_linux;

#endif
