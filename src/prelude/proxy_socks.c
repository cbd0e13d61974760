/* SPDX-License-Identifier: MIT */
/* SOCKS: version 4 with names (4A), and version 5 (RFC 1928) with users and passwords (RFC 1929). */
#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#include <openssl/crypto.h>

#include "prelude/proxy_kind.h"

enum {
	VERSION_4 = 4, VERSION_5 = 5, VERSION_LOGIN = 1,
	CONNECT = 1,
	GRANTED_4 = 90,
	NO_LOGIN = 0, LOGIN = 2, NO_METHOD = 0xff,
	TYPE_IPV4 = 1, TYPE_NAME = 3, TYPE_IPV6 = 4,
	ADDRESS_MAX = 1 + 255,
};

struct reply_row {
	uint8_t code;
	const char *meaning;
};

static const struct reply_row replies_4[] = {
	{ 91, "request rejected or failed" },
	{ 92, "no identd on this machine" },
	{ 93, "the identd of this machine tells another user" },
	{ 0, NULL },
};

/* RFC 1928 section 6. */
static const struct reply_row replies_5[] = {
	{ 1, "general SOCKS server failure" },
	{ 2, "connection not allowed by ruleset" },
	{ 3, "network unreachable" },
	{ 4, "host unreachable" },
	{ 5, "connection refused" },
	{ 6, "TTL expired" },
	{ 7, "command not supported" },
	{ 8, "address type not supported" },
	{ 0, NULL },
};

static int tell_refusal(struct wire *w, const struct net_addr *target, const struct reply_row *row, uint8_t code)
{
	while (row->meaning && row->code != code)
		row++;
	return wire_fail(w, "does not connect to %s: %s (reply %u)", target->text,
			 row->meaning ? row->meaning : "for a reason of its own", code);
}

static int no_socks(struct wire *w, const void *said, size_t len)
{
	return wire_fail_said(w, "this is no answer of SOCKS", said, len);
}

/* What is sent in one piece: servers of old take what one read gives them. */
struct request {
	uint8_t data[4 * PROXY_WORD_LEN];
	size_t len;
};

static void add(struct request *r, const void *data, size_t len)
{
	memcpy(r->data + r->len, data, len);
	r->len += len;
}

static void add_byte(struct request *r, size_t byte)
{
	r->data[r->len++] = (uint8_t)byte;
}

static void add_port(struct request *r, const struct net_addr *target)
{
	add_byte(r, target->port >> 8);
	add_byte(r, target->port & 0xff);
}

int proxy_ask_socks4a(struct wire *w, const struct proxy *p, const struct net_addr *target)
{
	/* No address: the name behind the user is meant. */
	struct in_addr ip = { .s_addr = htonl(1) };
	const bool by_address = inet_pton(AF_INET, target->host, &ip) == 1;
	struct request r = { .len = 0 };
	uint8_t answer[8];

	if (strchr(target->host, ':'))
		return wire_fail(w, "cannot connect to %s: SOCKS 4 has no IPv6 addresses", target->text);
	add_byte(&r, VERSION_4);
	add_byte(&r, CONNECT);
	add_port(&r, target);
	add(&r, &ip, sizeof(ip));
	add(&r, p->user, strlen(p->user) + 1);
	if (!by_address)
		add(&r, target->host, strlen(target->host) + 1);
	if (wire_send(w, r.data, r.len) || wire_read(w, answer, sizeof(answer)))
		return w->f->code;
	if (answer[0] != 0)
		return no_socks(w, answer, sizeof(answer));
	return answer[1] == GRANTED_4 ? 0 : tell_refusal(w, target, replies_4, answer[1]);
}

/* Which way to log in, of those that there are: *@method. */
static int agree_on_method(struct wire *w, const struct proxy *p, uint8_t *method)
{
	const uint8_t offer[] = { VERSION_5, p->has_user ? 2 : 1, NO_LOGIN, LOGIN };
	uint8_t answer[2];

	if (wire_send(w, offer, 2U + offer[1]) || wire_read(w, answer, sizeof(answer)))
		return w->f->code;
	if (answer[0] != VERSION_5)
		return no_socks(w, answer, sizeof(answer));
	*method = answer[1];
	if (*method == NO_LOGIN || (*method == LOGIN && p->has_user))
		return 0;
	if (*method != NO_METHOD)
		return no_socks(w, answer, sizeof(answer));
	if (p->has_user)
		return wire_fail(w, "takes neither nobody nor a user with a password");
	return wire_fail(w, "wants a user and a password (--proxy socks5://USER@%s, --proxy-pass-file)", p->text);
}

static int log_in(struct wire *w, const struct proxy *p)
{
	struct request r = { .len = 0 };
	uint8_t answer[2];
	int ret;

	add_byte(&r, VERSION_LOGIN);
	add_byte(&r, strlen(p->user));
	add(&r, p->user, strlen(p->user));
	add_byte(&r, strlen(p->pass));
	add(&r, p->pass, strlen(p->pass));
	ret = wire_send(w, r.data, r.len);
	OPENSSL_cleanse(r.data, sizeof(r.data));
	if (ret || wire_read(w, answer, sizeof(answer)))
		return w->f->code;
	return answer[1] == 0 ? 0 : wire_fail(w, "does not take this user and password");
}

static void add_target(struct request *r, const struct net_addr *target)
{
	struct in6_addr ip;

	if (inet_pton(AF_INET, target->host, &ip) == 1) {
		add_byte(r, TYPE_IPV4);
		add(r, &ip, sizeof(struct in_addr));
	} else if (inet_pton(AF_INET6, target->host, &ip) == 1) {
		add_byte(r, TYPE_IPV6);
		add(r, &ip, sizeof(struct in6_addr));
	} else {
		add_byte(r, TYPE_NAME);
		add_byte(r, strlen(target->host));
		add(r, target->host, strlen(target->host));
	}
	add_port(r, target);
}

/* The rest of the reply: the address and the port that the proxy uses, which are nothing to us. */
static int skip_address(struct wire *w, uint8_t type)
{
	uint8_t address[ADDRESS_MAX + 2], len;

	switch (type) {
	case TYPE_IPV4:
		return wire_read(w, address, sizeof(struct in_addr) + 2);
	case TYPE_IPV6:
		return wire_read(w, address, sizeof(struct in6_addr) + 2);
	case TYPE_NAME:
		if (wire_read(w, &len, 1))
			return w->f->code;
		return wire_read(w, address, len + 2U);
	default:
		return no_socks(w, &type, 1);
	}
}

int proxy_ask_socks5(struct wire *w, const struct proxy *p, const struct net_addr *target)
{
	struct request r = { .data = { VERSION_5, CONNECT }, .len = 3 };
	uint8_t method = NO_METHOD, answer[4];

	if (agree_on_method(w, p, &method) || (method == LOGIN && log_in(w, p)))
		return w->f->code;
	add_target(&r, target);
	if (wire_send(w, r.data, r.len) || wire_read(w, answer, sizeof(answer)))
		return w->f->code;
	if (answer[0] != VERSION_5)
		return no_socks(w, answer, sizeof(answer));
	return answer[1] == 0 ? skip_address(w, answer[3]) : tell_refusal(w, target, replies_5, answer[1]);
}
