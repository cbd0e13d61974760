/* SPDX-License-Identifier: MIT */
/* HTTP CONNECT: RFC 9110 section 9.3.6, with Basic authentication (RFC 7617). */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "prelude/proxy_kind.h"

enum {
	CREDENTIALS_LEN = 2 * PROXY_WORD_LEN,
	BASE64_LEN = (CREDENTIALS_LEN + 2) / 3 * 4 + 1,
	FIELD_LEN = BASE64_LEN + 32,
	/* Tinyproxy has the first for a wrong password. */
	UNAUTHORIZED = 401, NEEDS_AUTHENTICATION = 407,
};

/* "" without a user. */
static void write_credentials(char out[FIELD_LEN], const struct proxy *p)
{
	char plain[CREDENTIALS_LEN];
	unsigned char coded[BASE64_LEN];
	int len;

	out[0] = '\0';
	if (!p->has_user)
		return;
	len = snprintf(plain, sizeof(plain), "%s:%s", p->user, p->pass);
	EVP_EncodeBlock(coded, (const unsigned char *)plain, len);
	snprintf(out, FIELD_LEN, "Proxy-Authorization: Basic %s\r\n", (const char *)coded);
	OPENSSL_cleanse(plain, sizeof(plain));
	OPENSSL_cleanse(coded, sizeof(coded));
}

static int say_request(struct wire *w, const struct proxy *p, const struct net_addr *target)
{
	char field[FIELD_LEN];
	int ret;

	write_credentials(field, p);
	ret = wire_say(w, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n%s", target->text, target->text, field);
	OPENSSL_cleanse(field, sizeof(field));
	return ret;
}

/* "HTTP/1.1 200 Connection established": the number, or 0. */
static int status_of(const char *line)
{
	static const char start[] = "HTTP/1.";
	const char *at = line + sizeof(start) - 1;

	if (strncmp(line, start, sizeof(start) - 1) != 0 || !isdigit((unsigned char)at[0]) || at[1] != ' ')
		return 0;
	at += 2;
	for (int i = 0; i < 3; i++)
		if (!isdigit((unsigned char)at[i]))
			return 0;
	if (at[3] && at[3] != ' ')
		return 0;
	return (at[0] - '0') * 100 + (at[1] - '0') * 10 + (at[2] - '0');
}

/* A status line, and past the fields behind it. An answer of 2xx to CONNECT has no body, whatever its fields say. */
static int read_answer(struct wire *w, char *status_line, int *status)
{
	char line[WIRE_LINE_LEN];

	if (wire_line(w, status_line))
		return w->f->code;
	*status = status_of(status_line);
	if (!*status)
		return wire_fail_said(w, "this is no answer of HTTP", status_line, strlen(status_line));
	do {
		if (wire_line(w, line))
			return w->f->code;
	} while (*line);
	return 0;
}

static int tell_refusal(struct wire *w, const struct proxy *p, const struct net_addr *target, int status,
			const char *line)
{
	char text[NET_TEXT_LEN + 160];

	if (status != NEEDS_AUTHENTICATION && status != UNAUTHORIZED)
		snprintf(text, sizeof(text), "does not connect to %s", target->text);
	else if (p->has_user)
		snprintf(text, sizeof(text), "does not take this user and password (in Basic authentication)");
	else
		snprintf(text, sizeof(text), "wants a user and a password (--proxy http://USER@%s, --proxy-pass-file)",
			 p->text);
	return wire_fail_said(w, text, line, strlen(line));
}

int proxy_ask_http(struct wire *w, const struct proxy *p, const struct net_addr *target)
{
	char line[WIRE_LINE_LEN];
	int status;

	if (say_request(w, p, target))
		return w->f->code;
	/* 1xx: another answer follows. */
	do
		if (read_answer(w, line, &status))
			return w->f->code;
	while (status / 100 == 1);
	return status / 100 == 2 ? 0 : tell_refusal(w, p, target, status, line);
}
