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
	uint64_t iv_low;		/* the IV's last eight bytes, as a number */
	uint64_t explicit_nonce;	/* goes with the next record sealed */
	uint64_t seq;
	/* Of the record at hand. The first four bytes of the nonce are the same for all records of a key. */
	uint8_t nonce[TLS_NONCE_LEN];
	uint8_t aad[RECORD_AAD_MAX];
	uint16_t aad_body;		/* bytes behind the header that TLS 1.3's aad is for; 0: none yet */
};

/* Bytes of a record in front of its ciphertext. */
static inline size_t record_prefix_len(const struct record *r)
{
	return TLS_HEADER_LEN + (size_t)r->explicit_len;
}

/* A record, as its nonce and additional data see it. */
struct record_head {
	uint8_t type;			/* as the wire has it */
	size_t inner;			/* bytes of plaintext, TLS 1.3's type and padding included */
	uint64_t explicit_nonce;	/* TLS 1.2 alone */
};

/* Sets nonce and additional data of @job. */
void record_set_nonce_and_aad(struct record *r, const struct record_head *head, struct aead_job *job);

#endif
