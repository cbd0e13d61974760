/* SPDX-License-Identifier: MIT */
/* Records to be sealed and opened, one behind another in memory, as TLS 1.3 has them: nonces, AAD, data, tag. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ktls-bench/crypter.h"
#include "ktls-bench/pattern.h"
#include "ktls-bench/records.h"

enum {
	LINE = 64,
	/*
	 * Eight of the longest, so that a block of them is long enough to be timed. With the output they stay in the second level
	 * cache of any CPU, as what a connection seals and opens at once does.
	 */
	ROOM = 8 * (RECORD_MAX + LINE),
	RECORDS_MAX = 1024,
	/* Records begin so far behind a multiple of 64, as they do where headers stand in front of them. */
	HEAD = 16,
};

static size_t round_up(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

const uint8_t records_iv[KTLS_AEAD_NONCE_LEN] = {
	0x5d, 0x31, 0x3e, 0xb2, 0x67, 0x12, 0x76, 0xee, 0x13, 0x00, 0x0b, 0x30,
};

/* RFC 8446 section 5.3: the sequence number, big-endian, over the end of the IV. */
static void make_nonces(const struct records *r)
{
	for (uint64_t seq = 0; seq < r->n; seq++) {
		uint8_t *nonce = r->nonces + seq * RECORD_NONCE_ROOM;

		memcpy(nonce, records_iv, sizeof(records_iv));
		for (size_t i = 0; i < 8; i++)
			nonce[sizeof(records_iv) - 1 - i] ^= (uint8_t)(seq >> (8 * i));
	}
}

static void make_aad(struct records *r)
{
	const size_t len = r->size + KTLS_AEAD_TAG_LEN;
	const uint8_t aad[RECORD_AAD_LEN] = { 23, 3, 3, (uint8_t)(len >> 8), (uint8_t)len };

	memcpy(r->aad, aad, sizeof(aad));
}

static int allocate(struct records *r)
{
	const size_t ring = round_up(HEAD + r->n * r->stride, RECORD_PAGE);
	const size_t out = round_up(HEAD + RECORD_PAGE + r->stride, RECORD_PAGE), nonces = round_up(r->n * RECORD_NONCE_ROOM, RECORD_PAGE);
	uint8_t *p = aligned_alloc(RECORD_PAGE, 3 * ring + out + nonces);

	r->memory = p;
	if (!p)
		return -ENOMEM;
	memset(p, 0, 3 * ring + out + nonces);
	r->plain = p + HEAD;
	r->sealed = r->plain + ring;
	r->work = r->sealed + ring;
	r->out = r->work + ring;
	r->nonces = p + 3 * ring + out;
	return 0;
}

static void fill(const struct records *r, const struct pattern *pattern)
{
	size_t at = 0;

	for (size_t i = 0; i < r->n; i++) {
		for (size_t k = 0; k < r->size; k++)
			r->plain[i * r->stride + k] = (uint8_t)pattern->bytes[(at + k) % pattern->len];
		at += r->size;
	}
}

int records_make(struct records *r, size_t size, const struct pattern *pattern, struct crypter *reference)
{
	struct pass pass;
	int ret;

	*r = (struct records){ .size = size, .stride = round_up(size + KTLS_AEAD_TAG_LEN, LINE) };
	r->n = ROOM / r->stride < RECORDS_MAX ? ROOM / r->stride : RECORDS_MAX;
	ret = allocate(r);
	if (ret)
		return ret;
	make_nonces(r);
	make_aad(r);
	fill(r, pattern);
	pass = records_pass(r, false, true);
	pass.in = r->plain;
	pass.out = r->sealed;
	return crypter_run(reference, &pass, 0, r->n);
}

void records_free(struct records *r)
{
	free(r->memory);
	r->memory = NULL;
}

struct pass records_pass(const struct records *r, bool opens, bool in_place)
{
	struct pass pass = {
		.nonces = r->nonces,
		.aad = r->aad,
		.size = r->size,
		.stride = r->stride,
		.nonce_step = RECORD_NONCE_ROOM,
	};

	if (in_place) {
		pass.in = pass.out = r->work;
		pass.mask = SIZE_MAX;
		return pass;
	}
	pass.in = opens ? r->sealed : r->plain;
	pass.out = r->out;
	pass.shift = RECORD_SHIFT;
	pass.mask = RECORD_PAGE - 1;
	return pass;
}

struct pass records_hot_pass(const struct records *r, bool opens)
{
	struct pass pass = records_pass(r, opens, false);

	pass.stride = pass.nonce_step = 0;
	return pass;
}

void records_refill(const struct records *r, bool opens, size_t n)
{
	memcpy(r->work, opens ? r->sealed : r->plain, n * r->stride);
}
