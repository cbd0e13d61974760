/* SPDX-License-Identifier: MIT */
/* Records from outside: the header's announcements, and that only what was sealed opens, whatever is done to it on the way. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "record/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum {
	PAYLOAD_MAX = 2048,
	WIRE_MAX = PAYLOAD_MAX * 64,
	RECORD_MAX = TLS_HEADER_LEN + TLS_MAX_CIPHERTEXT_12,
};

static const struct {
	uint16_t version;
	const char *id;
} cases[] = {
	{ TLS_1_3, "aes-128-gcm" }, { TLS_1_3, "chacha20-poly1305" }, { TLS_1_2, "aes-256-gcm" }, { TLS_1_2, "chacha20-poly1305" },
};

/* Where the input says what to do. */
struct plan {
	struct record *tx, *rx;
	const uint8_t *data;
	size_t len;
};

static struct record *new_record(size_t which)
{
	struct tls_keys keys = { .version = cases[which].version, .cipher = tls_cipher_by_id(cases[which].id) };
	struct record *r = NULL;

	if (!keys.cipher || record_new(&r, &keys))
		abort();
	return r;
}

/* The input as the wire: nobody sealed it, so nothing may open, and no length may be believed that no record has. */
static void open_raw(struct plan *p)
{
	uint8_t *wire = malloc(p->len ? p->len : 1), *out = malloc(RECORD_MAX);
	struct record_opened res = { 0 };
	ssize_t frame;

	if (!wire || !out)
		abort();
	memcpy(wire, p->data, p->len);
	frame = record_frame(p->rx, wire, p->len);
	if (frame > RECORD_MAX || (p->len < TLS_HEADER_LEN && frame != 0))
		abort();
	if (record_open(p->rx, wire, p->len, out, RECORD_MAX, &res) == 0 && res.records)
		abort();
	free(wire);
	free(out);
}

/* Sealed in records of the first byte's length; the next three bytes say what is changed where. */
static void open_changed(struct plan *p)
{
	static uint8_t wire[WIRE_MAX], out[WIRE_MAX];
	struct record_opened res = { 0 };
	size_t payload = p->len < PAYLOAD_MAX ? p->len : PAYLOAD_MAX, taken = 0, opened = 0, at, off = 0;
	ssize_t sealed;
	int ret;

	if (p->len < 4)
		return;
	sealed = record_seal(p->tx, TLS_CT_DATA, p->data, payload, 1 + p->data[0], wire, sizeof(wire), &taken);
	if (sealed < 0 || taken != payload)
		abort();
	at = ((size_t)p->data[1] << 8 | p->data[2]) % (size_t)sealed;
	wire[at] ^= p->data[3];
	while (off < (size_t)sealed) {
		ret = record_open(p->rx, wire + off, (size_t)sealed - off, out + opened, sizeof(out) - opened, &res);
		if (ret || !res.records)
			break;
		off += res.wire;
		opened += res.plain;
		/* What was changed never counts as data. */
		if (off > at && p->data[3])
			abort();
	}
	if (memcmp(out, p->data, opened) != 0 || (!p->data[3] && opened != payload))
		abort();
}

/* The first byte chooses version and cipher. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct plan p = { .data = data + 1 };
	size_t which;

	if (!len)
		return 0;
	which = data[0] % (sizeof(cases) / sizeof(cases[0]));
	p.len = len - 1;
	p.tx = new_record(which);
	p.rx = new_record(which);
	open_raw(&p);
	open_changed(&p);
	record_free(p.tx);
	record_free(p.rx);
	return 0;
}
