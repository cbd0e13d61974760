/* SPDX-License-Identifier: MIT */
/* Inside of a crypter: what its kinds share. */
#ifndef KTLS_BENCH_CRYPTER_KIND_H
#define KTLS_BENCH_CRYPTER_KIND_H

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include <openssl/evp.h>

#include <ktls/aead.h>
#include <ktls/record.h>

#include "ktls-bench/crypter.h"
#include "ktls-bench/ipsec_mb.h"
#include "ktls-bench/records.h"

struct crypter {
	/* A loop of its own for each, so that nothing stands between it and the calls that are measured. */
	int (*run)(struct crypter *c, const struct pass *p, size_t first, size_t n);
	const char *name;
	const char *cipher;
	unsigned key_len;
	uint64_t seq;			/* of a batch's next record, where the crypter itself does not count */
	struct ktls_aead *aead;		/* of a leaf */
	struct ktls_record *record;
	struct ktls_record_pool *pool;
	EVP_CIPHER_CTX *evp;		/* of libcrypto */
	EVP_CIPHER *evp_cipher;
	struct ipsec_mb_gcm gcm;	/* of IPsec-MB; aligned as it wants it */
	void *key_data, *context;
};

/* Public, as the data: nothing of it is worth hiding. */
extern const uint8_t crypter_key[32];

/*
 * Each fills in what it needs; the rest is set already, and what has been made by then is freed by crypter_free().
 * Errors of crypter_new().
 */
int crypter_new_leaf(struct crypter *c, const char *leaf, enum work work, char why[CARRIER_WHY_MAX]);
int crypter_new_evp(struct crypter *c, enum work work, char why[CARRIER_WHY_MAX]);
int crypter_new_ipsec_mb(struct crypter *c, const struct crypter_who *who, enum work work, char why[CARRIER_WHY_MAX]);

/* --- loops of those that know nothing of records ------------------------------------- */

/* One record: @in to @out, the tag behind the ciphertext. Whether it went well. */
struct crypter_job {
	const uint8_t *nonce, *aad, *in;
	size_t len;
	uint8_t *out;
};

typedef bool (*crypter_one)(struct crypter *c, const struct crypter_job *job);

/* The loops are made anew for each @one, which becomes a part of them. */
#define CRYPTER_LOOP static inline __attribute__((always_inline)) int

CRYPTER_LOOP crypter_loop(crypter_one one, struct crypter *c, const struct pass *p, size_t first, size_t n)
{
	for (size_t i = first; i < first + n; i++) {
		const struct crypter_job job = {
			.nonce = pass_nonce(p, i),
			.aad = p->aad,
			.in = pass_in(p, i),
			.len = p->size,
			.out = pass_out(p, i),
		};

		if (!one(c, &job))
			return -EBADMSG;
	}
	return 0;
}

/* RFC 8446 section 5.3. */
static inline void crypter_nonce(uint8_t nonce[KTLS_AEAD_NONCE_LEN], const uint8_t *iv, uint64_t seq)
{
	uint64_t low;

	memcpy(nonce, iv, KTLS_AEAD_NONCE_LEN);
	memcpy(&low, iv + 4, sizeof(low));
	low ^= __builtin_bswap64(seq);
	memcpy(nonce + 4, &low, sizeof(low));
}

/*
 * Each is made while the record before it is worked on: who reads in one piece what was just written in two waits for
 * it.
 */
struct crypter_nonces {
	uint8_t of[2][KTLS_AEAD_NONCE_LEN + 4];
};

static inline void crypter_first_nonce(struct crypter_nonces *nonces, const struct crypter *c, const struct pass *p)
{
	crypter_nonce(nonces->of[c->seq & 1], p->iv, c->seq);
}

static inline const uint8_t *crypter_next_nonce(struct crypter_nonces *nonces, struct crypter *c, const struct pass *p)
{
	const uint8_t *nonce = nonces->of[c->seq++ & 1];

	crypter_nonce(nonces->of[c->seq & 1], p->iv, c->seq);
	return nonce;
}

/*
 * As libssl makes a record: the data is copied into the buffer for the wire, content type and header join it, and it
 * is sealed there.
 */
CRYPTER_LOOP crypter_seal_to_wire(crypter_one one, struct crypter *c, const struct pass *p, const uint8_t *nonce,
				  const uint8_t *in, uint8_t *out)
{
	uint8_t *inner = out + KTLS_RECORD_HEADER_LEN;
	const struct crypter_job job = { .nonce = nonce, .aad = p->aad, .in = inner, .len = p->size + 1, .out = inner };

	memcpy(out, p->aad, KTLS_RECORD_HEADER_LEN);
	memcpy(inner, in, p->size);
	inner[p->size] = KTLS_RECORD_DATA;
	return one(c, &job) ? 0 : -EIO;
}

CRYPTER_LOOP crypter_seal_batches(crypter_one one, struct crypter *c, const struct pass *p, size_t n)
{
	int ret = 0;

	for (size_t done = 0; !ret && done < n; done += p->batch) {
		struct crypter_nonces nonces;

		crypter_first_nonce(&nonces, c, p);
		for (size_t i = 0; !ret && i < p->batch; i++)
			ret = crypter_seal_to_wire(one, c, p, crypter_next_nonce(&nonces, c, p), p->in + i * p->size,
						   p->out + i * p->stride);
	}
	return ret;
}

/*
 * The way back, by way of a buffer for one record, and the content type found in front of padding: RFC 8446 section
 * 5.4.
 */
CRYPTER_LOOP crypter_open_from_wire(crypter_one one, struct crypter *c, const struct pass *p, const uint8_t *nonce,
				    const uint8_t *in, uint8_t *out)
{
	const size_t body = (size_t)in[3] << 8 | in[4];
	const struct crypter_job job = {
		.nonce = nonce,
		.aad = in,
		.in = in + KTLS_RECORD_HEADER_LEN,
		.len = body - KTLS_AEAD_TAG_LEN,
		.out = p->scratch,
	};
	size_t len = job.len;

	if (in[0] != KTLS_RECORD_DATA || body != p->size + 1 + KTLS_AEAD_TAG_LEN || !one(c, &job))
		return -EBADMSG;
	while (len && !p->scratch[len - 1])
		len--;
	if (!len || p->scratch[len - 1] != KTLS_RECORD_DATA)
		return -EBADMSG;
	memcpy(out, p->scratch, len - 1);
	return 0;
}

CRYPTER_LOOP crypter_open_batches(crypter_one one, struct crypter *c, const struct pass *p, size_t n)
{
	int ret = 0;

	for (size_t done = 0; !ret && done < n; done += p->batch) {
		struct crypter_nonces nonces;

		c->seq = 0;
		crypter_first_nonce(&nonces, c, p);
		for (size_t i = 0; !ret && i < p->batch; i++)
			ret = crypter_open_from_wire(one, c, p, crypter_next_nonce(&nonces, c, p),
						     p->in + i * p->stride, p->out + i * p->size);
	}
	return ret;
}

#endif
