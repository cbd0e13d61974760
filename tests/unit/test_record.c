/* SPDX-License-Identifier: MIT */
/* Sealing and opening: the bytes on the wire, every length, batches and where they are cut. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "unit/engine.h"
#include "unit/records.h"

enum {
	PAYLOAD = 5 * TLS_MAX_PLAINTEXT,
	WIRE = PAYLOAD + 6000 * 30,
};

static uint8_t payload[PAYLOAD], wire[WIRE], out[WIRE], expected[WIRE];

static int fill_payload(void **state)
{
	struct prng prng = { .state = 1 };

	(void)state;
	prng_fill(&prng, payload, sizeof(payload));
	return 0;
}

/* Seals all of it, or fails. Returns the bytes written. */
static size_t seal(struct record *r, uint8_t type, const uint8_t *in, size_t len, size_t max_payload, uint8_t *to)
{
	size_t taken = 0;
	ssize_t n = record_seal(r, type, in, len, max_payload, to, (size_t)(wire + WIRE - to), &taken);

	assert_true(n > 0);
	assert_int_equal(taken, len);
	return (size_t)n;
}

/* Opens a whole buffer in one call, or fails. */
static void open_all(struct record *r, uint8_t *from, size_t len, size_t records, const uint8_t *want, size_t want_len)
{
	struct record_opened res = { 0 };

	assert_int_equal(record_open(r, from, len, out, sizeof(out), &res), 0);
	assert_int_equal(res.type, TLS_CT_DATA);
	assert_int_equal(res.records, records);
	assert_int_equal(res.wire, len);
	assert_int_equal(res.plain, want_len);
	assert_int_equal(res.offset, 0);
	assert_memory_equal(out, want, want_len);
}

static void test_record_bytes_on_the_wire(void **state)
{
	static const uint64_t seqs[] = {
		0, 1, 255, 256, 65535, UINT64_C(1) << 32, (UINT64_C(1) << 48) + 5, UINT64_MAX - 3,
	};
	const struct record_case *c = *state;

	for (size_t i = 0; i < ARRAY_SIZE(seqs); i++) {
		struct record *r = records_new(c, seqs[i]);
		uint8_t inner[101], explicit_nonce[8];
		uint64_t next = UINT64_MAX - 1;

		memcpy(inner, payload, 100);
		inner[100] = TLS_CT_HANDSHAKE;
		/* Three: the explicit nonce counts up, and carries. */
		for (uint64_t seq = seqs[i]; seq < seqs[i] + 3; seq++) {
			const bool is_13 = c->version == TLS_1_3;
			size_t len;

			store_be64(explicit_nonce, next++);
			len = records_by_hand(c, seq, is_13 ? TLS_CT_DATA : TLS_CT_HANDSHAKE, explicit_nonce, inner,
					      100 + is_13, expected);
			assert_int_equal(len, 100 + c->overhead);
			assert_int_equal(seal(r, TLS_CT_HANDSHAKE, inner, 100, 16384, wire), len);
			assert_memory_equal(wire, expected, len);
			assert_int_equal(record_seq(r), seq + 1);
		}
		record_free(r);
	}
}

static void test_record_every_length(void **state)
{
	const struct record_case *c = *state;
	struct record *tx = records_new(c, 0), *rx = records_new(c, 0);

	for (size_t len = 0; len <= TLS_MAX_PLAINTEXT; len++) {
		const size_t n = seal(tx, TLS_CT_DATA, payload, len, TLS_MAX_PLAINTEXT, wire);

		assert_int_equal(n, len + c->overhead);
		assert_int_equal(record_frame(rx, wire, TLS_HEADER_LEN), n);
		open_all(rx, wire, n, 1, payload, len);
	}
	assert_int_equal(record_seq(rx), TLS_MAX_PLAINTEXT + 1);
	record_free(tx);
	record_free(rx);
}

/* No payload needs no pointer. */
static void test_record_seals_nothing(void **state)
{
	struct record *tx = records_new(*state, 0), *rx = records_new(*state, 0);
	const size_t n = seal(tx, TLS_CT_DATA, NULL, 0, 1, wire);

	assert_int_equal(n, record_overhead(tx));
	open_all(rx, wire, n, 1, payload, 0);
	record_free(tx);
	record_free(rx);
}

static void test_record_lengths_foretold(void **state)
{
	const struct record_case *c = *state;
	struct record *r = records_new(c, 0);

	assert_int_equal(record_overhead(r), c->overhead);
	assert_int_equal(record_wire_len(r, 0), c->overhead);
	assert_int_equal(record_wire_len(r, 1), 1 + c->overhead);
	assert_int_equal(record_wire_len(r, 16384), 16384 + c->overhead);
	assert_int_equal(record_wire_len(r, 16385), 16385 + 2 * c->overhead);
	assert_int_equal(record_wire_len(r, 5 * 16384), 5 * (16384 + c->overhead));
	assert_int_equal(seal(r, TLS_CT_DATA, payload, 40000, TLS_MAX_PLAINTEXT, wire), record_wire_len(r, 40000));
	record_free(r);
}

static void check_cuts(const struct record_case *c, size_t len, size_t max_payload)
{
	struct record *tx = records_new(c, 7), *rx = records_new(c, 7);
	const size_t records = (len + max_payload - 1) / max_payload;
	const size_t n = seal(tx, TLS_CT_DATA, payload, len, max_payload, wire);
	size_t at = 0;

	assert_int_equal(n, len + records * c->overhead);
	for (size_t i = 0; i < records; i++) {
		const size_t part = i + 1 < records ? max_payload : len - i * max_payload;

		assert_int_equal(load_be16(wire + at + 3), part + c->overhead - TLS_HEADER_LEN);
		at += part + c->overhead;
	}
	open_all(rx, wire, n, records, payload, len);
	assert_int_equal(record_seq(tx), 7 + records);
	assert_int_equal(record_seq(rx), 7 + records);
	record_free(tx);
	record_free(rx);
}

static void test_record_batches(void **state)
{
	static const size_t max_payloads[] = { 1, 63, 100, 999, 1000, 1001, 16384 };

	for (size_t i = 0; i < ARRAY_SIZE(max_payloads); i++)
		check_cuts(*state, 1000, max_payloads[i]);
	check_cuts(*state, PAYLOAD, TLS_MAX_PLAINTEXT);
	check_cuts(*state, PAYLOAD - 1, TLS_MAX_PLAINTEXT);
	check_cuts(*state, PAYLOAD, 5000);
}

static void test_record_max_payload_refused(void **state)
{
	struct record *r = records_new(*state, 0);
	size_t taken = 99;

	assert_int_equal(record_seal(r, TLS_CT_DATA, payload, 10, 0, wire, WIRE, &taken), -EINVAL);
	assert_int_equal(record_seal(r, TLS_CT_DATA, payload, 10, 16385, wire, WIRE, &taken), -EINVAL);
	assert_int_equal(taken, 99);
	assert_int_equal(record_seq(r), 0);
	record_free(r);
}

/* Small records, one of them empty, fed up to each byte of theirs, and then the rest. */
static void test_record_cut_at_every_byte(void **state)
{
	static const size_t lens[] = { 3, 0, 17, 1, 40, 96 };
	const struct record_case *c = *state;
	struct record *tx = records_new(c, 0);
	size_t ends[ARRAY_SIZE(lens)], plains[ARRAY_SIZE(lens)], n = 0, plain = 0;

	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		n += seal(tx, TLS_CT_DATA, payload + plain, lens[i], TLS_MAX_PLAINTEXT, wire + n);
		plain += lens[i];
		ends[i] = n;
		plains[i] = plain;
	}
	for (size_t cut = 0; cut <= n; cut++) {
		struct record *rx = records_new(c, 0);
		struct record_opened first = { 0 }, rest = { 0 };
		size_t whole = 0;

		while (whole < ARRAY_SIZE(lens) && ends[whole] <= cut)
			whole++;
		assert_int_equal(record_open(rx, wire, cut, out, sizeof(out), &first), 0);
		assert_int_equal(first.records, whole);
		assert_int_equal(first.wire, whole ? ends[whole - 1] : 0);
		assert_int_equal(first.plain, whole ? plains[whole - 1] : 0);
		assert_int_equal(first.type, whole ? TLS_CT_DATA : 0);
		assert_int_equal(record_seq(rx), whole);
		assert_int_equal(record_open(rx, wire + first.wire, n - first.wire, out + first.plain,
					     sizeof(out) - first.plain, &rest), 0);
		assert_int_equal(first.records + rest.records, ARRAY_SIZE(lens));
		assert_int_equal(first.wire + rest.wire, n);
		assert_memory_equal(out, payload, plain);
		record_free(rx);
	}
	record_free(tx);
}

static void test_record_seal_without_space(void **state)
{
	const struct record_case *c = *state;
	struct record *tx = records_new(c, 0), *rx = records_new(c, 0);
	const size_t one = 100 + c->overhead;
	size_t taken = 99;

	for (size_t cap = 0; cap < one; cap++)
		assert_int_equal(record_seal(tx, TLS_CT_DATA, payload, 350, 100, wire, cap, &taken), -ENOSPC);
	assert_int_equal(taken, 99);
	assert_int_equal(record_seq(tx), 0);
	/* Two and a half fit: two are sealed, and nothing is written behind them. */
	memset(wire, 0xee, 3 * one);
	assert_int_equal(record_seal(tx, TLS_CT_DATA, payload, 350, 100, wire, 2 * one + one / 2, &taken), 2 * one);
	assert_int_equal(taken, 200);
	for (size_t i = 2 * one; i < 3 * one; i++)
		assert_int_equal(wire[i], 0xee);
	open_all(rx, wire, 2 * one, 2, payload, 200);
	/* A short last record may fit where a full one does not, but is not cut to fit. */
	assert_int_equal(record_seal(tx, TLS_CT_DATA, payload + 200, 150, 100, wire, one + 50 + c->overhead, &taken),
			 one + 50 + c->overhead);
	assert_int_equal(taken, 150);
	record_free(tx);
	record_free(rx);
}

static void test_record_open_without_space(void **state)
{
	const struct record_case *c = *state;
	struct record *tx = records_new(c, 0), *rx = records_new(c, 0);
	const size_t n = seal(tx, TLS_CT_DATA, payload, 300, 100, wire);
	const size_t need = 100 + (c->version == TLS_1_3);
	struct record_opened res = { .records = 99 };

	for (size_t cap = 0; cap < need; cap++)
		assert_int_equal(record_open(rx, wire, n, out, cap, &res), -ENOSPC);
	assert_int_equal(res.records, 99);
	assert_int_equal(record_seq(rx), 0);
	/* Room for two and nearly three. */
	memset(out, 0xee, 400);
	assert_int_equal(record_open(rx, wire, n, out, 200 + need - 1, &res), 0);
	assert_int_equal(res.records, 2);
	assert_int_equal(res.plain, 200);
	assert_int_equal(out[200 + need - 1], 0xee);
	assert_int_equal(record_open(rx, wire + res.wire, n - res.wire, out + 200, need, &res), 0);
	assert_int_equal(res.records, 1);
	assert_int_equal(out[200 + need], 0xee);
	assert_memory_equal(out, payload, 300);
	record_free(tx);
	record_free(rx);
}

/* Exactly as much memory as was said, with nothing around it. */
static void test_record_keeps_to_its_buffers(void **state)
{
	const struct record_case *c = *state;
	const size_t lens[] = { 0, 1, 90, 1000, 16384 };
	struct guarded in, to, back;

	guarded_make(&in, TLS_MAX_PLAINTEXT);
	guarded_make(&to, RECORD_WIRE_MAX);
	guarded_make(&back, TLS_MAX_PLAINTEXT + 1);
	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		struct record *tx = records_new(c, 0), *rx = records_new(c, 0);
		const size_t n = lens[i] + c->overhead, inner = lens[i] + (c->version == TLS_1_3);
		uint8_t *from = in.mem + in.len - lens[i], *w = to.mem + to.len - n, *p = back.mem + back.len - inner;
		struct record_opened res;
		size_t taken;

		memcpy(from, payload, lens[i]);
		assert_int_equal(record_seal(tx, TLS_CT_DATA, from, lens[i], 16384, w, n, &taken), n);
		assert_int_equal(record_open(rx, w, n, p, inner, &res), 0);
		assert_memory_equal(p, payload, lens[i]);
		record_free(tx);
		record_free(rx);
	}
	guarded_free(&in);
	guarded_free(&to);
	guarded_free(&back);
}

static void test_record_in_place(void **state)
{
	const struct record_case *c = *state;
	struct record *tx = records_new(c, 0), *rx = records_new(c, 0);
	const size_t n = seal(tx, TLS_CT_DATA, payload, 5000, 1000, wire);
	const size_t one = 1000 + c->overhead;

	for (size_t i = 0; i < 5; i++) {
		struct record_opened res = { 0 };
		uint8_t *at = wire + i * one;

		/* One a call, though more are there, and whatever the capacity. */
		assert_int_equal(record_open(rx, at, n - i * one, at, 0, &res), 0);
		assert_int_equal(res.records, 1);
		assert_int_equal(res.wire, one);
		assert_int_equal(res.plain, 1000);
		assert_int_equal(res.offset, c->overhead == 29 ? 13 : 5);
		assert_memory_equal(at + res.offset, payload + i * 1000, 1000);
	}
	record_free(tx);
	record_free(rx);
}

static const struct {
	const char *name;
	CMUnitTestFunction run;
} tests[] = {
	{ "test_record_bytes_on_the_wire", test_record_bytes_on_the_wire },
	{ "test_record_every_length", test_record_every_length },
	{ "test_record_seals_nothing", test_record_seals_nothing },
	{ "test_record_lengths_foretold", test_record_lengths_foretold },
	{ "test_record_batches", test_record_batches },
	{ "test_record_max_payload_refused", test_record_max_payload_refused },
	{ "test_record_cut_at_every_byte", test_record_cut_at_every_byte },
	{ "test_record_seal_without_space", test_record_seal_without_space },
	{ "test_record_open_without_space", test_record_open_without_space },
	{ "test_record_keeps_to_its_buffers", test_record_keeps_to_its_buffers },
	{ "test_record_in_place", test_record_in_place },
};

/* Every test with every cipher and version. */
int main(void)
{
	static char names[RECORD_CASES * ARRAY_SIZE(tests)][80];
	static struct CMUnitTest all[RECORD_CASES * ARRAY_SIZE(tests)];
	size_t n = 0;

	for (size_t c = 0; c < RECORD_CASES; c++)
		for (size_t t = 0; t < ARRAY_SIZE(tests); t++, n++) {
			snprintf(names[n], sizeof(names[n]), "%s %s %s", tests[t].name,
				 record_cases[c].version == TLS_1_3 ? "TLS 1.3" : "TLS 1.2", record_cases[c].id);
			all[n].name = names[n];
			all[n].test_func = tests[t].run;
			all[n].initial_state = (void *)(uintptr_t)&record_cases[c];
		}
	return _cmocka_run_group_tests("record", all, n, fill_payload, NULL);
}
