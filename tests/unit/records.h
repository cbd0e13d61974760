/* SPDX-License-Identifier: MIT */
/* What the record layer's tests share: each cipher with each version, keys, and records made by hand. */
#ifndef KTLS_TESTS_RECORDS_H
#define KTLS_TESTS_RECORDS_H

#include "record/record.h"

enum {
	RECORD_CASES = 8,
	RECORD_WIRE_MAX = TLS_HEADER_LEN + TLS_MAX_CIPHERTEXT_12,
};

struct record_case {
	uint16_t version;
	const char *id;
	size_t overhead;
};

extern const struct record_case record_cases[RECORD_CASES];

/* Keys that depend on nothing but the case. explicit_nonce counts from 2^64 - 2, to carry early. */
void records_keys(struct tls_keys *keys, const struct record_case *c, uint64_t seq);

struct record *records_new(const struct record_case *c, uint64_t seq);

/*
 * One record by libcrypto alone. @inner: the payload, in TLS 1.3 with content type and padding. @explicit_nonce: 8
 * bytes for those that send one. Returns the length written to @wire.
 */
size_t records_by_hand(const struct record_case *c, uint64_t seq, uint8_t outer_type, const uint8_t *explicit_nonce,
		       const void *inner, size_t len, uint8_t *wire);

#endif
