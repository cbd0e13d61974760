/* SPDX-License-Identifier: MIT */
/* Record boundaries and counts of one direction. */
#include <string.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "handshake/scanner.h"
#include "tls/protocol.h"

size_t scanner_want(const struct scanner *s)
{
	if (s->body_left)
		return s->body_left;
	return s->head_len < TLS_HEADER_LEN ? TLS_HEADER_LEN - s->head_len : TLS_HEADER_LEN;
}

bool scanner_at_boundary(const struct scanner *s)
{
	return !s->body_left && (s->head_len == 0 || s->head_len >= TLS_HEADER_LEN);
}

/* A record counts from its first byte on: what a new epoch finds begun belongs to the old one. */
static void begin_record(struct scanner *s, uint8_t type)
{
	memset(s->head, 0, sizeof(s->head));
	s->head_len = 0;
	s->saw_ccs = type == TLS_CT_CHANGE_CIPHER_SPEC;
	/* Never encrypted in TLS 1.2, never numbered in TLS 1.3 (RFC 8446 section 5). */
	if (!s->saw_ccs)
		s->records++;
}

static void keep_head(struct scanner *s, const uint8_t *data, size_t len)
{
	size_t n = MIN(len, sizeof(s->head) - s->head_len);

	memcpy(s->head + s->head_len, data, n);
	s->head_len += n;
}

void scanner_feed(struct scanner *s, const uint8_t *data, size_t len)
{
	while (len) {
		size_t n;

		if (scanner_at_boundary(s))
			begin_record(s, data[0]);
		n = MIN(len, scanner_want(s));
		keep_head(s, data, n);
		if (s->body_left)
			s->body_left -= n;
		else if (s->head_len == TLS_HEADER_LEN)
			s->body_left = load_be16(s->head + 3);
		data += n;
		len -= n;
	}
}

void scanner_new_epoch(struct scanner *s)
{
	s->records = 0;
}

const uint8_t *scanner_explicit_nonce(const struct scanner *s)
{
	return s->head + TLS_HEADER_LEN;
}
