/* SPDX-License-Identifier: MIT */
/* Nonce and additional data of a record. */
#include <string.h>

#include "base/bytes.h"
#include "record/state.h"

/* RFC 5288, RFC 6655, both section 3: salt and explicit part. RFC 7905 section 2, RFC 8446 section 5.3: IV xor seq. */
static void set_nonce(struct record *r, const uint8_t *wire)
{
	uint8_t *low = r->nonce + TLS_NONCE_LEN - 8;

	memcpy(r->nonce, r->iv, TLS_NONCE_LEN);
	if (r->explicit_len)
		memcpy(low, wire + TLS_HEADER_LEN, TLS_EXPLICIT_NONCE_LEN);
	else
		store_be64(low, load_be64(low) ^ r->seq);
}

/* RFC 8446 section 5.2: the header. RFC 5246 section 6.2.3.3: sequence number, type, version, plaintext length. */
static size_t set_aad(struct record *r, const uint8_t *wire, size_t payload)
{
	if (r->is_13) {
		memcpy(r->aad, wire, TLS_HEADER_LEN);
		return TLS_HEADER_LEN;
	}
	store_be64(r->aad, r->seq);
	memcpy(r->aad + 8, wire, 3);
	store_be16(r->aad + 11, (uint16_t)payload);
	return RECORD_AAD_MAX;
}

void record_set_nonce_and_aad(struct record *r, const uint8_t *wire, size_t payload, struct aead_job *job)
{
	set_nonce(r, wire);
	job->nonce = r->nonce;
	job->aad = r->aad;
	job->aad_len = set_aad(r, wire, payload);
}
