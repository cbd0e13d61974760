/* SPDX-License-Identifier: MIT */
/* Records to be sealed and opened, one behind another in memory, as TLS 1.3 has them: nonces, AAD, data, tag. */
#ifndef KTLS_BENCH_RECORDS_H
#define KTLS_BENCH_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ktls/aead.h>

struct crypter;
struct pattern;

enum {
	RECORD_MAX = 16384,		/* bytes of data */
	RECORD_AAD_LEN = 5,		/* the header (RFC 8446 section 5.2) */
	RECORD_NONCE_ROOM = 16,
	RECORD_SHIFT = 2048,
	RECORD_PAGE = 4096,
};

struct records {
	size_t size;			/* bytes of data in each */
	size_t n, stride;		/* records, and bytes from one to the next */
	uint8_t *plain, *sealed;	/* before and after sealing; not to be written to */
	uint8_t *work;			/* for what is sealed and opened in place: as many */
	uint8_t *out;			/* for what is not: a single one, see pass_out() */
	uint8_t *nonces;
	uint8_t aad[RECORD_AAD_LEN];
	void *memory;
};

/* The IV that their nonces come from, and those of batches. */
extern const uint8_t records_iv[KTLS_AEAD_NONCE_LEN];

/* One way over the records: from where to where. */
struct pass {
	uint8_t *in, *out;
	const uint8_t *nonces, *aad;
	size_t size, stride, nonce_step, shift, mask;
	/* Of batches alone, see batch.h. */
	size_t batch;			/* records in one */
	size_t out_room;		/* bytes at @out */
	const uint8_t *iv;
	uint8_t *scratch;		/* for a record's inner plaintext */
};

/*
 * Eight records of @size bytes (1 to RECORD_MAX), or as many more as have room where eight of the longest have, of bytes of the
 * pattern; sealed by @reference. 0 or negative errno; records_free() in either case.
 */
int records_make(struct records *r, size_t size, const struct pattern *pattern, struct crypter *reference);
void records_free(struct records *r);

/* The way for sealing or opening, in place or not. */
struct pass records_pass(const struct records *r, bool opens, bool in_place);

/*
 * The same that does not go on: whichever record is asked for, it is the first one, and with the output it stays in
 * the nearest cache.
 */
struct pass records_hot_pass(const struct records *r, bool opens);

/* Before a pass in place: puts the first @n records there that it is to work on. */
void records_refill(const struct records *r, bool opens, size_t n);

static inline uint8_t *pass_in(const struct pass *p, size_t i)
{
	return p->in + i * p->stride;
}

/*
 * Half a page away from where the input lies within its page, always: loads behind stores whose addresses end in the same 12 bits
 * would wait for them.
 */
static inline uint8_t *pass_out(const struct pass *p, size_t i)
{
	return p->out + ((i * p->stride + p->shift) & p->mask);
}

static inline const uint8_t *pass_nonce(const struct pass *p, size_t i)
{
	return p->nonces + i * p->nonce_step;
}

#endif
