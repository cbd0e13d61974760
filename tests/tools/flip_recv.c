/* SPDX-License-Identifier: MIT */
/* For LD_PRELOAD: recv() with one bit of every 100,000th byte or so turned over, as broken hardware would. */
#include <dlfcn.h>
#include <sys/socket.h>

ssize_t recv(int fd, void *buf, size_t len, int flags)
{
	static ssize_t (*real)(int, void *, size_t, int);
	static size_t seen;
	ssize_t n;

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "recv");
	n = real(fd, buf, len, flags);
	if (n <= 0)
		return n;
	seen += (size_t)n;
	if (seen > 100000) {
		((unsigned char *)buf)[n / 2] ^= 1;
		seen = 0;
	}
	return n;
}
