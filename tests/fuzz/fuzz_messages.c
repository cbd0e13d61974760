/* SPDX-License-Identifier: MIT */
/* Handshake messages: however the bytes are cut into records, the same messages come out, and no byte is lost. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "tls/messages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* What must come next: read straight from the input. */
struct expected {
	const uint8_t *data;
	size_t off;		/* of the next message */
	size_t fed;
};

static size_t next_len(const struct expected *e, size_t off)
{
	return off + 4 <= e->fed ? 4 + (size_t)load_be24(e->data + off + 1) : 0;
}

static bool too_long_one_is_fed(const struct expected *e)
{
	size_t off = e->off, len;

	while ((len = next_len(e, off)) && len <= TLS_MESSAGE_MAX)
		off += len;
	return len != 0;
}

static void drain(struct tls_messages *m, struct expected *e)
{
	const uint8_t *body;
	size_t body_len;
	uint8_t type;

	while (tls_messages_next(m, &type, &body, &body_len) == 1) {
		size_t len = next_len(e, e->off);

		if (!len || e->off + len > e->fed || body_len != len - 4 || type != e->data[e->off])
			abort();
		if (body_len && memcmp(body, e->data + e->off + 4, body_len) != 0)
			abort();
		e->off += len;
		if (tls_messages_pending(m) != e->fed - e->off)
			abort();
	}
	if (next_len(e, e->off) && e->off + next_len(e, e->off) <= e->fed)
		abort();
}

/* The first byte says how long the records are. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t step = len ? 1 + data[0] * (size_t)data[0] : 0;
	struct expected e = { .data = data + 1 };
	struct tls_messages m = { 0 };

	if (!len)
		return 0;
	for (len--; e.fed < len;) {
		size_t n = len - e.fed < step ? len - e.fed : step;
		int ret;

		e.fed += n;
		ret = tls_messages_feed(&m, e.data + e.fed - n, n);
		if ((ret == -EMSGSIZE) != too_long_one_is_fed(&e) || (ret && ret != -EMSGSIZE))
			abort();
		if (ret)
			break;
		drain(&m, &e);
	}
	tls_messages_free(&m);
	return 0;
}
