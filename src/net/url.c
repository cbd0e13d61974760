/* SPDX-License-Identifier: MIT */
/* What an HTTPS client is told: where to connect, and what to ask for. RFC 3986, RFC 9110 section 4.2. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "net/url.h"
#include "net/mistake.h"

static const char scheme[] = "https://";

enum {
	SCHEME_LEN = sizeof(scheme) - 1,
	HTTPS_PORT = 443,
};

/* A blank or a line's end would be one of the request's. */
static int check_characters(const char *text, const struct net_why *why)
{
	for (const char *p = text; *p; p++)
		if (*p <= ' ' || *p > '~')
			return net_mistake(why, "'%s': a URL has visible ASCII characters only (write others as %%XX, a host as xn--...)", text);
	return 0;
}

/* Past the scheme. */
static const char *skip_scheme(const char *text, const struct net_why *why)
{
	const size_t n = strcspn(text, "/?#");

	if (strncasecmp(text, scheme, SCHEME_LEN) == 0)
		return text + SCHEME_LEN;
	if (!n || text[n - 1] != ':' || strncmp(text + n, "//", 2) != 0)
		return text;
	net_mistake(why, "'%s': the URL must begin with https://", text);
	return NULL;
}

/* Whether the authority, "host", "host:port", "[v6]" or "[v6]:port", names a port. */
static bool has_port(const char *authority)
{
	const char *end = authority[0] == '[' ? strchr(authority, ']') : authority;

	return !end || strchr(end, ':');
}

/* Only a URL with its scheme may leave the port out. */
static int parse_authority(struct net_url *u, const char *start, size_t len, bool is_https, const struct net_why *why)
{
	char authority[NET_TEXT_LEN];

	if (len >= sizeof(authority))
		return net_mistake(why, "the URL's host is longer than %d bytes", NET_HOST_LEN - 1);
	memcpy(authority, start, len);
	authority[len] = '\0';
	if (strchr(authority, '@'))
		return net_mistake(why, "'%s': a user in the URL would not be sent", authority);
	return net_parse_addr(&u->addr, authority, is_https && !has_port(authority) ? "443" : NULL, false, why->text, why->len);
}

/* RFC 3986 section 3: the path may be missing before a query. A fragment is for whoever shows the page. */
static int parse_path(struct net_url *u, const char *rest, const struct net_why *why)
{
	const size_t len = strlen(rest), at = rest[0] == '/' ? 0 : 1;

	if (strchr(rest, '#'))
		return net_mistake(why, "'%s': a fragment is not sent: leave it out", rest);
	if (at + len >= sizeof(u->path))
		return net_mistake(why, "the URL's path is longer than %d bytes", NET_PATH_LEN - 1);
	u->path[0] = '/';
	memcpy(u->path + at, rest, len + 1);
	return 0;
}

static void describe(struct net_url *u)
{
	const bool v6 = strchr(u->addr.host, ':');
	/* A zone ("%eth0") is this machine's affair. */
	const int len = (int)(v6 ? strcspn(u->addr.host, "%") : strlen(u->addr.host));
	char port[8] = "";

	if (u->addr.port != HTTPS_PORT)
		snprintf(port, sizeof(port), ":%u", u->addr.port);
	snprintf(u->authority, sizeof(u->authority), v6 ? "[%.*s]%s" : "%.*s%s", len, u->addr.host, port);
	snprintf(u->text, sizeof(u->text), "%s%s%s", scheme, u->addr.text, u->path);
}

int net_parse_url(struct net_url *out, const char *text, char *why, size_t why_len)
{
	const struct net_why w = { why, why_len };
	const char *start, *rest;
	struct net_url u;
	int ret = check_characters(text, &w);

	if (ret)
		return ret;
	start = skip_scheme(text, &w);
	if (!start)
		return -EINVAL;
	rest = start + strcspn(start, "/?#");
	ret = parse_authority(&u, start, (size_t)(rest - start), start != text, &w);
	if (!ret)
		ret = parse_path(&u, rest, &w);
	if (ret)
		return ret;
	describe(&u);
	*out = u;
	return 0;
}
