/* SPDX-License-Identifier: MIT */
/*
 * What servers and proxies answer before TLS; the first byte of the input chooses which. Every conversation ends, well and with nothing
 * left of the answer and nothing taken of what follows it, or with a message of visible characters.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "prelude/proxy_kind.h"
#include "prelude/starttls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum {
	/* What a socket takes without anybody reading. */
	ANSWER_MAX = 60000,
};

static const char *const protocols[] = {
	"smtp", "lmtp", "imap", "pop3", "sieve", "ftp", "nntp", "xmpp", "xmpp-server", "ldap", "postgres", "mysql",
};

static const char *const proxies[] = {
	"http://p.test", "http://me:x@p.test", "socks4a://p.test", "socks5://p.test", "socks5://me:x@p.test",
};

enum {
	PROTOCOLS = sizeof(protocols) / sizeof(protocols[0]),
	PROXIES = sizeof(proxies) / sizeof(proxies[0]),
};

/* The end of a pair on which all of the answer is there. */
static int answered(const uint8_t *data, size_t len, int *other)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0)
		abort();
	if (len > ANSWER_MAX)
		len = ANSWER_MAX;
	if (len && send(fds[1], data, len, MSG_DONTWAIT) != (ssize_t)len)
		abort();
	shutdown(fds[1], SHUT_WR);
	*other = fds[1];
	return fds[0];
}

static int run_starttls(const char *protocol, int fd, struct cli_wait *w, struct cli_failure *f)
{
	const struct starttls *how = starttls_find(protocol);
	int left = 0;
	const int ret = starttls_run(how, how->says == STARTTLS_NO_NAME ? NULL : "a.test", fd, "a.test:1", w, f);

	if (!ret && (ioctl(fd, FIONREAD, &left) < 0 || left))
		abort();
	return ret;
}

static int run_proxy(const char *url, int fd, struct cli_wait *wait, struct cli_failure *f)
{
	const struct net_addr target = { .host = "a.test", .port = 1, .text = "a.test:1" };
	char why[256];
	struct wire w = { .fd = fd, .wait = wait, .where = "proxy", .doing = "asking", .code = CLI_IO, .f = f };
	struct proxy p;

	if (proxy_parse(&p, url, why, sizeof(why)))
		abort();
	return p.kind->ask(&w, &p, &target);
}

static void check_message(int ret, const struct cli_failure *f)
{
	if (ret != f->code || (ret != 0) != (f->text[0] != '\0'))
		abort();
	for (const char *c = f->text; *c; c++)
		if (*c < ' ' || *c > '~')
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct cli_wait w = { .signal_fd = -1, .deadline = -1, .option = "--wait" };
	struct cli_failure f = { .code = 0 };
	size_t which;
	int fd, other;

	if (!len)
		return 0;
	which = data[0] % (PROTOCOLS + PROXIES);
	fd = answered(data + 1, len - 1, &other);
	if (which < PROTOCOLS)
		check_message(run_starttls(protocols[which], fd, &w, &f), &f);
	else
		check_message(run_proxy(proxies[which - PROTOCOLS], fd, &w, &f), &f);
	close(fd);
	close(other);
	return 0;
}
