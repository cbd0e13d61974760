/* SPDX-License-Identifier: MIT */
/*
 * One TCP connection passed on to a port of 127.0.0.1, by a network that has its faults: it is cut after so many bytes, it is slow, it has little
 * room. Prints the port it listens on.
 */
#include <argp.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	BUF_LEN = 65536,
	/* Nobody waits for it longer. */
	LIFE_SECONDS = 120,
};

enum direction {
	UP,		/* from who dials to who is dialled */
	DOWN,
	DIRECTIONS,
};

struct options {
	uint16_t to;
	int64_t cut[DIRECTIONS];	/* bytes; -1: no cut */
	bool reset;			/* cut by RST both ways; else by FIN, that one way alone */
	size_t chunk;			/* most bytes in one read and one write */
	int buffers;			/* SO_SNDBUF and SO_RCVBUF; 0: the system's */
};

/* One direction: what was read and is not yet written. */
struct flow {
	int from, into;
	char data[BUF_LEN];
	size_t off, len;
	int64_t left;		/* before the cut; -1: no cut */
	bool drained;		/* cut by FIN: what comes is thrown away */
	bool ended;		/* nothing comes any more */
};

static void die(const char *what)
{
	fprintf(stderr, "cut-proxy: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* --- sockets --------------------------------------------------------------- */

static void prepare(int fd, const struct options *o)
{
	const int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (!o->buffers)
		return;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &o->buffers, sizeof(o->buffers)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &o->buffers, sizeof(o->buffers)))
		die("buffers");
}

static int new_socket(const struct options *o)
{
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	/* Before the window is agreed upon. */
	prepare(fd, o);
	return fd;
}

static int take_client(const struct options *o)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);
	const int lfd = new_socket(o);
	int fd;

	if (bind(lfd, (struct sockaddr *)&sa, len) || listen(lfd, 1) || getsockname(lfd, (struct sockaddr *)&sa, &len))
		die("listen");
	printf("port %u\n", ntohs(sa.sin_port));
	fflush(stdout);
	fd = accept4(lfd, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		die("accept");
	close(lfd);
	prepare(fd, o);
	return fd;
}

static int dial(const struct options *o)
{
	const struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(o->to), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const int fd = new_socket(o);

	if (connect(fd, (const struct sockaddr *)&sa, sizeof(sa)))
		die("connect");
	return fd;
}

/* Both ends see RST. */
static void reset_both(const struct flow *f)
{
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(f->from, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	setsockopt(f->into, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	exit(0);
}

/* --- one direction --------------------------------------------------------- */

static void end(struct flow *f)
{
	shutdown(f->into, SHUT_WR);
	f->ended = true;
}

static void cut(struct flow *f, const struct options *o)
{
	if (o->reset)
		reset_both(f);
	shutdown(f->into, SHUT_WR);
	f->drained = true;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* An end that is gone ends everything, as its RST would: whatever still comes has no reader. */
static void give(struct flow *f, const struct options *o)
{
	const ssize_t n = send(f->into, f->data + f->off, smaller(f->len, o->chunk), MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n < 0)
		reset_both(f);
	f->off += (size_t)n;
	f->len -= (size_t)n;
	if (f->left > 0)
		f->left -= n;
}

static void take(struct flow *f, const struct options *o)
{
	size_t room = smaller(sizeof(f->data), o->chunk);
	ssize_t n;

	if (f->left >= 0 && !f->drained)
		room = smaller(room, (size_t)f->left);
	n = recv(f->from, f->data, room, MSG_DONTWAIT);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n < 0)
		reset_both(f);
	if (n == 0) {
		end(f);
		return;
	}
	f->off = 0;
	f->len = f->drained ? 0 : (size_t)n;
}

static void step(struct flow *f, const struct options *o, const struct pollfd *from, const struct pollfd *into)
{
	if (f->len && (into->revents & (POLLOUT | POLLERR)))
		give(f, o);
	else if (!f->len && !f->ended && from->revents)
		take(f, o);
	if (!f->len && f->left == 0 && !f->drained)
		cut(f, o);
}

/* --- both ------------------------------------------------------------------ */

static short wanted(const struct flow *reads, const struct flow *writes)
{
	return (short)((!reads->len && !reads->ended ? POLLIN : 0) | (writes->len ? POLLOUT : 0));
}

static void pass_on(struct flow *up, struct flow *down, const struct options *o)
{
	while (!up->ended || !down->ended || up->len || down->len) {
		struct pollfd p[] = { { .fd = up->from, .events = wanted(up, down) }, { .fd = down->from, .events = wanted(down, up) } };

		/* A hang-up wakes whoever waits for nothing else, again and again. */
		for (int i = 0; i < 2; i++)
			if (!p[i].events)
				p[i].fd = -1;
		if (poll(p, 2, -1) < 0)
			die("poll");
		step(up, o, &p[0], &p[1]);
		step(down, o, &p[1], &p[0]);
		/* The reader of what was cut off has gone. */
		if ((up->drained && down->ended && !down->len) || (down->drained && up->ended && !up->len))
			return;
	}
}

/* --- command line ----------------------------------------------------------- */

enum {
	OPT_CUT_UP = 256, OPT_CUT_DOWN, OPT_RESET, OPT_CHUNK, OPT_BUFFERS,
};

static const struct argp_option option_table[] = {
	{ "cut-up", OPT_CUT_UP, "BYTES", 0, "cut after so many bytes of who dials", 0 },
	{ "cut-down", OPT_CUT_DOWN, "BYTES", 0, "cut after so many bytes of who is dialled", 0 },
	{ "reset", OPT_RESET, NULL, 0, "cut by RST (default: by FIN)", 0 },
	{ "chunk", OPT_CHUNK, "BYTES", 0, "most bytes in one read and one write", 0 },
	{ "buffers", OPT_BUFFERS, "BYTES", 0, "SO_SNDBUF and SO_RCVBUF", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case OPT_CUT_UP: o->cut[UP] = atoll(arg); break;
	case OPT_CUT_DOWN: o->cut[DOWN] = atoll(arg); break;
	case OPT_RESET: o->reset = true; break;
	case OPT_CHUNK: o->chunk = strtoul(arg, NULL, 10); break;
	case OPT_BUFFERS: o->buffers = atoi(arg); break;
	case ARGP_KEY_ARG: o->to = (uint16_t)atoi(arg); break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct argp argp = { option_table, parse, "PORT", "A network with faults, for tests.", 0, 0, 0 };
	struct options o = { .cut = { -1, -1 }, .chunk = BUF_LEN };
	static struct flow up, down;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	signal(SIGPIPE, SIG_IGN);
	alarm(LIFE_SECONDS);
	up.from = down.into = take_client(&o);
	up.into = down.from = dial(&o);
	up.left = o.cut[UP];
	down.left = o.cut[DOWN];
	pass_on(&up, &down, &o);
	return 0;
}
