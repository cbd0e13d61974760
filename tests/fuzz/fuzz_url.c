/* SPDX-License-Identifier: MIT */
/* URLs as typed: what is taken fits into a request, and is, written in the one way of messages, taken as the same again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "net/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_visible(const char *text, size_t room)
{
	const size_t len = strnlen(text, room);

	if (!len || len == room)
		abort();
	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~')
			abort();
}

static void check(const struct net_url *u)
{
	struct net_url again;
	char why[1536] = "";

	check_visible(u->authority, sizeof(u->authority));
	check_visible(u->path, sizeof(u->path));
	check_visible(u->text, sizeof(u->text));
	if (u->path[0] != '/' || strchr(u->path, '#') || strchr(u->authority, '/') || !u->addr.host[0] || !u->addr.port)
		abort();
	if (net_parse_url(&again, u->text, why, sizeof(why)) || strcmp(again.addr.text, u->addr.text) != 0 ||
	    strcmp(again.authority, u->authority) != 0 || strcmp(again.path, u->path) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1), why[256] = "";
	struct net_url u;

	if (!text)
		return 0;
	memcpy(text, data, len);
	text[len] = '\0';
	if (net_parse_url(&u, text, why, sizeof(why)) == 0)
		check(&u);
	else if (!why[0] || !memchr(why, '\0', sizeof(why)))
		abort();
	free(text);
	return 0;
}
