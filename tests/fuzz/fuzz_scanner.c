/* SPDX-License-Identifier: MIT */
/* Record boundaries: the same count, boundary and nonce, however the stream is cut. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "handshake/scanner.h"
#include "tls/protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Straight from RFC 8446 section 5.1: a header, then as many bytes as it says. */
static uint64_t count_records(const uint8_t *data, size_t len, bool *at_boundary)
{
	uint64_t records = 0;
	size_t off = 0;

	while (off < len) {
		records += data[off] != TLS_CT_CHANGE_CIPHER_SPEC;
		off += len - off < TLS_HEADER_LEN ? TLS_HEADER_LEN : TLS_HEADER_LEN + load_be16(data + off + 3);
	}
	*at_boundary = off == len;
	return records;
}

/* As the BIO reads: never more than is wanted, less if the first byte says so. */
static void feed_in_pieces(struct scanner *s, const uint8_t *data, size_t len, size_t most)
{
	while (len) {
		size_t n = scanner_want(s);

		if (!n)
			abort();
		n = n > most ? most : n;
		n = n > len ? len : n;
		scanner_feed(s, data, n);
		data += n;
		len -= n;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct scanner whole = { 0 }, pieces = { 0 };
	bool at_boundary;
	uint64_t records;

	if (!len)
		return 0;
	scanner_feed(&whole, data + 1, len - 1);
	feed_in_pieces(&pieces, data + 1, len - 1, 1 + data[0]);
	records = count_records(data + 1, len - 1, &at_boundary);
	if (whole.records != records || pieces.records != records)
		abort();
	if (scanner_at_boundary(&whole) != at_boundary || scanner_at_boundary(&pieces) != at_boundary)
		abort();
	if (whole.saw_ccs != pieces.saw_ccs || scanner_want(&whole) != scanner_want(&pieces) ||
	    memcmp(scanner_explicit_nonce(&whole), scanner_explicit_nonce(&pieces), TLS_EXPLICIT_NONCE_LEN) != 0)
		abort();
	return 0;
}
