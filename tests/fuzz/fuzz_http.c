/* SPDX-License-Identifier: MIT */
/* HTTP's answers: what is made of them does not depend on the pieces in which they arrive, and nothing is counted twice. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ktls-bench/peer_http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(const struct http_answer *a, size_t taken)
{
	char why[512];

	if (a->body > taken || a->len > sizeof(a->buf) || !memchr(a->line, '\0', sizeof(a->line)) ||
	    !memchr(a->location, '\0', sizeof(a->location)))
		abort();
	if (http_is_complete(a) && (!http_has_head(a) || a->status < 200 || a->status > 599))
		abort();
	if (http_has_head(a))
		http_judge(a, why, sizeof(why));
}

/* In pieces of @step bytes: the bytes taken, or the mistake. */
static ssize_t feed(struct http_answer *a, const uint8_t *data, size_t len, size_t step)
{
	size_t done = 0;

	while (done < len && !http_is_complete(a)) {
		const size_t piece = len - done < step ? len - done : step;
		const ssize_t n = http_take(a, (const char *)data + done, piece);

		if (n < 0)
			return n;
		if ((size_t)n > piece || ((size_t)n < piece && !http_is_complete(a)))
			abort();
		done += (size_t)n;
		check(a, done);
	}
	return (ssize_t)done;
}

/* The first byte says how the rest comes in pieces, and to what request. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct http_answer whole, pieces;
	ssize_t n, m;

	if (!len)
		return 0;
	http_expect(&whole, data[0] & 1);
	http_expect(&pieces, data[0] & 1);
	n = feed(&whole, data + 1, len - 1, SIZE_MAX);
	m = feed(&pieces, data + 1, len - 1, (data[0] >> 1) + 1U);
	if (n != m || whole.status != pieces.status || whole.body != pieces.body || whole.state != pieces.state ||
	    whole.keeps != pieces.keeps || whole.why != pieces.why || (n < 0 && !whole.why))
		abort();
	if (n >= 0 && http_end(&whole) != http_end(&pieces))
		abort();
	return 0;
}
