/* SPDX-License-Identifier: MIT */
/* Connections by way of a proxy: HTTP CONNECT, SOCKS 4a and SOCKS 5. */
#include <string.h>

#include <openssl/crypto.h>

#include "prelude/proxy_kind.h"

const struct proxy_kind proxy_kinds[] = {
	{ "http", "3128", true, ":", proxy_ask_http },
	{ "socks4a", "1080", false, "", proxy_ask_socks4a },
	{ "socks5", "1080", true, "", proxy_ask_socks5 },
	{ "socks5h", "1080", true, "", proxy_ask_socks5 },
	{ .scheme = NULL },
};

bool proxy_takes_password(const struct proxy *p)
{
	return p->kind->takes_password;
}

int proxy_ask(const struct proxy *p, const struct net_addr *target, int fd, struct cli_wait *wait, struct cli_failure *f)
{
	struct wire w = { .fd = fd, .wait = wait, .where = p->addr.text, .code = CLI_IO, .f = f };

	w.doing = "asking for a connection";
	/* Which network it is in is this machine's affair. */
	if (strchr(target->host, '%'))
		return wire_fail(&w, "cannot connect to %s: a proxy does not know the zone of this machine",
				 target->text);
	return p->kind->ask(&w, p, target);
}

void proxy_wipe(struct proxy *p)
{
	OPENSSL_cleanse(p->pass, sizeof(p->pass));
}
