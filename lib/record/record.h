/* SPDX-License-Identifier: MIT */
/* Framing and sequence numbers over the AEAD: seals and opens batches of records of one direction. */
#ifndef KTLS_RECORD_RECORD_H
#define KTLS_RECORD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/errmsg.h"
#include "base/secret.h"
#include "tls/keys.h"

struct aead_leaf;
struct record;

/* Copies @keys. Errors of aead_new(); -ENOTSUP also when the cipher is not for the version. */
int record_new(struct record **out, const struct tls_keys *keys);
void record_free(struct record *r);

/* The same in memory of @pool; NULL: pages of its own. */
int record_new_in(struct record **out, struct secret_pool *pool, const struct tls_keys *keys);

/* As record_new_in() by @leaf, against which aead_leaf_why_not() has nothing. */
int record_new_by(struct record **out, struct secret_pool *pool, const struct aead_leaf *leaf,
		  const struct tls_keys *keys);

/* Whether the cipher is for the version. */
bool record_is_defined(const struct tls_keys *keys);

/*
 * Replaces the keys (TLS 1.3 KeyUpdate). On failure the old keys are gone too and every later call returns
 * -EKEYREJECTED: a direction whose rekey failed half-way is dead.
 */
int record_rekey(struct record *r, const struct tls_keys *keys);

/* Bytes one record adds on the wire: header, explicit nonce, inner type, tag. 22, 29 or 21. */
size_t record_overhead(const struct record *r);

/* Sequence number of the next record, and the leaf that carries it ("" once a rekey has failed). */
uint64_t record_seq(const struct record *r);
const char *record_leaf(const struct record *r);

/* Bytes of wire that @len bytes of payload become in full records; at least one, so at least record_overhead(). */
size_t record_wire_len(const struct record *r, size_t len);

/*
 * Cuts @len bytes into records of at most @max_payload bytes (1 … 16384) and seals as many whole records as fit into
 * @out_cap. @len 0 seals one empty record. *@taken is the payload consumed. Returns the bytes written to @out.
 * in and out do not overlap.
 * Errors: -ENOSPC (not even one record fits), -EOVERFLOW (sequence numbers are used up), -EKEYREJECTED, -EIO,
 * -EINVAL (@max_payload). An error behind whole records is reported by the next call.
 */
ssize_t record_seal(struct record *r, uint8_t type, const uint8_t *in, size_t len, size_t max_payload,
		    uint8_t *out, size_t out_cap, size_t *taken);

/*
 * Looks at the start of @wire. Returns the length of the whole first record (header included) once all of the header is
 * there, 0 while fewer than 5 bytes are; errors for a header no peer may send:
 * -EINVAL (version, or in TLS 1.3 a content type other than 23), -EMSGSIZE (too long: RFC 8446 section 5.2; in TLS 1.2 more than 16384 bytes of
 * payload, which no padding can explain there), -EBADMSG (shorter than its own overhead).
 */
ssize_t record_frame(const struct record *r, const uint8_t *wire, size_t len);

/* The result of record_open(). */
struct record_opened {
	uint8_t type;		/* content type of all that was opened in this call */
	size_t records;		/* records consumed */
	size_t wire;		/* wire bytes consumed */
	size_t plain;		/* payload bytes written */
	size_t offset;		/* where in @out they begin: 0, unless opened in place */
};

/*
 * Opens whole records from @wire into @out, one behind the other, as long as they are application data, their plaintext
 * fits @out_cap, and they are complete; a record of another type is opened only as the first of a call, and then alone.
 * (TLS 1.3 hides the type: a control record met behind data is decrypted, found out, and left for the next call; its
 * plaintext is wiped from @out.) A partial trailing record stays where it is.
 * @out may equal @wire (in place), else they do not overlap. In place one record is opened per call, at the place of
 * its ciphertext, behind header and explicit nonce: @res->offset says where. @out_cap does not matter then.
 * Returns 0 with *@res (records 0 when more bytes are needed), -ENOSPC when the first record's plaintext, inner type
 * byte and padding included, does not fit @out_cap; record_frame()'s errors; -EBADMSG for a wrong tag or a TLS 1.3
 * record of nothing but zeros; -EMSGSIZE for more than 16384 bytes of payload; -EOVERFLOW; -EKEYREJECTED; -EIO.
 * An error behind good records is reported by the next call: what was opened before it is returned first. Never a
 * byte of an unverified record is left in @out. No error changes the sequence number.
 */
int record_open(struct record *r, uint8_t *wire, size_t len, uint8_t *out, size_t out_cap, struct record_opened *res);

#endif
