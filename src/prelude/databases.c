/* SPDX-License-Identifier: MIT */
/* Protocols of databases, each with an SSLRequest of its own: PostgreSQL, MySQL and MariaDB. */
#include <stdint.h>
#include <string.h>

#include "prelude/families.h"

enum {
	ANSWER_MAX = 4096,
	/* MySQL: a number of this length and that of the packet are in front of each. */
	HEAD_LEN = 4,
	SSL_REQUEST_LEN = 32,
	/* Flags of what server and client can do. */
	CLIENT_PROTOCOL_41 = 0x200, CLIENT_SSL = 0x800, CLIENT_SECURE_CONNECTION = 0x8000,
	MAX_PACKET = 1 << 24,
	UTF8MB4 = 45,
};

/* The field 'M' of an error, each of whose fields is a letter and a string; or all of it. */
static int tell_postgres_error(struct wire *w)
{
	uint8_t len_bytes[4], body[ANSWER_MAX];
	size_t len, at = 0;

	if (wire_read(w, len_bytes, sizeof(len_bytes)))
		return w->f->code;
	len = (size_t)len_bytes[0] << 24 | (size_t)len_bytes[1] << 16 | (size_t)len_bytes[2] << 8 | len_bytes[3];
	/* The length counts itself. Of a server older than SSLRequest it is text: one that is no error message. */
	if (len < sizeof(len_bytes) || len - sizeof(len_bytes) > sizeof(body))
		return wire_fail(w, "the server does not know SSLRequest");
	len -= sizeof(len_bytes);
	if (wire_read(w, body, len))
		return w->f->code;
	while (at < len && body[at] && body[at] != 'M')
		at += 1 + strnlen((const char *)body + at + 1, len - at - 1) + 1;
	at = at < len && body[at] == 'M' ? at + 1 : 0;
	len = strnlen((const char *)body + at, len - at);
	return wire_fail_said(w, "the server refuses SSLRequest", body + at, len);
}

int converse_postgres(struct wire *w, const char *protocol, const char *name)
{
	/* A length, and 1234 and 5679 where a version would be. */
	static const uint8_t request[] = { 0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f };
	char answer;

	(void)protocol;
	(void)name;
	if (wire_send(w, request, sizeof(request)) || wire_read(w, &answer, 1))
		return w->f->code;
	switch (answer) {
	case 'S':
		return 0;
	case 'N':
		return wire_fail(w, "the server does not offer TLS (its answer to SSLRequest is N)");
	case 'E':
		return tell_postgres_error(w);
	default:
		return wire_fail_said(w, "this is no answer to SSLRequest", &answer, 1);
	}
}

/* A packet of MySQL: its payload and its number. */
struct packet {
	uint8_t body[ANSWER_MAX];
	size_t len;
	uint8_t number;
};

static int read_packet(struct wire *w, struct packet *p)
{
	uint8_t head[HEAD_LEN];

	if (wire_read(w, head, sizeof(head)))
		return w->f->code;
	p->len = (size_t)head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16;
	p->number = head[3];
	if (p->len == 0 || p->len > sizeof(p->body))
		return wire_fail_said(w, "this is no greeting of MySQL", head, sizeof(head));
	return wire_read(w, p->body, p->len);
}

/* 0xff, a number of two bytes, perhaps "#" and five characters of SQLSTATE, text. */
static int tell_mysql_error(struct wire *w, const struct packet *p)
{
	size_t at = p->len < 3 ? p->len : 3;

	if (p->len >= 9 && p->body[3] == '#')
		at = 9;
	return wire_fail_said(w, "the server refuses the connection", p->body + at, p->len - at);
}

/* Version 10 of the greeting: the server's version with its zero, 4 + 8 + 1 bytes, the lower half of its flags. */
static int greeting_flags(struct wire *w, const struct packet *p, unsigned *flags)
{
	const size_t version_len = strnlen((const char *)p->body + 1, p->len - 1), at = 1 + version_len + 1 + 13;

	if (p->body[0] == 0xff)
		return tell_mysql_error(w, p);
	if (p->body[0] != 10 || p->len < at + 2)
		return wire_fail_said(w, "this is no greeting of MySQL", p->body, p->len);
	*flags = p->body[at] | (unsigned)p->body[at + 1] << 8;
	return 0;
}

int converse_mysql(struct wire *w, const char *protocol, const char *name)
{
	const uint32_t ours = CLIENT_PROTOCOL_41 | CLIENT_SSL | CLIENT_SECURE_CONNECTION;
	uint8_t request[HEAD_LEN + SSL_REQUEST_LEN] = { SSL_REQUEST_LEN };
	struct packet greeting;
	unsigned flags = 0;

	(void)protocol;
	(void)name;
	if (read_packet(w, &greeting) || greeting_flags(w, &greeting, &flags))
		return w->f->code;
	if (!(flags & CLIENT_SSL))
		return wire_fail(w, "the server does not offer TLS (its greeting lacks CLIENT_SSL)");
	request[3] = (uint8_t)(greeting.number + 1);
	for (size_t i = 0; i < 4; i++) {
		request[HEAD_LEN + i] = (uint8_t)(ours >> 8 * i);
		request[HEAD_LEN + 4 + i] = (uint8_t)((uint32_t)MAX_PACKET >> 8 * i);
	}
	request[HEAD_LEN + 8] = UTF8MB4;
	/* What was sent behind the greeting came before the request; nothing answers it but TLS. */
	if (wire_quiet(w))
		return w->f->code;
	return wire_send(w, request, sizeof(request));
}
