/* SPDX-License-Identifier: MIT */
/*
 * Why the engine does not give its pages to TCP by vmsplice(): what a page holds when it is reused, and what pages cost that
 * are not. README.md says what came of it.
 */
#include <err.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	PAGE = 4096,
	BATCH = 256 * 1024,
	RING = 32,			/* batches: more than the queues of both ends hold */
	SECONDS_MAX = 60,
};

/* A TCP connection over 127.0.0.1. */
struct ends {
	int from, to;
	int pipe[2];			/* on the way of pages to @from */
};

static void set_cubic(int fd)
{
	if (setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "cubic", strlen("cubic")))
		err(1, "TCP_CONGESTION cubic");
}

static struct ends connect_ends(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const int door = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t len = sizeof(at);
	struct ends e;

	set_cubic(door);
	e.from = socket(AF_INET, SOCK_STREAM, 0);
	set_cubic(e.from);
	if (bind(door, (struct sockaddr *)&at, len) || listen(door, 1) || getsockname(door, (struct sockaddr *)&at, &len) ||
	    connect(e.from, (struct sockaddr *)&at, len))
		err(1, "a connection over loopback");
	e.to = accept(door, NULL, NULL);
	if (e.to < 0 || pipe(e.pipe))
		err(1, "a connection over loopback");
	fcntl(e.pipe[1], F_SETPIPE_SZ, 1 << 20);
	close(door);
	return e;
}

static void close_ends(const struct ends *e)
{
	close(e->from);
	close(e->to);
	close(e->pipe[0]);
	close(e->pipe[1]);
}

static char *new_pages(size_t len, int flags)
{
	char *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	if (p == MAP_FAILED)
		err(1, "mmap");
	return p;
}

static void by_send(const struct ends *e, const char *p, size_t len)
{
	while (len) {
		const ssize_t n = send(e->from, p, len, MSG_NOSIGNAL);

		if (n < 0)
			err(1, "send");
		p += n;
		len -= (size_t)n;
	}
}

static void by_pages(const struct ends *e, char *p, size_t len, unsigned flags)
{
	while (len) {
		struct iovec v = { .iov_base = p, .iov_len = len };
		ssize_t n = vmsplice(e->pipe[1], &v, 1, flags);

		if (n < 0)
			err(1, "vmsplice");
		p += n;
		len -= (size_t)n;
		while (n) {
			const unsigned more = len ? SPLICE_F_MORE : 0;
			const ssize_t moved = splice(e->pipe[0], NULL, e->from, NULL, (size_t)n, SPLICE_F_MOVE | more);

			if (moved <= 0)
				err(1, "splice");
			n -= moved;
		}
	}
}

/* --- a page that is reused */

static void wait_until_acknowledged(const struct ends *e)
{
	const struct timespec pause = { .tv_nsec = 100000 };
	int queued = 1;

	while (!ioctl(e->from, SIOCOUTQ, &queued) && queued)
		nanosleep(&pause, NULL);
}

/* Bytes that are not what was sent, out of a page. @anew: it is given back and a new one taken, else written once more. */
static int changed(bool anew)
{
	const struct ends e = connect_ends();
	char *p = new_pages(PAGE, 0), got[PAGE];
	int n = 0;

	memset(p, 'A', PAGE);
	by_pages(&e, p, PAGE, anew ? SPLICE_F_GIFT : 0);
	wait_until_acknowledged(&e);
	if (anew) {
		munmap(p, PAGE);
		p = new_pages(PAGE, 0);
	}
	memset(p, 'B', PAGE);
	if (recv(e.to, got, PAGE, MSG_WAITALL) != PAGE)
		err(1, "recv");
	for (int i = 0; i < PAGE; i++)
		n += got[i] != 'A';
	munmap(p, PAGE);
	close_ends(&e);
	return n;
}

/* --- what it costs: each sends a batch that it has written */

static char *ring;
static size_t turn;

static void send_hot(const struct ends *e, const char *source)
{
	memcpy(ring, source, BATCH);
	by_send(e, ring, BATCH);
}

static void send_ring(const struct ends *e, const char *source)
{
	char *p = ring + turn++ % RING * BATCH;

	memcpy(p, source, BATCH);
	by_pages(e, p, BATCH, 0);
}

static void send_fresh(const struct ends *e, const char *source)
{
	char *p = new_pages(BATCH, MAP_POPULATE);

	memcpy(p, source, BATCH);
	by_pages(e, p, BATCH, SPLICE_F_GIFT);
	munmap(p, BATCH);
}

static const struct way {
	const char *name;
	void (*send)(const struct ends *e, const char *source);
} ways[] = {
	{ "send()", send_hot },
	{ "vmsplice, pages reused", send_ring },
	{ "vmsplice, fresh pages", send_fresh },
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double cpu(int who)
{
	struct rusage u;

	getrusage(who, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static pid_t start_reader(const struct ends *e)
{
	const pid_t pid = fork();
	char *buf;

	if (pid < 0)
		err(1, "fork");
	if (pid)
		return pid;
	buf = malloc(BATCH);
	close(e->from);
	while (buf && recv(e->to, buf, BATCH, 0) > 0)
		;
	_exit(!buf);
}

static void measure(const struct way *w, const char *source, double seconds)
{
	const struct ends e = connect_ends();
	const pid_t reader = start_reader(&e);
	const double own = cpu(RUSAGE_SELF), child = cpu(RUSAGE_CHILDREN), start = now();
	double gib = 0, took;

	while (now() < start + seconds) {
		w->send(&e, source);
		gib += (double)BATCH / (1 << 30);
	}
	shutdown(e.from, SHUT_WR);
	waitpid(reader, NULL, 0);
	took = now() - start;
	printf("%-24s %8.2f %10.3f %10.3f\n", w->name, gib / took, (cpu(RUSAGE_SELF) - own) / gib,
	       (cpu(RUSAGE_CHILDREN) - child) / gib);
	close_ends(&e);
}

int main(int argc, char **argv)
{
	const double seconds = argc > 1 ? strtod(argv[1], NULL) : 1;
	char *source = malloc(BATCH);

	if (argc > 2 || !(seconds > 0 && seconds <= SECONDS_MAX))
		errx(2, "usage: vmsplice [SECONDS]: of each measurement, up to %d", SECONDS_MAX);
	if (!source)
		errx(1, "out of memory");
	memset(source, 'x', BATCH);
	ring = new_pages(RING * BATCH, MAP_POPULATE);
	printf("written again once acknowledged (SIOCOUTQ is 0), before it was read: %d of %d bytes changed\n", changed(false),
	       PAGE);
	printf("given back and taken anew: %d of %d bytes changed\n\n", changed(true), PAGE);
	printf("%-24s %8s %10s %10s\n", "way, batches of 256 KiB", "GiB/s", "sender", "receiver");
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		measure(&ways[i], source, seconds);
	puts("sender, receiver: CPU s/GiB");
	free(source);
	return 0;
}
