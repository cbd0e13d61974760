/* SPDX-License-Identifier: MIT */
/**
 * The engine's record layer by itself, without sockets and connections: application data becomes wire records of TLS
 * 1.2 (RFC 5246 section 6.2.3.3) or TLS 1.3 (RFC 8446 section 5.2), and wire records become application data, many of
 * them a call. For programs that have keys and a transport of their own, and to measure or check the record layer. A
 * connection needs none of this: it has one of these for each of its directions.
 *
 * A handle is for one key, one direction and one thread at a time. KTLS_CPU_MASK of ktls/aead.h holds here, too.
 */
#ifndef KTLS_RECORD_H
#define KTLS_RECORD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <ktls/types.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

enum {
	KTLS_RECORD_TLS_1_2 = 0x0303,
	KTLS_RECORD_TLS_1_3 = 0x0304,
	KTLS_RECORD_DATA = 23,			/**< content type of application data */
	KTLS_RECORD_MAX_PAYLOAD = 16384,	/**< bytes of payload in a record: RFC 8446 section 5.1 */
	KTLS_RECORD_HEADER_LEN = 5,
};

struct ktls_record;

/**
 * Memory for the keys of many handles, which may come and go on several threads at once. Keys lie in pages that are
 * locked, so that they do not reach swap space, and asking the system for those takes longer than making a key does:
 * who makes many keys wants a pool.
 */
struct ktls_record_pool;

/**
 * Returns 0 and *@out (release with ktls_record_pool_free()), or -ENOMEM. Takes its first pages with the first key.
 * Since 0.1.
 */
int ktls_record_pool_new(struct ktls_record_pool **out);

/** Handles that are in it stay valid; its memory goes with the last of them. @pool may be NULL. Since 0.1. */
void ktls_record_pool_free(struct ktls_record_pool *pool);

/** What protects the records of one direction. All of it is copied. */
struct ktls_record_keys {
	unsigned version;		/**< KTLS_RECORD_TLS_1_2 or _1_3 */
	const char *cipher;		/**< an id of ktls_cipher_at() (ktls/probe.h): "aes-128-gcm" */
	const void *key;
	size_t key_len;			/**< bytes, as the cipher has it: 16 or 32 */
	/**
	 * TLS 1.3 and ChaCha20-Poly1305: the 12 bytes that the sequence number is laid over (RFC 8446 section 5.3,
	 * RFC 7905 section 2). AES-GCM and AES-CCM of TLS 1.2: the 4 bytes of salt (RFC 5288, RFC 6655, section 3).
	 */
	const void *iv;
	size_t iv_len;			/**< bytes: 12 or 4 */
	/**
	 * AES-GCM and AES-CCM of TLS 1.2, sealing only: the 8 bytes on the wire of the first record, as a number,
	 * counted up by one a record. It must never be the same twice with one key; the sequence number is the usual
	 * choice.
	 */
	uint64_t explicit_nonce;
	uint64_t seq;			/**< the sequence number of the first record */
};

/**
 * Takes @keys for sealing (@dir KTLS_TX) or for opening (KTLS_RX), by the leaf of the name @leaf (ktls_aead_leaf_at()
 * lists them), or by the best one if that is NULL. @pool is where the key lies; NULL: in pages of its own.
 *
 * Returns 0 and *@out (release with ktls_record_free()); -EPROTONOSUPPORT when the cipher is none of libktls's, or not
 * one of the version's, or the version none of the two; -ENOENT when this build has no such leaf; -EINVAL when key or
 * IV have another length there, or @dir is neither; -EOPNOTSUPP when the leaf is not usable for the cipher here
 * (ktls_aead_leaf_at() says why), or no leaf is; -ENOMEM; -EIO when libcrypto fails. Since 0.1.
 */
int ktls_record_new(struct ktls_record **out, struct ktls_record_pool *pool, enum ktls_dir dir, const char *leaf,
		    const struct ktls_record_keys *keys);

/** Wipes everything derived from the key, and frees. @r may be NULL. Since 0.1. */
void ktls_record_free(struct ktls_record *r);

/**
 * Goes on with other @keys for the same version and cipher, in the same memory and by the same leaf, as after a
 * KeyUpdate (RFC 8446 section 7.2); the sequence number is that of @keys.
 *
 * Returns 0, or the errors of ktls_record_new(); -EINVAL also for another version or cipher. Unless the error is
 * -EINVAL or -EPROTONOSUPPORT, with which nothing has changed, the old key is gone too, and every later call that
 * needs one returns -EKEYREJECTED. Since 0.1.
 */
int ktls_record_rekey(struct ktls_record *r, const struct ktls_record_keys *keys);

/**
 * Bytes that a record adds to its payload: header, explicit nonce, inner content type, tag. 22, 29 or 21. Since 0.1.
 */
size_t ktls_record_overhead(const struct ktls_record *r);

/**
 * Bytes of wire that @len bytes of payload become in records of at most @max_payload (1 … KTLS_RECORD_MAX_PAYLOAD)
 * bytes; at least one record. 0 when @max_payload is another number, or so many bytes cannot be counted. Since 0.1.
 */
size_t ktls_record_wire_len(const struct ktls_record *r, size_t len, size_t max_payload);

/** The sequence number of the next record. Since 0.1. */
uint64_t ktls_record_seq(const struct ktls_record *r);

/** The name of its leaf, static; "" once its key is gone. Since 0.1. */
const char *ktls_record_leaf(const struct ktls_record *r);

/**
 * Cuts @len bytes of @in into records of @max_payload bytes each, the last one of what remains, and seals as many of
 * them as fit @out_cap whole, one behind another, into @out: header, explicit nonce, content type and tag are written
 * in the same pass, and @in is read where it is. @len 0 makes one record without payload. @type is their content type,
 * in TLS 1.3 the inner one; not 0, which would be padding. @in and @out do not overlap; @in may be NULL if @len is 0.
 * Nothing is allocated.
 *
 * Returns the bytes written to @out, and in *@taken the bytes of @in that are in them; or -ENOSPC when not even one
 * record fits; -EINVAL when @max_payload is not from 1 to KTLS_RECORD_MAX_PAYLOAD, @type is 0, or the handle is for
 * opening; -EOVERFLOW when the sequence numbers are used up (a cipher's limit comes long before: RFC 8446 section 5.5;
 * it is the caller's to change the key by then); -EKEYREJECTED; -EIO when libcrypto fails. What goes wrong behind
 * whole records is reported by the next call. Since 0.1.
 */
ssize_t ktls_record_seal(struct ktls_record *r, uint8_t type, const void *in, size_t len, size_t max_payload, void *out,
			 size_t out_cap, size_t *taken);

/**
 * Looks at the header at the start of @wire, of which @len bytes have come.
 *
 * Returns the length of the whole first record, header included, which may be more than @len; 0 as long as there are
 * fewer than KTLS_RECORD_HEADER_LEN bytes; or, for a header that no peer may send, -EINVAL (the version, or in TLS 1.3
 * the content type), -EMSGSIZE (too long: RFC 8446 section 5.2, RFC 5246 section 6.2.3), -EBADMSG (shorter than what
 * every record has). Since 0.1.
 */
ssize_t ktls_record_frame(const struct ktls_record *r, const void *wire, size_t len);

/** What ktls_record_open() has done. */
struct ktls_record_opened {
	uint8_t type;		/**< the content type of all that was opened in this call */
	size_t records;		/**< opened; 0 when more bytes are needed */
	size_t wire;		/**< bytes of them */
	size_t plain;		/**< bytes of their payload */
	size_t offset;		/**< where in @out that begins: 0, unless it is @wire */
};

/**
 * Opens whole records of @wire into @out, payload behind payload, as long as they are application data, complete, and
 * fit @out_cap; one of another type only as the first of a call, and then alone. In TLS 1.3 a record needs room for
 * its inner content type and its padding as well (RFC 8446 section 5.4), even though they are not payload. What
 * remains of @wire is the next call's.
 *
 * @out may be @wire: then one record is opened a call, where its ciphertext was, and @out_cap does not matter. Else
 * they do not overlap.
 *
 * Returns 0 and *@res; -ENOSPC when the first record does not fit @out_cap; errors of ktls_record_frame(); -EBADMSG
 * for a wrong tag, or a record of TLS 1.3 that is all padding; -EMSGSIZE for more than KTLS_RECORD_MAX_PAYLOAD bytes
 * of payload; -EINVAL when the handle is for sealing; -EOVERFLOW; -EKEYREJECTED; -EIO. What goes wrong behind good
 * records is reported by the next call. Of a record that does not verify not a byte is left in @out, and no error
 * changes the sequence number. Since 0.1.
 */
int ktls_record_open(struct ktls_record *r, const void *wire, size_t len, void *out, size_t out_cap,
		     struct ktls_record_opened *res);

/**
 * Makes @seq the sequence number of the next record to be opened: to open records once more, or not in their order.
 * For opening alone, lest a nonce repeat.
 *
 * Returns 0, or -EINVAL when the handle is for sealing. Since 0.1.
 */
int ktls_record_seek(struct ktls_record *r, uint64_t seq);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
