/* SPDX-License-Identifier: MIT */
/* TCP sockets, over loopback or to somebody else: connected ones, and what it takes to connect more. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "cli/wait.h"
#include "ktls-bench/door.h"
#include "ktls-bench/pairs.h"

enum {
	BACKLOG = 4096,
	OPENING_PATIENCE_MS = 2000,
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
	const socklen_t len = (socklen_t)strlen(o->congestion);

	return len && setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, o->congestion, len) ? -errno : 0;
}

int pairs_use_congestion(int fd, const struct bench_options *o, struct cli_failure *f)
{
	const int ret = set_congestion(fd, o);

	if (!ret)
		return 0;
	return cli_fail(f, CLI_IO, "congestion control %s: %s (sysctl net.ipv4.tcp_allowed_congestion_control lists what may be used)",
			o->congestion, strerror(-ret));
}

void pairs_get_congestion(int fd, char name[PAIRS_CONGESTION_MAX])
{
	socklen_t len = PAIRS_CONGESTION_MAX - 1;

	memset(name, 0, PAIRS_CONGESTION_MAX);
	if (getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &len))
		name[0] = '\0';
}

/* On the listener as on the client: accepted sockets inherit it. */
static int prepare(int fd, const struct bench_options *o, struct cli_failure *f)
{
	if (set_window(fd, o->window))
		return cli_fail(f, CLI_IO, "socket buffers of %zu bytes: %s", o->window, strerror(errno));
	return pairs_use_congestion(fd, o, f);
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

/* After the handshake a larger buffer alone does not open the window further: the limit from before it stands. */
void pairs_settle(int fd, const struct bench_options *o)
{
	const int clamp = (int)(o->window < BENCH_WINDOW_MAX / 2 ? 2 * o->window : BENCH_WINDOW_MAX);

	settle(fd, PAIRS_PATIENCE_MS);
	if (!set_window(fd, o->window) && o->window)
		setsockopt(fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, &clamp, sizeof(clamp));
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

/* To any port: it is chosen with the other end in mind, so that one port serves many of them. */
static int bind_source(int fd, const struct pairs *p)
{
	const int one = 1;

	if (p->source.ss_family == AF_UNSPEC)
		return 0;
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	return bind(fd, (const struct sockaddr *)&p->source, p->source_len);
}

static int connect_as(int fd, const struct pairs *p, const struct bench_options *o, unsigned index)
{
	struct opening opening = p->opening;

	/* Before: waiting for the connection has an end, too. */
	settle(fd, p->patience_ms);
	if (set_window(fd, o->window) || bind_source(fd, p))
		return -errno;
	if (set_congestion(fd, o) || connect(fd, (const struct sockaddr *)&p->addr, p->addr_len))
		return errno == EINPROGRESS ? -ETIMEDOUT : -errno;
	opening.index = (uint8_t)index;
	return opening.kind ? opening_send(fd, &opening, 0) : 0;
}

int pairs_connect_as(const struct pairs *p, const struct bench_options *o, unsigned index)
{
	const int fd = socket(p->addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int ret;

	if (fd < 0)
		return -errno;
	ret = connect_as(fd, p, o, index);
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

int pairs_connect(const struct pairs *p, const struct bench_options *o)
{
	return pairs_connect_as(p, o, 0);
}

static int accept_one(const struct pairs *p)
{
	int fd;

	do
		fd = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);
	while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
	return fd < 0 ? -errno : fd;
}

static bool is_ours(const struct pairs *p, const struct opening *o)
{
	return o->version == OPENING_VERSION && o->kind == OPENING_DATA && o->sample == p->opening.sample &&
	       memcmp(o->cookie, p->opening.cookie, sizeof(o->cookie)) == 0;
}

/* Others may come to the same port: they do not get past their first bytes. */
static bool check_opening(const struct pairs *p, int fd)
{
	struct cli_wait wait = { .signal_fd = -1 };
	struct arrival a = { .fd = fd };

	cli_wait_limit(&wait, OPENING_PATIENCE_MS);
	if (opening_receive(fd, &wait, &a.opening)) {
		close(fd);
		return false;
	}
	if (is_ours(p, &a.opening))
		return true;
	door_refuse(&a);
	return false;
}

int pairs_accept(const struct pairs *p)
{
	int fd;

	do
		fd = accept_one(p);
	while (fd >= 0 && p->opening.kind && !check_opening(p, fd));
	if (fd < 0)
		return fd;
	if (p->options)
		pairs_settle(fd, p->options);
	else
		settle(fd, p->patience_ms);
	return fd;
}

static int open_one(struct pairs *p, const struct bench_options *o, struct cli_failure *f)
{
	const int client = pairs_connect_as(p, o, p->n);

	if (client < 0)
		return cli_fail(f, CLI_IO, "connecting to 127.0.0.1: %s", strerror(-client));
	p->client[p->n] = client;
	p->server[p->n++] = pairs_accept(p);
	if (p->server[p->n - 1] < 0)
		return cli_fail(f, CLI_IO, "accept: %s", strerror(-p->server[p->n - 1]));
	return 0;
}

int pairs_open(struct pairs *p, const struct bench_options *o, unsigned n, struct cli_failure *f)
{
	*p = (struct pairs){ .listener = -1, .patience_ms = PAIRS_PATIENCE_MS };
	if (listen_on_loopback(p, o, f))
		return f->code;
	while (!f->code && p->n < n)
		open_one(p, o, f);
	if (!f->code)
		pairs_get_congestion(p->client[0], p->congestion);
	return f->code;
}

/* What can be wrong with the options is said of a socket that is not connected. */
static int try_options(struct pairs *p, const struct bench_options *o, struct cli_failure *f)
{
	const int fd = socket(p->addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return cli_fail(f, CLI_IO, "socket: %s", strerror(errno));
	if (!prepare(fd, o, f))
		pairs_get_congestion(fd, p->congestion);
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

void pairs_close_connected(struct pairs *p)
{
	for (unsigned i = 0; i < p->n; i++) {
		if (p->client[i] >= 0)
			close(p->client[i]);
		if (p->server[i] >= 0)
			close(p->server[i]);
	}
	p->n = 0;
}

void pairs_close(struct pairs *p)
{
	pairs_close_connected(p);
	if (p->listener >= 0)
		close(p->listener);
	p->listener = -1;
}
