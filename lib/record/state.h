/* SPDX-License-Identifier: MIT */
/* Inside of the record layer: the state of one direction, nonces and additional data. */
#ifndef KTLS_RECORD_STATE_H
#define KTLS_RECORD_STATE_H

#include <stdbool.h>

#include "aead/aead.h"
#include "record/record.h"

enum {
	RECORD_AAD_MAX = 13,
};

/* In secret memory. */
struct record {
	struct aead *aead;		/* NULL once a rekey has failed */
	bool is_13;
	uint8_t explicit_len;		/* explicit nonce on the wire: 8 or 0 */
	uint8_t iv[TLS_NONCE_LEN];
	uint64_t explicit_nonce;	/* goes with the next record sealed */
	uint64_t seq;
	/* Of the record at hand. */
	uint8_t nonce[TLS_NONCE_LEN];
	uint8_t aad[RECORD_AAD_MAX];
};

/* Bytes of a record in front of its ciphertext. */
static inline size_t record_prefix_len(const struct record *r)
{
	return TLS_HEADER_LEN + (size_t)r->explicit_len;
}

/*
 * Sets nonce and additional data of @job for the record at @wire, whose header and explicit nonce are there already.
 * @payload: bytes of plaintext, which only TLS 1.2 counts.
 */
void record_set_nonce_and_aad(struct record *r, const uint8_t *wire, size_t payload, struct aead_job *job);

#endif
