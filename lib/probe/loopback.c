/* SPDX-License-Identifier: MIT */
/* A TCP connection of this process to itself. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "probe/loopback.h"

static int listener(struct sockaddr_in *sa)
{
	socklen_t len = sizeof(*sa);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	*sa = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (bind(fd, (struct sockaddr *)sa, sizeof(*sa)) || listen(fd, 1) || getsockname(fd, (struct sockaddr *)sa, &len)) {
		int ret = -errno;

		close(fd);
		return ret;
	}
	return fd;
}

static void limit_waiting(int fd)
{
	const struct timeval second = { .tv_sec = 1 };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &second, sizeof(second));
}

int loopback_pair(int fds[2])
{
	struct sockaddr_in sa;
	int ret = 0, lfd = listener(&sa);

	fds[0] = fds[1] = -1;
	if (lfd < 0)
		return lfd;
	fds[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fds[0] < 0 || connect(fds[0], (struct sockaddr *)&sa, sizeof(sa)) < 0)
		ret = -errno;
	if (!ret) {
		fds[1] = accept4(lfd, NULL, NULL, SOCK_CLOEXEC);
		if (fds[1] < 0)
			ret = -errno;
	}
	close(lfd);
	if (ret) {
		loopback_close(fds);
		return ret;
	}
	limit_waiting(fds[0]);
	limit_waiting(fds[1]);
	return 0;
}

void loopback_close(int fds[2])
{
	for (int i = 0; i < 2; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	fds[0] = fds[1] = -1;
}
