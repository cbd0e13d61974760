/* SPDX-License-Identifier: MIT */
/* Handshake messages out of record payloads. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/secret.h"
#include "tls/messages.h"

enum {
	MESSAGE_HEADER_LEN = 4,		/* type, 24-bit length: RFC 8446 section 4 */
	FIRST_CAP = 1024,		/* a usual ticket needs no second allocation */
};

void tls_messages_free(struct tls_messages *m)
{
	if (m->buf)
		secret_wipe(m->buf, m->cap);
	free(m->buf);
	memset(m, 0, sizeof(*m));
}

/* Makes room for @more bytes behind those that are left, which move to the front. */
static int make_room(struct tls_messages *m, size_t more)
{
	size_t need, cap;
	uint8_t *buf;

	if (more > SIZE_MAX / 2 - m->len)
		return -ENOMEM;
	need = m->len + more;
	if (need <= m->cap) {
		memmove(m->buf, m->buf + m->off, m->len);
		m->off = 0;
		return 0;
	}
	/* Doubled, so that a message in many small pieces is not copied once for each of them. */
	cap = need > FIRST_CAP / 2 ? 2 * need : FIRST_CAP;
	buf = malloc(cap);
	if (!buf)
		return -ENOMEM;
	if (m->buf) {
		memcpy(buf, m->buf + m->off, m->len);
		secret_wipe(m->buf, m->cap);
		free(m->buf);
	}
	m->buf = buf;
	m->cap = cap;
	m->off = 0;
	return 0;
}

/* The message at @p: its length with the header, 0 while the header is not whole. */
static size_t message_len(const uint8_t *p, size_t avail)
{
	return avail < MESSAGE_HEADER_LEN ? 0 : MESSAGE_HEADER_LEN + (size_t)load_be24(p + 1);
}

static bool announces_too_much(const struct tls_messages *m)
{
	size_t done = 0, len;

	while ((len = message_len(m->buf + m->off + done, m->len - done)) != 0) {
		if (len > TLS_MESSAGE_MAX)
			return true;
		if (len > m->len - done)
			return false;
		done += len;
	}
	return false;
}

int tls_messages_feed(struct tls_messages *m, const uint8_t *data, size_t len)
{
	int ret;

	if (!len)
		return 0;
	if (len > m->cap - m->off - m->len) {
		ret = make_room(m, len);
		if (ret)
			return ret;
	}
	memcpy(m->buf + m->off + m->len, data, len);
	m->len += len;
	if (announces_too_much(m)) {
		tls_messages_free(m);
		return -EMSGSIZE;
	}
	return 0;
}

int tls_messages_next(struct tls_messages *m, uint8_t *type, const uint8_t **body, size_t *body_len)
{
	const uint8_t *p;
	size_t len;

	if (!m->len)
		return 0;
	p = m->buf + m->off;
	len = message_len(p, m->len);
	if (!len || len > m->len)
		return 0;
	*type = p[0];
	*body = p + MESSAGE_HEADER_LEN;
	*body_len = len - MESSAGE_HEADER_LEN;
	m->off += len;
	m->len -= len;
	return 1;
}

size_t tls_messages_pending(const struct tls_messages *m)
{
	return m->len;
}
