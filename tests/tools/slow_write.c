/* SPDX-License-Identifier: MIT */
/* For LD_PRELOAD: SSL_write_ex() that wastes KTLS_SLOW_US microseconds of CPU time each time. */
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

#include <openssl/ssl.h>

/* Of this thread: what the machine does meanwhile makes it no dearer. */
static long long spent_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

int SSL_write_ex(SSL *ssl, const void *buf, size_t len, size_t *written)
{
	static int (*real)(SSL *, const void *, size_t, size_t *);
	const char *us = getenv("KTLS_SLOW_US");
	const long long until = spent_ns() + (us ? atoll(us) : 0) * 1000;

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "SSL_write_ex");
	while (spent_ns() < until)
		for (volatile int i = 0; i < 1000; i++)
			;
	return real(ssl, buf, len, written);
}
