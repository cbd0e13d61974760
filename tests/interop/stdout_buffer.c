/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into gnutls-cli, which writes what it receives one byte a system call: two minutes for 64 MiB. Here its output is
 * buffered, and pushed each time it goes to wait. TLS is none of this file's business.
 */
#include <stdio.h>
#include <sys/select.h>
#include <time.h>

void setbuf(FILE *restrict stream, char *restrict buf)
{
	(void)stream;
	(void)buf;
}

int setvbuf(FILE *restrict stream, char *restrict buf, int mode, size_t size)
{
	(void)stream;
	(void)buf;
	(void)mode;
	(void)size;
	return 0;
}

int select(int nfds, fd_set *restrict readfds, fd_set *restrict writefds, fd_set *restrict exceptfds,
	   struct timeval *restrict timeout)
{
	struct timespec ts = { 0 };

	if (timeout)
		ts = (struct timespec){ .tv_sec = timeout->tv_sec, .tv_nsec = timeout->tv_usec * 1000 };
	fflush(stdout);
	return pselect(nfds, readfds, writefds, exceptfds, timeout ? &ts : NULL, NULL);
}
