/* SPDX-License-Identifier: MIT */
/*
 * Many TLS clients of one echo server at once, made of libssl: each sends bytes of its own and compares the SHA-256 of what comes back.
 * Among them are some that misbehave, until the server has enough of them. At the end it says how many of each kind there were; the status
 * is 0 when every good one got all that it sent.
 */
#include <argp.h>
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>

enum {
	CHUNK = 16384,
	HELLO_LEN = 512,
	/* Pieces at a time of one client, before the next one has its turn. */
	TURNS = 8,
};

enum kind {
	GOOD,
	GARBAGE,	/* bytes that are no TLS */
	HALF,		/* a ClientHello, and then silence */
	SLOW,		/* a ClientHello, a byte a second */
	RESET,		/* half a record behind a handshake, and a reset */
	KINDS,
};

static const char *const kind_names[] = {
	[GOOD] = "good", [GARBAGE] = "garbage", [HALF] = "half a handshake", [SLOW] = "slow", [RESET] = "reset",
};

enum phase {
	SHAKING,
	WAITING,	/* for all others to be as far */
	FLOWING,
	ENDED,
};

struct client {
	enum kind kind;
	enum phase phase;
	int fd;
	short events;
	SSL *ssl;
	uint64_t random;	/* state of the generator */
	uint64_t sent, received;
	uint8_t out[CHUNK];
	size_t out_len;		/* of a chunk that libssl did not take */
	bool send_ended;
	EVP_MD_CTX *sent_md, *received_md;
	int64_t next_ms;	/* of the slow ones */
	unsigned hello_sent;
	bool ok;
};

static struct {
	int port;
	unsigned good, bad;
	uint64_t bytes;
} wish = { .good = 1, .bytes = 1024 };

static SSL_CTX *ctx;
static uint8_t hello[HELLO_LEN];
static unsigned hello_len;

static const struct argp_option options[] = {
	{ "port", 'p', "PORT", 0, "The server's, on 127.0.0.1", 0 },
	{ "good", 'g', "NUMBER", 0, "Clients that send and compare (default: 1)", 0 },
	{ "bad", 'b', "NUMBER", 0, "Clients that misbehave (default: none)", 0 },
	{ "bytes", 'n', "NUMBER", 0, "Bytes that each good one sends (default: 1024)", 0 },
	{ 0 },
};

static error_t take_option(int key, char *arg, struct argp_state *state)
{
	(void)state;
	switch (key) {
	case 'p':
		wish.port = atoi(arg);
		return 0;
	case 'g':
		wish.good = (unsigned)strtoul(arg, NULL, 10);
		return 0;
	case 'b':
		wish.bad = (unsigned)strtoul(arg, NULL, 10);
		return 0;
	case 'n':
		wish.bytes = strtoull(arg, NULL, 10);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int dial(void)
{
	const struct sockaddr_in sa = {
		.sin_family = AF_INET, .sin_port = htons((uint16_t)wish.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || (connect(fd, (const struct sockaddr *)&sa, sizeof(sa)) && errno != EINPROGRESS))
		err(2, "connect");
	return fd;
}

static void end(struct client *c, bool ok)
{
	c->ok = ok;
	c->phase = ENDED;
	SSL_free(c->ssl);
	EVP_MD_CTX_free(c->sent_md);
	EVP_MD_CTX_free(c->received_md);
	close(c->fd);
}

static void fail(struct client *c, const char *doing)
{
	fprintf(stderr, "tls-crowd: %s failed after %llu bytes sent and %llu received: %s\n", doing, (unsigned long long)c->sent,
		(unsigned long long)c->received, ERR_peek_error() ? ERR_reason_error_string(ERR_peek_error()) : strerror(errno));
	ERR_clear_error();
	end(c, false);
}

/* Whether there is nothing to do but to wait, as libssl says. */
static bool must_wait(struct client *c, int ret)
{
	const int error = SSL_get_error(c->ssl, ret);

	if (error == SSL_ERROR_WANT_READ)
		c->events |= POLLIN;
	if (error == SSL_ERROR_WANT_WRITE)
		c->events |= POLLOUT;
	return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

/* --- the good ones ------------------------------------------------------- */

static void shake_hands(struct client *c)
{
	const int ret = SSL_do_handshake(c->ssl);

	if (ret == 1)
		c->phase = WAITING;
	else if (!must_wait(c, ret))
		fail(c, "a handshake");
}

/* xorshift64: cheap, and different for each. */
static void fill(struct client *c, size_t len)
{
	for (size_t i = 0; i < len; i += sizeof(c->random)) {
		c->random ^= c->random << 13;
		c->random ^= c->random >> 7;
		c->random ^= c->random << 17;
		memcpy(c->out + i, &c->random, sizeof(c->random));
	}
	EVP_DigestUpdate(c->sent_md, c->out, len);
}

static bool send_some(struct client *c)
{
	const uint64_t left = wish.bytes - c->sent;
	int ret;

	if (c->send_ended)
		return false;
	if (!left) {
		/* Its own direction alone. */
		c->send_ended = SSL_shutdown(c->ssl) >= 0;
		return false;
	}
	if (!c->out_len) {
		c->out_len = left < CHUNK ? (size_t)left : CHUNK;
		fill(c, c->out_len);
	}
	ret = SSL_write(c->ssl, c->out, (int)c->out_len);
	if (ret > 0) {
		c->sent += c->out_len;
		c->out_len = 0;
		return true;
	}
	if (!must_wait(c, ret))
		fail(c, "sending");
	return false;
}

static void compare(struct client *c)
{
	unsigned char a[EVP_MAX_MD_SIZE], b[EVP_MAX_MD_SIZE];
	unsigned a_len = 0, b_len = 0;

	EVP_DigestFinal_ex(c->sent_md, a, &a_len);
	EVP_DigestFinal_ex(c->received_md, b, &b_len);
	if (c->received != wish.bytes || a_len != b_len || memcmp(a, b, a_len) != 0) {
		fail(c, "the comparison");
		return;
	}
	end(c, true);
}

static bool receive_some(struct client *c)
{
	uint8_t in[CHUNK];
	const int ret = SSL_read(c->ssl, in, sizeof(in));

	if (ret > 0) {
		EVP_DigestUpdate(c->received_md, in, (size_t)ret);
		c->received += (uint64_t)ret;
		return true;
	}
	if (SSL_get_error(c->ssl, ret) == SSL_ERROR_ZERO_RETURN)
		compare(c);
	else if (!must_wait(c, ret))
		fail(c, "receiving");
	return false;
}

static void flow(struct client *c)
{
	for (int i = 0; i < TURNS && c->phase == FLOWING; i++) {
		bool moved = send_some(c);

		if (c->phase == FLOWING)
			moved |= receive_some(c);
		if (!moved)
			return;
	}
	/* There may be more in libssl than poll() shows. */
	c->events |= POLLIN | POLLOUT;
}

/* --- the others ---------------------------------------------------------- */

/* It has nothing more to say: until the server has enough of it. */
static void wait_for_cut(struct client *c)
{
	char rest[CHUNK];
	ssize_t n;

	do
		n = recv(c->fd, rest, sizeof(rest), 0);
	while (n > 0);
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		end(c, true);
	else
		c->events |= POLLIN;
}

static void send_garbage(struct client *c)
{
	static const char text[] = "GET / HTTP/1.0\r\nHost: localhost\r\n\r\n";

	if (!c->sent && send(c->fd, text, sizeof(text), MSG_NOSIGNAL) > 0)
		c->sent = sizeof(text);
	if (c->sent)
		wait_for_cut(c);
	else
		c->events |= POLLOUT;
}

static void send_hello(struct client *c, unsigned len)
{
	if (c->hello_sent < len && send(c->fd, hello + c->hello_sent, len - c->hello_sent, MSG_NOSIGNAL) > 0)
		c->hello_sent = len;
	if (c->hello_sent == len)
		wait_for_cut(c);
	else
		c->events |= POLLOUT;
}

static void send_slowly(struct client *c)
{
	if (now_ms() >= c->next_ms && c->hello_sent < hello_len) {
		c->next_ms = now_ms() + 1000;
		send_hello(c, c->hello_sent + 1);
		return;
	}
	wait_for_cut(c);
}

static void reset(struct client *c)
{
	static const uint8_t half[100] = { 23, 3, 3, 0x40, 0 };
	const struct linger at_once = { .l_onoff = 1 };

	shake_hands(c);
	if (c->phase != WAITING)
		return;
	if (SSL_write(c->ssl, half, sizeof(half)) <= 0 || send(c->fd, half, sizeof(half), MSG_NOSIGNAL) <= 0 ||
	    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)))
		fail(c, "a reset");
	else
		end(c, true);
}

static void misbehave(struct client *c)
{
	switch (c->kind) {
	case GARBAGE:
		send_garbage(c);
		return;
	case HALF:
		send_hello(c, hello_len);
		return;
	case SLOW:
		send_slowly(c);
		return;
	case RESET:
		reset(c);
		return;
	case GOOD:
	case KINDS:
	default:
		abort();
	}
}

/* --- all of them --------------------------------------------------------- */

static void step(struct client *c)
{
	c->events = 0;
	if (c->phase == ENDED)
		return;
	if (c->kind != GOOD)
		misbehave(c);
	else if (c->phase == SHAKING)
		shake_hands(c);
	else if (c->phase == FLOWING)
		flow(c);
}

static unsigned count(const struct client *all, unsigned n, enum phase phase, bool good)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += all[i].phase == phase && (all[i].kind == GOOD) == good;
	return sum;
}

/* All good ones have shaken hands: that many connections are there at once. */
static void begin(struct client *all, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (all[i].kind != GOOD || all[i].phase != WAITING)
			continue;
		all[i].phase = FLOWING;
		all[i].events = POLLOUT;
	}
}

static void run(struct client *all, unsigned n)
{
	struct pollfd *fds = calloc(n, sizeof(*fds));

	if (!fds)
		err(2, "memory");
	for (;;) {
		if (count(all, n, SHAKING, true) == 0 && count(all, n, WAITING, true) > 0)
			begin(all, n);
		if (count(all, n, ENDED, true) + count(all, n, ENDED, false) == n)
			break;
		for (unsigned i = 0; i < n; i++)
			fds[i] = (struct pollfd){ .fd = all[i].phase == ENDED || !all[i].events ? -1 : all[i].fd, .events = all[i].events };
		poll(fds, n, 200);
		for (unsigned i = 0; i < n; i++)
			if (fds[i].revents || all[i].kind == SLOW)
				step(&all[i]);
	}
	free(fds);
}

static void init(struct client *c, unsigned i)
{
	*c = (struct client){ .kind = i < wish.good ? GOOD : GARBAGE + i % (KINDS - 1), .fd = dial(), .events = POLLOUT };
	c->random = 0x9e3779b97f4a7c15U * (i + 1);
	c->sent_md = EVP_MD_CTX_new();
	c->received_md = EVP_MD_CTX_new();
	c->ssl = SSL_new(ctx);
	if (!c->ssl || !c->sent_md || !c->received_md || !EVP_DigestInit_ex(c->sent_md, EVP_sha256(), NULL) ||
	    !EVP_DigestInit_ex(c->received_md, EVP_sha256(), NULL) || !SSL_set_fd(c->ssl, c->fd))
		errx(2, "libssl");
	SSL_set_connect_state(c->ssl);
}

/* The first bytes of a real one. */
static void make_hello(void)
{
	SSL *ssl = SSL_new(ctx);
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	int n;

	if (!ssl || !in || !out)
		errx(2, "libssl");
	SSL_set_bio(ssl, in, out);
	SSL_set_connect_state(ssl);
	SSL_do_handshake(ssl);
	n = BIO_read(out, hello, sizeof(hello));
	if (n < 100)
		errx(2, "no ClientHello");
	hello_len = (unsigned)n;
	SSL_free(ssl);
	ERR_clear_error();
}

/* "NUMBER KIND" a line, and whether all were as they should be. */
static bool report(const struct client *all, unsigned n)
{
	bool ok = true;

	for (int kind = GOOD; kind < KINDS; kind++) {
		unsigned sum = 0;

		for (unsigned i = 0; i < n; i++)
			sum += (int)all[i].kind == kind && all[i].ok;
		printf("%u %s\n", sum, kind_names[kind]);
	}
	for (unsigned i = 0; i < n; i++)
		ok &= all[i].ok;
	return ok;
}

int main(int argc, char **argv)
{
	static const struct argp argp = { options, take_option, NULL, "Talk to an echo server as a crowd.", NULL, NULL, NULL };
	struct client *all;
	unsigned n;
	bool ok;

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	signal(SIGPIPE, SIG_IGN);
	n = wish.good + wish.bad;
	all = calloc(n, sizeof(*all));
	ctx = SSL_CTX_new(TLS_client_method());
	if (!all || !ctx)
		errx(2, "memory");
	SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION);
	make_hello();
	for (unsigned i = 0; i < n; i++)
		init(&all[i], i);
	run(all, n);
	ok = report(all, n);
	free(all);
	SSL_CTX_free(ctx);
	return ok ? 0 : 1;
}
