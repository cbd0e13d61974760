/* SPDX-License-Identifier: MIT */
/* Sealing: payload → wire records, in one pass and without a copy. */
#include <errno.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "record/internal.h"

static void count_up(struct record *r)
{
	r->keys.seq++;
	if (r->explicit_len)
		store_be64(r->keys.explicit_nonce, load_be64(r->keys.explicit_nonce) + 1);
}

/* One record; @out has room for it. */
static int seal_one(struct record *r, uint8_t type, const uint8_t *in, size_t len, uint8_t *out)
{
	uint8_t nonce[TLS_NONCE_LEN], aad[RECORD_AAD_MAX];
	uint8_t *body = out + TLS_HEADER_LEN;
	struct aead_job job = {
		.nonce = nonce, .aad = aad, .in = in, .len = len, .out = body + r->explicit_len,
		.tail = type, .tail_len = r->type_len,
	};
	int ret = record_usable(r);

	if (ret)
		return ret;
	/* RFC 8446 section 5.2: outside, every record of TLS 1.3 looks like application data. */
	out[0] = r->type_len ? TLS_CT_DATA : type;
	store_be16(out + 1, TLS_1_2);
	store_be16(out + 3, (uint16_t)(r->explicit_len + len + r->type_len + TLS_TAG_LEN));
	for (size_t i = 0; i < r->explicit_len; i++)
		body[i] = r->keys.explicit_nonce[i];
	record_nonce(r, r->keys.explicit_nonce, nonce);
	job.aad_len = record_aad(r, type, out, len, aad);
	ret = aead_seal(r->aead, &job);
	if (!ret)
		count_up(r);
	return ret;
}

ssize_t record_seal(struct record *r, uint8_t type, const uint8_t *in, size_t len, size_t max_payload,
		    uint8_t *out, size_t out_cap, size_t *taken)
{
	size_t done = 0, written = 0;
	int ret = 0;

	do {
		size_t payload = MIN(len - done, max_payload);
		size_t wire = payload + record_overhead(r);

		if (wire > out_cap - written) {
			ret = -ENOSPC;
			break;
		}
		ret = seal_one(r, type, in + done, payload, out + written);
		if (ret)
			break;
		done += payload;
		written += wire;
	} while (done < len);
	/* An error behind sealed records is met again by the next call. */
	if (!written)
		return ret;
	*taken = done;
	return (ssize_t)written;
}
