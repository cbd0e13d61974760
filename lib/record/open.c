/* SPDX-License-Identifier: MIT */
/* Opening: records to payload. */
#include <errno.h>

#include "base/bytes.h"
#include "base/secret.h"
#include "record/state.h"

/* RFC 8446 section 5.4: the last byte that is not zero is the content type, what follows it is padding. */
static int strip_padding(const uint8_t *plain, size_t *len, uint8_t *type)
{
	size_t n = *len;

	while (n && !plain[n - 1])
		n--;
	if (!n)
		return -EBADMSG;
	*type = plain[n - 1];
	*len = n - 1;
	return 0;
}

/* @len: bytes of inner plaintext on entry, of payload on return. An error leaves nothing in @out. */
static int decrypt(struct record *r, const uint8_t *wire, uint8_t *out, size_t *len, uint8_t *type)
{
	const size_t inner = *len;
	struct aead_job job = { .in = wire + record_prefix_len(r), .len = inner, .out = out };
	const struct record_head head = {
		.type = wire[0], .inner = inner, .explicit_nonce = r->explicit_len ? load_be64(wire + TLS_HEADER_LEN) : 0,
	};
	int ret;

	record_set_nonce_and_aad(r, &head, &job);
	ret = aead_open(r->aead, &job);
	if (ret)
		return ret;
	*type = wire[0];
	if (r->is_13)
		ret = strip_padding(out, len, type);
	if (!ret && *len > TLS_MAX_PLAINTEXT)
		ret = -EMSGSIZE;
	if (ret)
		secret_wipe(out, inner);
	return ret;
}

/* One record behind those of @done: 1 if it was opened and more may follow, 0 if the call ends, or negative errno. */
static int open_next(struct record *r, const uint8_t *wire, size_t len, uint8_t *out, size_t out_cap,
		     struct record_opened *done)
{
	const ssize_t frame = record_frame(r, wire, len);
	size_t inner, plain;
	uint8_t type;
	int ret;

	if (frame <= 0)
		return (int)frame;
	if ((size_t)frame > len)
		return 0;
	/* TLS 1.2 shows what a record is; a control record is the next call's. */
	if (done->records && wire[0] != TLS_CT_DATA)
		return 0;
	inner = plain = (size_t)frame - record_prefix_len(r) - TLS_TAG_LEN;
	if (inner > out_cap)
		return -ENOSPC;
	if (r->seq == UINT64_MAX)
		return -EOVERFLOW;
	ret = decrypt(r, wire, out, &plain, &type);
	if (ret)
		return ret;
	if (done->records && type != TLS_CT_DATA) {
		secret_wipe(out, inner);
		return 0;
	}
	r->seq++;
	done->type = type;
	done->records++;
	done->wire += (size_t)frame;
	done->plain += plain;
	return type == TLS_CT_DATA;
}

int record_open(struct record *r, uint8_t *wire, size_t len, uint8_t *out, size_t out_cap, struct record_opened *res)
{
	const bool in_place = out == wire;
	struct record_opened done = { .offset = in_place ? record_prefix_len(r) : 0 };
	int ret;

	if (!r->aead)
		return -EKEYREJECTED;
	if (in_place)
		out_cap = SIZE_MAX;
	do {
		ret = open_next(r, wire + done.wire, len - done.wire, out + done.offset + done.plain,
				out_cap - done.plain, &done);
	} while (ret > 0 && !in_place);
	if (ret < 0 && !done.records)
		return ret;
	*res = done;
	return 0;
}
