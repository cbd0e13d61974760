/* SPDX-License-Identifier: MIT */
/* Follows the records in a byte stream: where they begin and end, how many there were since the key changed. */
#ifndef KTLS_HANDSHAKE_SCANNER_H
#define KTLS_HANDSHAKE_SCANNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One direction. Zero-initialised: at a record boundary, nothing counted. */
struct scanner {
	uint8_t head[13];	/* record header and the 8 bytes behind it, as far as seen */
	size_t head_len;
	size_t body_left;	/* bytes of the record's body still to come, once the header is whole */
	uint64_t records;	/* records begun since the last scanner_new_epoch(); change_cipher_spec is not counted */
	bool saw_ccs;		/* the last record was a change_cipher_spec */
};

/* Bytes that may be read next without leaving the current record: the rest of its header, or of its body. Never 0. */
size_t scanner_want(const struct scanner *s);

/* Follows @len bytes of the stream; they may span records (libssl buffers its writes). */
void scanner_feed(struct scanner *s, const uint8_t *data, size_t len);

bool scanner_at_boundary(const struct scanner *s);

/* New keys are in force from the next record on. */
void scanner_new_epoch(struct scanner *s);

/* The 8 bytes behind the header of the last record: TLS 1.2's explicit nonce. */
const uint8_t *scanner_explicit_nonce(const struct scanner *s);

#endif
