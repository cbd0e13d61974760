/* SPDX-License-Identifier: MIT */
/* TCP sockets, over loopback or to somebody else: connected ones, and what it takes to connect more. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "ktls-bench/pairs.h"

enum {
	PATIENCE_MS = 60 * 1000,
	BACKLOG = 4096,
};

static int set_window(int fd, size_t window)
{
	const int size = (int)window;

	if (!window)
		return 0;
	return setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)) || setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

static int set_congestion(int fd, const struct bench_options *o)
{
	return setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, o->congestion, (socklen_t)strlen(o->congestion));
}

/* On the listener as on the client: accepted sockets inherit it. */
static int prepare(int fd, const struct bench_options *o, struct cli_failure *f)
{
	if (set_window(fd, o->window))
		return cli_fail(f, CLI_IO, "socket buffers of %zu bytes: %s", o->window, strerror(errno));
	if (set_congestion(fd, o))
		return cli_fail(f, CLI_IO, "congestion control %s: %s (sysctl net.ipv4.tcp_allowed_congestion_control lists what may be used)",
				o->congestion, strerror(errno));
	return 0;
}

/* What every connection has, whoever began it. */
static void settle(int fd, int64_t patience_ms)
{
	const struct timeval patience = { .tv_sec = patience_ms / 1000, .tv_usec = patience_ms % 1000 * 1000 };
	const int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
}

static int listen_on_loopback(struct pairs *p, const struct bench_options *o, struct cli_failure *f)
{
	const struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	p->addr_len = sizeof(p->addr);
	if (p->listener < 0)
		return cli_fail(f, CLI_IO, "socket: %s", strerror(errno));
	if (prepare(p->listener, o, f))
		return f->code;
	if (bind(p->listener, (const struct sockaddr *)&addr, sizeof(addr)) || listen(p->listener, BACKLOG) ||
	    getsockname(p->listener, (struct sockaddr *)&p->addr, &p->addr_len))
		return cli_fail(f, CLI_IO, "listening on 127.0.0.1: %s", strerror(errno));
	return 0;
}

int pairs_connect(const struct pairs *p, const struct bench_options *o)
{
	const int fd = socket(p->addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int ret;

	if (fd < 0)
		return -errno;
	/* The patience is with connect(), too. */
	settle(fd, p->patience_ms);
	if (!set_window(fd, o->window) && !set_congestion(fd, o) && !connect(fd, (const struct sockaddr *)&p->addr, p->addr_len))
		return fd;
	ret = errno == EINPROGRESS ? -ETIMEDOUT : -errno;
	close(fd);
	return ret;
}

int pairs_accept(const struct pairs *p)
{
	int fd;

	do
		fd = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);
	while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
	if (fd < 0)
		return -errno;
	settle(fd, p->patience_ms);
	return fd;
}

static int open_one(struct pairs *p, const struct bench_options *o, struct cli_failure *f)
{
	const int client = pairs_connect(p, o);

	if (client < 0)
		return cli_fail(f, CLI_IO, "connecting to 127.0.0.1: %s", strerror(-client));
	p->client[p->n] = client;
	p->server[p->n++] = pairs_accept(p);
	if (p->server[p->n - 1] < 0)
		return cli_fail(f, CLI_IO, "accept: %s", strerror(-p->server[p->n - 1]));
	return 0;
}

static void read_congestion(struct pairs *p, int fd)
{
	socklen_t len = sizeof(p->congestion) - 1;

	if (getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, p->congestion, &len))
		p->congestion[0] = '\0';
}

int pairs_open(struct pairs *p, const struct bench_options *o, unsigned n, struct cli_failure *f)
{
	*p = (struct pairs){ .listener = -1, .patience_ms = PATIENCE_MS };
	if (listen_on_loopback(p, o, f))
		return f->code;
	while (!f->code && p->n < n)
		open_one(p, o, f);
	if (!f->code)
		read_congestion(p, p->client[0]);
	return f->code;
}

/* What can be wrong with the options is said of a socket that is not connected. */
static int try_options(struct pairs *p, const struct bench_options *o, struct cli_failure *f)
{
	const int fd = socket(p->addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return cli_fail(f, CLI_IO, "socket: %s", strerror(errno));
	if (!prepare(fd, o, f))
		read_congestion(p, fd);
	close(fd);
	return f->code;
}

int pairs_dial(struct pairs *p, const struct bench_options *o, const struct sockaddr_storage *addr, socklen_t addr_len, const char *where,
	       unsigned n, struct cli_failure *f)
{
	*p = (struct pairs){ .listener = -1, .addr = *addr, .addr_len = addr_len, .patience_ms = o->wait_ms };
	try_options(p, o, f);
	while (!f->code && p->n < n) {
		const int fd = pairs_connect(p, o);

		if (fd < 0)
			return cli_fail(f, fd == -ETIMEDOUT ? CLI_TIMEOUT : CLI_IO, "%s: cannot connect: %s", where, strerror(-fd));
		p->server[p->n] = -1;
		p->client[p->n++] = fd;
	}
	return f->code;
}

void pairs_close(struct pairs *p)
{
	for (unsigned i = 0; i < p->n; i++) {
		close(p->client[i]);
		if (p->server[i] >= 0)
			close(p->server[i]);
	}
	p->n = 0;
	if (p->listener >= 0)
		close(p->listener);
	p->listener = -1;
}
