/* SPDX-License-Identifier: MIT */
/* Connected TCP sockets over loopback. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "ktls-bench/pairs.h"

enum {
	PATIENCE_S = 60,	/* for an end that hangs */
};

static int set_window(int fd, size_t window)
{
	const int size = (int)window;

	if (!window)
		return 0;
	return setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)) || setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

/* On the listener as on the client: accepted sockets inherit it. */
static int prepare(int fd, const struct bench_options *o, struct cli_failure *f)
{
	if (set_window(fd, o->window))
		return cli_fail(f, CLI_IO, "socket buffers of %zu bytes: %s", o->window, strerror(errno));
	if (setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, o->congestion, (socklen_t)strlen(o->congestion)))
		return cli_fail(f, CLI_IO, "congestion control %s: %s (sysctl net.ipv4.tcp_allowed_congestion_control lists what may be used)",
				o->congestion, strerror(errno));
	return 0;
}

static int listen_on_loopback(struct sockaddr_in *addr, const struct bench_options *o, struct cli_failure *f)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(*addr);

	*addr = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (fd < 0) {
		cli_fail(f, CLI_IO, "socket: %s", strerror(errno));
		return -1;
	}
	if (!prepare(fd, o, f) && (bind(fd, (struct sockaddr *)addr, len) || listen(fd, BENCH_STREAMS_MAX) ||
				   getsockname(fd, (struct sockaddr *)addr, &len)))
		cli_fail(f, CLI_IO, "listening on 127.0.0.1: %s", strerror(errno));
	if (!f->code)
		return fd;
	close(fd);
	return -1;
}

static int open_one(struct pairs *p, int listener, const struct sockaddr_in *addr, const struct bench_options *o, struct cli_failure *f)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	const int one = 1, client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int server;

	if (client < 0)
		return cli_fail(f, CLI_IO, "socket: %s", strerror(errno));
	p->client[p->n] = client;
	p->server[p->n++] = -1;
	if (prepare(client, o, f))
		return f->code;
	if (connect(client, (const struct sockaddr *)addr, sizeof(*addr)))
		return cli_fail(f, CLI_IO, "connecting to 127.0.0.1: %s", strerror(errno));
	server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (server < 0)
		return cli_fail(f, CLI_IO, "accept: %s", strerror(errno));
	p->server[p->n - 1] = server;
	for (int i = 0; i < 2; i++) {
		const int fd = i ? server : client;

		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	}
	return 0;
}

int pairs_open(struct pairs *p, const struct bench_options *o, struct cli_failure *f)
{
	socklen_t len = sizeof(p->congestion) - 1;
	struct sockaddr_in addr;
	int listener;

	*p = (struct pairs){ 0 };
	listener = listen_on_loopback(&addr, o, f);
	if (listener < 0)
		return f->code;
	while (!f->code && p->n < o->streams)
		open_one(p, listener, &addr, o, f);
	close(listener);
	if (!f->code && getsockopt(p->client[0], IPPROTO_TCP, TCP_CONGESTION, p->congestion, &len))
		p->congestion[0] = '\0';
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
}
