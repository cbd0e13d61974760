/* SPDX-License-Identifier: MIT */
/* What an application hands over at once, and the wire records of TLS 1.3 that it becomes. */
#ifndef KTLS_BENCH_BATCH_H
#define KTLS_BENCH_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ktls-bench/records.h"

enum {
	/* Of data in one, unless its number of records is given: with the output it stays in the second level cache. */
	BATCH_BYTES = 256 * 1024,
	BATCH_RECORDS_MAX = 4096,
};

struct batch {
	size_t size, n;			/* bytes of data in a record, and records */
	size_t data_len, wire_len;	/* of all of them */
	uint8_t *data, *wire;		/* before and after sealing */
	uint8_t *out;			/* for either of them, as a pass has it */
	uint8_t *scratch;
	uint8_t header[RECORD_AAD_LEN];	/* of each record */
	void *memory;
};

/*
 * @n records, 1 to BATCH_RECORDS_MAX, or as many as BATCH_BYTES are if it is 0, of @size bytes (1 to RECORD_MAX) of
 * the pattern, sealed by @reference, a crypter for WORK_SEAL_BATCH that has not sealed anything. 0 or negative errno;
 * batch_free() in either case.
 */
int batch_make(struct batch *b, size_t size, size_t n, const struct pattern *pattern, struct crypter *reference);
void batch_free(struct batch *b);

/* The way there or back, with the first @n records of it a batch. */
struct pass batch_pass(const struct batch *b, size_t n, bool opens);

#endif
