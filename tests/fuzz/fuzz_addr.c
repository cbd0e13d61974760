/* SPDX-License-Identifier: MIT */
/* Addresses as typed: what is taken has a host and a port, and is, written in the one way of messages, taken as the same again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "net/addr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(const struct net_addr *a, bool listening)
{
	struct net_addr again;
	char why[512] = "";

	if (memchr(a->host, '\0', sizeof(a->host)) == NULL || (!listening && (!a->host[0] || !a->port)))
		abort();
	if (!a->host[0])
		return;
	if (net_parse_addr(&again, a->text, NULL, listening, why, sizeof(why)) || strcmp(again.host, a->host) != 0 ||
	    again.port != a->port)
		abort();
}

static void parse(const char *word, const char *port, bool listening)
{
	struct net_addr a = { .port = 0 };
	char why[512] = "";

	if (net_parse_addr(&a, word, port, listening, why, sizeof(why)) == 0)
		check(&a, listening);
	else if (!why[0] || !memchr(why, '\0', sizeof(why)))
		abort();
}

/* Two words, divided by a newline, if there is one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *word = malloc(len + 1), *newline;

	if (!word)
		return 0;
	memcpy(word, data, len);
	word[len] = '\0';
	newline = strchr(word, '\n');
	if (newline)
		*newline = '\0';
	for (int listening = 0; listening < 2; listening++)
		parse(word, newline ? newline + 1 : NULL, listening);
	free(word);
	return 0;
}
