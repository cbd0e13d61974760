/* SPDX-License-Identifier: MIT */
/* What an HTTPS client is told: where to connect, and what to ask for. */
#ifndef NET_URL_H
#define NET_URL_H

#include "net/addr.h"

enum {
	NET_PATH_LEN = 1024,
};

struct net_url {
	struct net_addr addr;
	char authority[NET_TEXT_LEN];	/* for the header Host: without the port where it is 443, and without a zone */
	char path[NET_PATH_LEN];	/* begins with "/"; with the query */
	char text[sizeof("https://") + NET_TEXT_LEN + NET_PATH_LEN];	/* all of it, for messages: "https://host:443/path" */
};

/*
 * Takes "https://host[:port][/path]", and "host:port[/path]" for the same: every byte of it is visible ASCII, so that it can stand in
 * a request. Users, fragments and other schemes are refused. 0 and *@out, or -EINVAL and one line in @why.
 */
int net_parse_url(struct net_url *out, const char *text, char *why, size_t why_len);

#endif
