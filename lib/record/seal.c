/* SPDX-License-Identifier: MIT */
/* Sealing: payload to records. */
#include <errno.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "record/state.h"

/* Header and explicit nonce. */
static void put_prefix(const struct record *r, uint8_t type, size_t wire_len, uint8_t *out)
{
	out[0] = r->is_13 ? TLS_CT_DATA : type;
	store_be16(out + 1, TLS_1_2);
	store_be16(out + 3, (uint16_t)(wire_len - TLS_HEADER_LEN));
	if (r->explicit_len)
		store_be64(out + TLS_HEADER_LEN, r->explicit_nonce);
}

/* One record. Bytes written, or negative errno. */
static ssize_t seal_one(struct record *r, uint8_t type, const uint8_t *in, size_t len, uint8_t *out, size_t out_cap)
{
	const size_t wire_len = len + record_overhead(r);
	struct aead_job job = {
		.in = in, .len = len, .out = out + record_prefix_len(r), .tail = type, .tail_len = r->is_13,
	};
	const struct record_head head = { .type = type, .inner = len + r->is_13, .explicit_nonce = r->explicit_nonce };
	int ret;

	if (r->seq == UINT64_MAX)
		return -EOVERFLOW;
	if (wire_len > out_cap)
		return -ENOSPC;
	put_prefix(r, type, wire_len, out);
	record_set_nonce_and_aad(r, &head, &job);
	ret = aead_seal(r->aead, &job);
	if (ret)
		return ret;
	r->seq++;
	r->explicit_nonce++;
	return (ssize_t)wire_len;
}

ssize_t record_seal(struct record *r, uint8_t type, const uint8_t *in, size_t len, size_t max_payload,
		    uint8_t *out, size_t out_cap, size_t *taken)
{
	size_t done = 0, written = 0;

	if (!r->aead)
		return -EKEYREJECTED;
	if (!max_payload || max_payload > TLS_MAX_PLAINTEXT)
		return -EINVAL;
	do {
		const size_t n = MIN(len - done, max_payload);
		ssize_t ret = seal_one(r, type, done ? in + done : in, n, out + written, out_cap - written);

		if (ret < 0 && !written)
			return ret;
		if (ret < 0)
			break;
		done += n;
		written += (size_t)ret;
	} while (done < len);
	*taken = done;
	return (ssize_t)written;
}
