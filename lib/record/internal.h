/* SPDX-License-Identifier: MIT */
/* What sealing and opening share. */
#ifndef KTLS_RECORD_INTERNAL_H
#define KTLS_RECORD_INTERNAL_H

#include <stdbool.h>

#include "aead/aead.h"
#include "record/record.h"

enum {
	RECORD_AAD_MAX = 13,
};

struct record {
	struct tls_keys keys;		/* iv, explicit nonce and seq live here; the key itself is wiped */
	struct aead *aead;		/* NULL after a failed rekey */
	uint8_t explicit_len;		/* explicit nonce on the wire: 8 for TLS 1.2 GCM and CCM, else 0 */
	uint8_t type_len;		/* inner content type: 1 for TLS 1.3, else 0 */
};

/* 0, -EKEYREJECTED (no key) or -EOVERFLOW (sequence numbers used up). */
int record_usable(const struct record *r);

/* Nonce of the next record; @explicit_nonce (8 bytes) is looked at only where the wire has one. */
void record_nonce(const struct record *r, const uint8_t *explicit_nonce, uint8_t nonce[TLS_NONCE_LEN]);

/* Additional data of the next record, and its length. @header is the 5 bytes on the wire. */
size_t record_aad(const struct record *r, uint8_t type, const uint8_t *header, size_t payload_len, uint8_t aad[RECORD_AAD_MAX]);

#endif
