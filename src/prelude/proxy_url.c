/* SPDX-License-Identifier: MIT */
/* How a proxy is named: RFC 3986, with the user and the password in front of the host. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>

#include "net/mistake.h"
#include "prelude/proxy_kind.h"

/* Parts of a URL, not terminated; user NULL: there is none. */
struct parts {
	const char *user, *host;
	size_t user_len, host_len;
};

/* Past "scheme://"; NULL: there is none. */
static const char *skip_scheme(const char *url, size_t *scheme_len)
{
	const char *colon = strstr(url, "://");

	if (!colon)
		return NULL;
	*scheme_len = (size_t)(colon - url);
	return colon + 3;
}

static const struct proxy_kind *find_kind(const char *scheme, size_t len)
{
	for (const struct proxy_kind *k = proxy_kinds; k->scheme; k++)
		if (strlen(k->scheme) == len && strncasecmp(k->scheme, scheme, len) == 0)
			return k;
	return NULL;
}

/* The authority of @rest: all up to a slash, and "@" between its two parts. */
static struct parts split(const char *rest)
{
	const size_t len = strcspn(rest, "/?#");
	const char *at = memrchr(rest, '@', len);

	if (!at)
		return (struct parts){ .host = rest, .host_len = len };
	return (struct parts){
		.user = rest, .user_len = (size_t)(at - rest),
		.host = at + 1, .host_len = len - (size_t)(at + 1 - rest),
	};
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)((at - digits) % 16) : -1;
}

/* One character at @from, of which @len bytes are there, perhaps "%41": the bytes that it takes, or 0 if it is none. */
static size_t decode_one(const char *from, size_t len, char *out)
{
	int high, low;

	if (*from != '%') {
		*out = *from;
		return 1;
	}
	if (len < 3)
		return 0;
	high = hex_digit(from[1]);
	low = hex_digit(from[2]);
	*out = (char)(high * 16 + low);
	return high < 0 || low < 0 || !*out ? 0 : 3;
}

static int decode(char out[PROXY_WORD_LEN], const char *from, size_t len, const char *what, const struct net_why *why)
{
	size_t used = 0;

	while (len) {
		const size_t n = decode_one(from, len, out + used);

		if (!n)
			return net_mistake(why, "%s of the proxy has a '%%' that is no %%XX", what);
		if (++used == PROXY_WORD_LEN)
			return net_mistake(why, "%s of the proxy is longer than %d bytes", what, PROXY_WORD_LEN - 1);
		from += n;
		len -= n;
	}
	out[used] = '\0';
	return 0;
}

static int parse_user(struct proxy *p, const struct parts *parts, const struct net_why *why)
{
	const char *colon = memchr(parts->user, ':', parts->user_len);
	const size_t user_len = colon ? (size_t)(colon - parts->user) : parts->user_len;

	if (!user_len)
		return net_mistake(why, "the user of the proxy is empty");
	if (decode(p->user, parts->user, user_len, "the user", why))
		return -EINVAL;
	if (strpbrk(p->user, p->kind->not_in_user))
		return net_mistake(why, "the user of a proxy of %s cannot have any of '%s'", p->kind->scheme,
				   p->kind->not_in_user);
	p->has_user = true;
	if (!colon)
		return 0;
	if (!p->kind->takes_password)
		return net_mistake(why, "%s has no passwords", p->kind->scheme);
	return decode(p->pass, colon + 1, parts->user_len - user_len - 1, "the password", why);
}

/* Whether the authority, "host", "host:port", "[v6]" or "[v6]:port", names a port. */
static bool has_port(const char *host)
{
	const char *end = host[0] == '[' ? strchr(host, ']') : host;

	return !end || strchr(end, ':');
}

static int parse_host(struct proxy *p, const struct parts *parts, const struct net_why *why)
{
	char host[NET_TEXT_LEN];

	if (parts->host_len >= sizeof(host))
		return net_mistake(why, "the host of the proxy is longer than %d bytes", NET_HOST_LEN - 1);
	memcpy(host, parts->host, parts->host_len);
	host[parts->host_len] = '\0';
	if (net_parse_addr(&p->addr, host, has_port(host) ? NULL : p->kind->port, false, why->text, why->len))
		return -EINVAL;
	memcpy(p->text, p->addr.text, sizeof(p->text));
	snprintf(p->addr.text, sizeof(p->addr.text), "proxy %.*s", NET_TEXT_LEN - 8, p->text);
	return 0;
}

static int parse(struct proxy *p, const char *url, const struct net_why *why)
{
	size_t scheme_len = 0;
	const char *rest = skip_scheme(url, &scheme_len);
	struct parts parts;
	int ret;

	if (!rest)
		return net_mistake(why, "a proxy is named by http://HOST, socks4a://HOST or socks5://HOST");
	p->kind = find_kind(url, scheme_len);
	if (!p->kind)
		return net_mistake(why, "'%.*s' is no kind of proxy: http, socks4a and socks5 are",
				   scheme_len < 32 ? (int)scheme_len : 32, url);
	parts = split(rest);
	rest = parts.host + parts.host_len;
	if (*rest && strcmp(rest, "/") != 0)
		return net_mistake(why, "nothing may stand behind the host of a proxy "
				   "(write '/', '?' and '#' in a password as %%2F, %%3F, %%23)");
	ret = parts.user ? parse_user(p, &parts, why) : 0;
	return ret ? ret : parse_host(p, &parts, why);
}

int proxy_parse(struct proxy *out, const char *url, char *why, size_t why_len)
{
	const struct net_why w = { why, why_len };
	struct proxy p = { .kind = NULL };
	const int ret = parse(&p, url, &w);

	if (!ret)
		*out = p;
	proxy_wipe(&p);
	return ret;
}

void proxy_hide_password(char *url)
{
	size_t scheme_len;
	const char *rest = skip_scheme(url, &scheme_len);
	struct parts parts;
	char *colon;

	if (!rest)
		return;
	parts = split(rest);
	colon = parts.user ? memchr(url + (parts.user - url), ':', parts.user_len) : NULL;
	for (; colon && ++colon < parts.host - 1;)
		*colon = '*';
}
