/* SPDX-License-Identifier: MIT */
/* Connections by way of a proxy: HTTP CONNECT, SOCKS 4a and SOCKS 5. */
#ifndef PRELUDE_PROXY_H
#define PRELUDE_PROXY_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/wait.h"
#include "net/addr.h"

struct proxy_kind;

enum {
	PROXY_WORD_LEN = 256,	/* RFC 1929: 255 bytes */
};

struct proxy {
	const struct proxy_kind *kind;
	struct net_addr addr;			/* its text says that it is a proxy */
	char text[NET_TEXT_LEN];		/* "host:port" alone */
	bool has_user;
	char user[PROXY_WORD_LEN];
	char pass[PROXY_WORD_LEN];		/* "" without one; see proxy_wipe() */
};

/*
 * Takes "http://[user[:password]@]host[:port]", "socks4a://..." and "socks5://..." (also "socks5h://", which is the
 * same here: names are the proxy's to look up). 0 and *@out, or -EINVAL and one line in @why, which has nothing of the
 * password.
 */
int proxy_parse(struct proxy *out, const char *url, char *why, size_t why_len);

/* Overwrites the password in @url, a word of the command line: ps would show it for as long as the program runs. */
void proxy_hide_password(char *url);

/* Whether this kind of proxy takes passwords at all. */
bool proxy_takes_password(const struct proxy *p);

/*
 * On @fd, that is connected to the proxy, has it connect to @target. What comes next is the target's. 0, or the exit code of
 * @f: CLI_IO when the proxy does not connect us.
 */
int proxy_ask(const struct proxy *p, const struct net_addr *target, int fd, struct cli_wait *wait, struct cli_failure *f);

/* Once no more connections are made. */
void proxy_wipe(struct proxy *p);

#endif
