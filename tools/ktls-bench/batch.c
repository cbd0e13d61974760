/* SPDX-License-Identifier: MIT */
/* What an application hands over at once, and the wire records of TLS 1.3 that it becomes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <ktls/record.h>

#include "ktls-bench/batch.h"
#include "ktls-bench/crypter.h"
#include "ktls-bench/pattern.h"

enum {
	OVERHEAD = KTLS_RECORD_HEADER_LEN + 1 + KTLS_AEAD_TAG_LEN,
	/* The inner content type, which is opened like the data. */
	MORE = 64,
};

static size_t round_up(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

static size_t choose_n(size_t size, size_t n)
{
	if (n)
		return n;
	n = BATCH_BYTES / size;
	return n < 1 ? 1 : n > BATCH_RECORDS_MAX ? BATCH_RECORDS_MAX : n;
}

/*
 * The output begins half a page off from the input, as in records.h; records then drift by what one is longer on the
 * wire.
 */
static int allocate(struct batch *b)
{
	const size_t room = round_up(b->wire_len + MORE, RECORD_PAGE), scratch = round_up(b->size + MORE, RECORD_PAGE);
	uint8_t *p = aligned_alloc(RECORD_PAGE, 3 * room + RECORD_PAGE + scratch);

	b->memory = p;
	if (!p)
		return -ENOMEM;
	memset(p, 0, 3 * room + RECORD_PAGE + scratch);
	b->data = p;
	b->wire = p + room;
	b->out = p + 2 * room + RECORD_SHIFT;
	b->scratch = p + 3 * room + RECORD_PAGE;
	return 0;
}

int batch_make(struct batch *b, size_t size, size_t n, const struct pattern *pattern, struct crypter *reference)
{
	const size_t body = size + OVERHEAD - KTLS_RECORD_HEADER_LEN;
	struct pass pass;
	int ret;

	*b = (struct batch){ .size = size, .n = choose_n(size, n) };
	b->data_len = b->n * size;
	b->wire_len = b->n * (size + OVERHEAD);
	ret = allocate(b);
	if (ret)
		return ret;
	for (size_t i = 0; i < b->data_len; i++)
		b->data[i] = (uint8_t)pattern->bytes[i % pattern->len];
	memcpy(b->header, (uint8_t[]){ KTLS_RECORD_DATA, 3, 3, (uint8_t)(body >> 8), (uint8_t)body }, sizeof(b->header));
	pass = batch_pass(b, b->n, false);
	pass.out = b->wire;
	return crypter_run(reference, &pass, 0, b->n);
}

void batch_free(struct batch *b)
{
	free(b->memory);
	b->memory = NULL;
}

struct pass batch_pass(const struct batch *b, size_t n, bool opens)
{
	return (struct pass){
		.in = opens ? b->wire : b->data,
		.out = b->out,
		.size = b->size,
		.stride = b->size + OVERHEAD,
		.mask = SIZE_MAX,
		.batch = n,
		.out_room = b->wire_len + MORE,
		.iv = records_iv,
		.aad = b->header,
		.scratch = b->scratch,
	};
}
