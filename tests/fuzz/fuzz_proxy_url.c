/* SPDX-License-Identifier: MIT */
/* URLs of proxies as typed: what is taken is whole, and of the password nothing is left in the URL. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "prelude/proxy_kind.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(const struct proxy *p, char *url)
{
	struct proxy again;
	char why[512] = "";

	if (!p->kind || !p->addr.host[0] || !p->addr.port || !memchr(p->user, '\0', sizeof(p->user)) || !memchr(p->pass, '\0', sizeof(p->pass)) ||
	    p->has_user != (p->user[0] != '\0') || (p->pass[0] && !p->kind->takes_password))
		abort();
	proxy_hide_password(url);
	/* All else is as it was, and what was hidden is a password still, or would be one if it were not longer than its characters. */
	if (proxy_parse(&again, url, why, sizeof(why))) {
		if (!strstr(why, "the password of the proxy is longer"))
			abort();
		return;
	}
	if (strcmp(again.text, p->text) != 0 || strcmp(again.user, p->user) != 0 ||
	    strlen(again.pass) < strlen(p->pass) || again.pass[strspn(again.pass, "*")])
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *url = malloc(len + 1), why[512] = "";
	struct proxy p;

	if (!url)
		return 0;
	memcpy(url, data, len);
	url[len] = '\0';
	if (proxy_parse(&p, url, why, sizeof(why)) == 0)
		check(&p, url);
	else if (!why[0] || !memchr(why, '\0', sizeof(why)))
		abort();
	free(url);
	return 0;
}
