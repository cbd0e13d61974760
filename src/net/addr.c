/* SPDX-License-Identifier: MIT */
/* Where to connect or listen, in every spelling people use. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/addr.h"
#include "net/mistake.h"

/* Of services; RFC 6335 section 5.1, and what else is found in /etc/services. */
#define LETTERS		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define NAME_CHARS	LETTERS "0123456789-_.+"

/* Two parts of a word, not terminated. */
struct split {
	const char *host, *port;
	size_t host_len;
	bool has_port;
};

/* "[v6]", "[v6]:port" */
static int split_bracketed(struct split *s, const char *word, const struct net_why *why)
{
	const char *end = strchr(word, ']');

	if (!end)
		return net_mistake(why, "'%s': the bracket is not closed", word);
	s->host = word + 1;
	s->host_len = (size_t)(end - s->host);
	if (!end[1])
		return 0;
	if (end[1] != ':')
		return net_mistake(why, "'%s': ':port' must follow the bracket", word);
	s->port = end + 2;
	s->has_port = true;
	return 0;
}

/* "host:port", and where a port comes in a word of its own: "host" and a bare IPv6 address. */
static int split_plain(struct split *s, const char *word, bool port_follows, const struct net_why *why)
{
	const char *colon = strchr(word, ':');

	s->host = word;
	s->host_len = strlen(word);
	if (!colon || (port_follows && strchr(colon + 1, ':')))
		return 0;
	if (strchr(colon + 1, ':'))
		return net_mistake(why, "'%s': write an IPv6 address in brackets, [%s]:port", word, word);
	s->host_len = (size_t)(colon - word);
	s->port = colon + 1;
	s->has_port = true;
	return 0;
}

static int split_words(struct split *s, const char *word, const char *port_word, bool listening, const struct net_why *why)
{
	int ret;

	if (strstr(word, "://"))
		return net_mistake(why, "'%s': give host:port, not a URL", word);
	ret = word[0] == '[' ? split_bracketed(s, word, why) : split_plain(s, word, port_word, why);
	if (ret)
		return ret;
	if (port_word && s->has_port)
		return net_mistake(why, "two ports: '%s' and '%s'", word, port_word);
	if (port_word) {
		s->port = port_word;
		return 0;
	}
	if (s->has_port)
		return 0;
	/* A listener may leave the host out. */
	if (!listening || word[0] == '[')
		return net_mistake(why, "no port: write %s:PORT", word);
	s->host_len = 0;
	s->port = word;
	return 0;
}

static bool all_digits(const char *s)
{
	return *s && s[strspn(s, "0123456789")] == '\0';
}

static int service_port(uint16_t *out, const char *name, const struct net_why *why)
{
	const struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM };
	struct addrinfo *ai;

	/* getaddrinfo() itself would take " 1" and "+1". */
	if (name[strspn(name, NAME_CHARS)] || !strpbrk(name, LETTERS) || getaddrinfo(NULL, name, &hints, &ai) != 0)
		return net_mistake(why, "'%s' is no port number and no known service", name);
	*out = ntohs(((const struct sockaddr_in *)(const void *)ai->ai_addr)->sin_port);
	freeaddrinfo(ai);
	return 0;
}

static int parse_port(uint16_t *out, const char *text, bool listening, const struct net_why *why)
{
	unsigned long n;

	if (!*text)
		return net_mistake(why, "the port is empty");
	if (!all_digits(text))
		return service_port(out, text, why);
	n = strlen(text) > 5 ? 65536 : strtoul(text, NULL, 10);
	if (n > 65535)
		return net_mistake(why, "port %s is above 65535", text);
	if (n == 0 && !listening)
		return net_mistake(why, "port 0 is for listening only");
	*out = (uint16_t)n;
	return 0;
}

static int parse_host(char *out, const struct split *s, bool listening, const struct net_why *why)
{
	if (s->host_len >= NET_HOST_LEN)
		return net_mistake(why, "the host name is longer than %d bytes", NET_HOST_LEN - 1);
	if (!s->host_len && !listening)
		return net_mistake(why, "the host is empty");
	for (size_t i = 0; i < s->host_len; i++)
		if ((unsigned char)s->host[i] <= ' ' || s->host[i] == 0x7f || strchr("/[]", s->host[i]))
			return net_mistake(why, "'%.*s' is no host name", (int)s->host_len, s->host);
	memcpy(out, s->host, s->host_len);
	out[s->host_len] = '\0';
	return 0;
}

static void describe(struct net_addr *a)
{
	const char *host = a->host[0] ? a->host : "*";

	snprintf(a->text, sizeof(a->text), strchr(host, ':') ? "[%s]:%u" : "%s:%u", host, a->port);
}

int net_parse_addr(struct net_addr *out, const char *word, const char *port_word, bool listening, char *why,
		   size_t why_len)
{
	const struct net_why w = { why, why_len };
	struct net_addr a = { .port = 0 };
	struct split s = { 0 };
	int ret = split_words(&s, word, port_word, listening, &w);

	if (!ret)
		ret = parse_host(a.host, &s, listening, &w);
	if (!ret)
		ret = parse_port(&a.port, s.port, listening, &w);
	if (ret)
		return ret;
	describe(&a);
	*out = a;
	return 0;
}

bool net_is_ip(const char *host)
{
	char plain[INET6_ADDRSTRLEN];
	const size_t len = strcspn(host, "%");
	struct in6_addr buf;

	if (len >= sizeof(plain))
		return false;
	memcpy(plain, host, len);
	plain[len] = '\0';
	if (inet_pton(AF_INET6, plain, &buf) == 1)
		return true;
	return !host[len] && inet_pton(AF_INET, plain, &buf) == 1;
}

void net_describe(struct net_peer *out, const struct sockaddr *sa, socklen_t len)
{
	char port[8];

	*out = (struct net_peer){ .port = 0 };
	if (getnameinfo(sa, len, out->address, sizeof(out->address), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		snprintf(out->address, sizeof(out->address), "unknown");
	else
		out->port = (uint16_t)strtoul(port, NULL, 10);
	snprintf(out->text, sizeof(out->text), strchr(out->address, ':') ? "[%s]:%u" : "%s:%u", out->address, out->port);
}
