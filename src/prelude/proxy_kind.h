/* SPDX-License-Identifier: MIT */
/* What the kinds of proxies have in common. */
#ifndef PRELUDE_PROXY_KIND_H
#define PRELUDE_PROXY_KIND_H

#include "prelude/proxy.h"
#include "prelude/wire.h"

struct proxy_kind {
	const char *scheme;
	const char *port;		/* where the URL has none */
	bool takes_password;
	const char *not_in_user;	/* what a user's name cannot have */
	int (*ask)(struct wire *w, const struct proxy *p, const struct net_addr *target);
};

/* Have the proxy connect to @target: 0, or the exit code of w->f. */
int proxy_ask_http(struct wire *w, const struct proxy *p, const struct net_addr *target);
int proxy_ask_socks4a(struct wire *w, const struct proxy *p, const struct net_addr *target);
int proxy_ask_socks5(struct wire *w, const struct proxy *p, const struct net_addr *target);

/* Ends with a row without scheme. */
extern const struct proxy_kind proxy_kinds[];

#endif
