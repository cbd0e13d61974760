/* SPDX-License-Identifier: MIT */
/* Nonce and additional data of a record. */
#include "base/bytes.h"
#include "record/state.h"

/*
 * RFC 5288, RFC 6655, both section 3: salt and explicit part. RFC 7905 section 2, RFC 8446 section 5.3: IV xor seq.
 * One store, of what a leaf loads at once: a load that finds its bytes in several stores waits for all of them.
 */
static void set_nonce(struct record *r, uint64_t explicit_nonce)
{
	store_be64(r->nonce + TLS_NONCE_LEN - 8, r->explicit_len ? explicit_nonce : r->iv_low ^ r->seq);
}

/* RFC 8446 section 5.2: the header. Records of one length share it, and a leaf does not wait for stores. */
static size_t set_aad_13(struct record *r, size_t inner)
{
	const uint16_t body = (uint16_t)(inner + TLS_TAG_LEN);

	if (body != r->aad_body) {
		r->aad[0] = TLS_CT_DATA;
		store_be16(r->aad + 1, TLS_1_2);
		store_be16(r->aad + 3, body);
		r->aad_body = body;
	}
	return TLS_HEADER_LEN;
}

/* RFC 5246 section 6.2.3.3: sequence number, type, version, plaintext length. */
static size_t set_aad_12(struct record *r, const struct record_head *head)
{
	store_be64(r->aad, r->seq);
	r->aad[8] = head->type;
	store_be16(r->aad + 9, TLS_1_2);
	store_be16(r->aad + 11, (uint16_t)head->inner);
	return RECORD_AAD_MAX;
}

void record_set_nonce_and_aad(struct record *r, const struct record_head *head, struct aead_job *job)
{
	set_nonce(r, head->explicit_nonce);
	job->nonce = r->nonce;
	job->aad = r->aad;
	job->aad_len = r->is_13 ? set_aad_13(r, head->inner) : set_aad_12(r, head);
}
