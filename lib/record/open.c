/* SPDX-License-Identifier: MIT */
/* Opening: wire records → payload, straight into the caller's buffer. */
#include <errno.h>
#include <string.h>

#include "base/secret.h"
#include "record/internal.h"

/* The first record of @wire, taken apart. */
struct frame {
	const uint8_t *header;
	const uint8_t *nonce;	/* explicit nonce, where the wire has one */
	const uint8_t *body;	/* ciphertext and tag */
	size_t inner_len;	/* what the AEAD gives back: payload, and in TLS 1.3 type and padding */
	size_t wire_len;
};

/* 1 with *@f filled, 0 if the record is not whole, or record_frame()'s errors. */
static int next_frame(const struct record *r, const uint8_t *wire, size_t len, struct frame *f)
{
	ssize_t n = record_frame(r, wire, len);

	if (n < 0)
		return (int)n;
	if (n == 0 || (size_t)n > len)
		return 0;
	f->header = wire;
	f->nonce = wire + TLS_HEADER_LEN;
	f->body = f->nonce + r->explicit_len;
	f->wire_len = (size_t)n;
	f->inner_len = f->wire_len - TLS_HEADER_LEN - r->explicit_len - TLS_TAG_LEN;
	return 1;
}

static int open_frame(struct record *r, const struct frame *f, uint8_t *out)
{
	uint8_t nonce[TLS_NONCE_LEN], aad[RECORD_AAD_MAX];
	struct aead_job job = { .nonce = nonce, .aad = aad, .in = f->body, .len = f->inner_len, .out = out };
	int ret = record_usable(r);

	if (ret)
		return ret;
	record_nonce(r, f->nonce, nonce);
	job.aad_len = record_aad(r, f->header[0], f->header, f->inner_len, aad);
	return aead_open(r->aead, &job);
}

/*
 * Payload length and content type of what was opened. RFC 8446 section 5.4: behind the payload stand the type, not zero, and any
 * number of zeros. The record is authentic here, so looking for the type may take as long as its padding.
 */
static int strip(const struct record *r, const struct frame *f, const uint8_t *inner, size_t *payload, uint8_t *type)
{
	size_t n = f->inner_len;

	if (r->type_len) {
		while (n && !inner[n - 1])
			n--;
		if (!n)
			return -EBADMSG;
		*type = inner[--n];
	} else {
		*type = f->header[0];
	}
	if (n > TLS_MAX_PLAINTEXT)
		return -EMSGSIZE;
	*payload = n;
	return 0;
}

/* Opens the record into @out; 0 with *@payload and *@type. On an error nothing of it is left in @out. */
static int open_one(struct record *r, const struct frame *f, uint8_t *out, size_t *payload, uint8_t *type)
{
	int ret = open_frame(r, f, out);

	if (ret)
		return ret;
	ret = strip(r, f, out, payload, type);
	if (ret)
		secret_wipe(out, f->inner_len);
	else
		/* Type and padding are not the caller's. */
		secret_wipe(out + *payload, f->inner_len - *payload);
	return ret;
}

static void accept_record(struct record *r, struct record_opened *res, const struct frame *f, size_t payload, uint8_t type)
{
	res->type = type;
	res->records++;
	res->wire += f->wire_len;
	res->plain += payload;
	r->keys.seq++;
}

int record_open(struct record *r, const uint8_t *wire, size_t len, uint8_t *out, size_t out_cap, struct record_opened *res)
{
	*res = (struct record_opened){ 0 };
	for (;;) {
		struct frame f = { 0 };
		size_t payload = 0;
		uint8_t type = 0;
		int ret = next_frame(r, wire + res->wire, len - res->wire, &f);

		if (ret == 1 && f.inner_len > out_cap - res->plain)
			ret = -ENOSPC;
		else if (ret == 1)
			ret = open_one(r, &f, out + res->plain, &payload, &type);
		else if (ret == 0)
			return 0;
		/* An error behind good records is met again by the next call. */
		if (ret)
			return res->records ? 0 : ret;
		if (res->records && type != TLS_CT_DATA) {
			/* TLS 1.3 showed its type only now. It is opened again, alone. */
			secret_wipe(out + res->plain, payload);
			return 0;
		}
		accept_record(r, res, &f, payload, type);
		if (type != TLS_CT_DATA)
			return 0;
	}
}
