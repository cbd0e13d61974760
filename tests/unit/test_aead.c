/* SPDX-License-Identifier: MIT */
/* Each leaf against libcrypto itself: lengths, alignments, wrong tags, edges of memory, chance. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "aead/aead.h"
#include "base/attr.h"
#include "tls/protocol.h"
#include "unit/engine.h"

enum {
	TAG = TLS_TAG_LEN,
	MAX_LEN = TLS_MAX_PLAINTEXT + 300,
	ROOM = MAX_LEN + 64,
	RANDOM_CASES = 5000,
};

static const struct leaf_case {
	const char *id;
	const char *leaf;
} cases[] = {
	{ "aes-128-gcm", "vaes-avx512" },
	{ "aes-256-gcm", "vaes-avx512" },
	{ "aes-128-gcm", "vaes-avx2" },
	{ "aes-256-gcm", "vaes-avx2" },
	{ "aes-128-gcm", "aesni-pclmul" },
	{ "aes-256-gcm", "aesni-pclmul" },
	{ "aes-128-gcm", "evp" },
	{ "aes-256-gcm", "evp" },
	{ "aes-128-ccm", "evp" },
	{ "chacha20-poly1305", "evp" },
	{ "aria-256-gcm", "evp" },
	{ "sm4-gcm", "evp" },
	{ "sm4-ccm", "evp" },
};

/* A key, its AEAD, and what one record needs. */
struct fixture {
	const struct tls_cipher *cipher;
	const struct aead_leaf *leaf;
	struct aead *aead;
	struct prng prng;
	uint8_t key[TLS_MAX_KEY_LEN], nonce[TLS_NONCE_LEN], aad[16];
	uint8_t in[ROOM], wire[ROOM], expected[ROOM], out[ROOM];
};

static void setup(struct fixture *f, const struct leaf_case *c)
{
	f->cipher = tls_cipher_by_id(c->id);
	assert_non_null(f->cipher);
	f->prng.state = 20261124;
	prng_fill(&f->prng, f->key, sizeof(f->key));
	prng_fill(&f->prng, f->nonce, sizeof(f->nonce));
	prng_fill(&f->prng, f->aad, sizeof(f->aad));
	prng_fill(&f->prng, f->in, sizeof(f->in));
	f->leaf = aead_leaf_by_name(c->leaf);
	assert_int_equal(aead_new_by(&f->aead, NULL, f->leaf, f->cipher, f->key), 0);
	assert_string_equal(aead_leaf(f->aead), c->leaf);
}

/* A fixture is too large for the stack. */
static struct fixture *make(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	setup(f, *state);
	return f;
}

static void release(struct fixture *f)
{
	aead_free(f->aead);
	free(f);
}

static int seal(struct fixture *f, const uint8_t *in, size_t len, size_t tail_len, size_t aad_len, uint8_t *out)
{
	const struct aead_job job = {
		.nonce = f->nonce, .aad = f->aad, .aad_len = aad_len, .in = in, .len = len, .out = out,
		.tail = 23, .tail_len = (uint8_t)tail_len,
	};

	return aead_seal(f->aead, &job);
}

static int open(struct fixture *f, const uint8_t *in, size_t len, size_t aad_len, uint8_t *out)
{
	const struct aead_job job = {
		.nonce = f->nonce, .aad = f->aad, .aad_len = aad_len, .in = in, .len = len, .out = out,
		.tail = 99, .tail_len = 1,	/* ignored */
	};

	return aead_open(f->aead, &job);
}

/* What libcrypto makes of the payload with its tail behind it, in f->expected. */
static void expect(struct fixture *f, size_t len, size_t tail_len, size_t aad_len)
{
	memcpy(f->wire, f->in, len);
	f->wire[len] = 23;
	ref_seal(f->cipher, f->key, f->nonce, f->aad, aad_len, f->wire, len + tail_len, f->expected);
}

static void check_length(struct fixture *f, size_t len, size_t tail_len, size_t aad_len)
{
	const size_t total = len + tail_len;

	expect(f, len, tail_len, aad_len);
	memset(f->wire, 0xee, sizeof(f->wire));
	assert_int_equal(seal(f, f->in, len, tail_len, aad_len, f->wire), 0);
	assert_memory_equal(f->wire, f->expected, total + TAG);
	assert_int_equal(f->wire[total + TAG], 0xee);

	memset(f->out, 0xee, sizeof(f->out));
	assert_int_equal(open(f, f->expected, total, aad_len, f->out), 0);
	assert_memory_equal(f->out, f->in, len);
	assert_true(!tail_len || f->out[len] == 23);
	assert_int_equal(f->out[total], 0xee);

	/* In place, both ways, in the buffer that now holds the payload. */
	assert_int_equal(seal(f, f->out, len, tail_len, aad_len, f->out), 0);
	assert_memory_equal(f->out, f->expected, total + TAG);
	assert_int_equal(open(f, f->out, total, aad_len, f->out), 0);
	assert_memory_equal(f->out, f->in, len);
	assert_memory_equal(f->out + total, f->expected + total, TAG);
}

static void test_aead_every_length(void **state)
{
	static const size_t aad_lens[] = { 0, 5, 13, 16, 1 };
	struct fixture *f = make(state);

	for (size_t len = 0; len <= 420; len++)
		for (size_t tail = 0; tail <= 1; tail++)
			for (size_t a = 0; a < ARRAY_SIZE(aad_lens); a++)
				check_length(f, len, tail, aad_lens[a]);
	for (size_t len = 421; len <= 1100; len++)
		for (size_t tail = 0; tail <= 1; tail++)
			check_length(f, len, tail, len % 2 ? 5 : 13);
	for (size_t len = TLS_MAX_PLAINTEXT - 140; len <= TLS_MAX_PLAINTEXT + 260; len++)
		check_length(f, len, len % 2, 5 + len % 3 * 4);
	release(f);
}

/* No payload at all, and pointers that say so. */
static void test_aead_nothing(void **state)
{
	struct fixture *f = make(state);
	struct aead_job job = { .nonce = f->nonce, .out = f->wire };

	ref_seal(f->cipher, f->key, f->nonce, NULL, 0, NULL, 0, f->expected);
	assert_int_equal(aead_seal(f->aead, &job), 0);
	assert_memory_equal(f->wire, f->expected, TAG);
	job.in = f->wire;
	job.out = NULL;
	assert_int_equal(aead_open(f->aead, &job), 0);
	f->wire[3] ^= 4;
	assert_int_equal(aead_open(f->aead, &job), -EBADMSG);

	/* TLS 1.3's empty record has a tail all the same. */
	expect(f, 0, 1, 0);
	job = (struct aead_job){ .nonce = f->nonce, .out = f->wire, .tail = 23, .tail_len = 1 };
	assert_int_equal(aead_seal(f->aead, &job), 0);
	assert_memory_equal(f->wire, f->expected, 1 + TAG);
	release(f);
}

static void test_aead_every_alignment(void **state)
{
	static const size_t lens[] = { 0, 1, 15, 16, 17, 95, 96, 97, 127, 223, 224, 225, 352, 481, 1000 };
	struct fixture *f = make(state);

	for (size_t l = 0; l < ARRAY_SIZE(lens); l++) {
		const size_t len = lens[l];

		expect(f, len, 1, 5);
		for (size_t i = 0; i < 4096; i++) {
			const size_t at_in = i / 64, at_out = i % 64;

			memmove(f->out + at_in, f->in, len);
			memset(f->wire, 0xee, len + 128);
			assert_int_equal(seal(f, f->out + at_in, len, 1, 5, f->wire + at_out), 0);
			assert_memory_equal(f->wire + at_out, f->expected, len + 1 + TAG);
			assert_int_equal(f->wire[at_out + len + 1 + TAG], 0xee);
			assert_true(!at_out || f->wire[at_out - 1] == 0xee);

			memset(f->out, 0xee, len + 128);
			assert_int_equal(open(f, f->wire + at_out, len + 1, 5, f->out + at_in), 0);
			assert_memory_equal(f->out + at_in, f->in, len);
			assert_int_equal(f->out[at_in + len], 23);
			assert_int_equal(f->out[at_in + len + 1], 0xee);
			assert_true(!at_in || f->out[at_in - 1] == 0xee);
		}
	}
	release(f);
}

/* libcrypto must not find out by itself, nor may its errors pile up in the caller's queue. */
static void expect_bad(struct fixture *f, size_t len, size_t aad_len)
{
	memset(f->out, 0xee, len + 1);
	assert_int_equal(open(f, f->wire, len, aad_len, f->out), -EBADMSG);
	assert_true(all_zero(f->out, len));
	assert_int_equal(f->out[len], 0xee);
	assert_int_equal(ERR_peek_error(), 0);
}

static void flip_and_expect_bad(struct fixture *f, uint8_t *bytes, size_t bit, size_t len, size_t aad_len)
{
	bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	expect_bad(f, len, aad_len);
	bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

static void check_flips(struct fixture *f, size_t len, size_t step)
{
	assert_int_equal(seal(f, f->in, len, 0, 13, f->wire), 0);
	for (size_t bit = 0; bit < 8 * TAG; bit++)
		flip_and_expect_bad(f, f->wire + len, bit, len, 13);
	for (size_t bit = 0; bit < 8 * len; bit += step)
		flip_and_expect_bad(f, f->wire, bit, len, 13);
	for (size_t bit = 0; bit < 8 * 13; bit++)
		flip_and_expect_bad(f, f->aad, bit, len, 13);
	for (size_t bit = 0; bit < 8 * TLS_NONCE_LEN; bit++)
		flip_and_expect_bad(f, f->nonce, bit, len, 13);
	/* A shorter AAD, and a shorter record. */
	expect_bad(f, len, 12);
	if (len)
		expect_bad(f, len - 1, 13);
	/* Nothing of it was lasting. */
	assert_int_equal(open(f, f->wire, len, 13, f->out), 0);
	assert_memory_equal(f->out, f->in, len);
}

static void test_aead_flipped_bits(void **state)
{
	struct fixture *f = make(state);

	check_flips(f, 0, 1);
	check_flips(f, 40, 1);
	check_flips(f, 96, 1);
	check_flips(f, 700, 37);
	check_flips(f, TLS_MAX_PLAINTEXT, 9973);
	release(f);
}

/* A KeyUpdate changes the key where it is, in whatever memory that is; the old one is gone even when the new one cannot be had. */
static void test_aead_rekey(void **state)
{
	const struct leaf_case *c = *state;
	struct fixture *f = make(state);
	struct secret_pool *pool = secret_pool_new();
	const struct tls_cipher *other = tls_cipher_by_id(strcmp(c->id, "aes-128-ccm") ? "aes-128-ccm" : "aes-128-gcm");

	aead_free(f->aead);
	assert_int_equal(aead_new_by(&f->aead, pool, f->leaf, f->cipher, f->key), 0);
	assert_ptr_equal(secret_pool_of(f->aead), pool);
	for (int i = 0; i < 3; i++) {
		expect(f, 700, 1, 5);
		assert_int_equal(seal(f, f->in, 700, 1, 5, f->wire), 0);
		assert_memory_equal(f->wire, f->expected, 701 + TAG);
		f->key[i] ^= 1;
		assert_int_equal(aead_rekey(f->aead, f->cipher, f->key), 0);
		assert_string_equal(aead_leaf(f->aead), c->leaf);
		assert_int_equal(open(f, f->wire, 701, 5, f->out), -EBADMSG);
	}
	assert_int_equal(aead_rekey(f->aead, other, f->key), -ENOTSUP);
	assert_int_equal(ERR_peek_error(), 0);
	release(f);
	secret_pool_free(pool);
}

/* A wrong tag in place takes the ciphertext away: it must not come back as plaintext of another key. */
static void test_aead_flipped_bit_in_place(void **state)
{
	struct fixture *f = make(state);

	for (size_t len = 1; len < 600; len += 7) {
		assert_int_equal(seal(f, f->in, len, 0, 5, f->wire), 0);
		f->wire[len + len % TAG] ^= 1;
		assert_int_equal(open(f, f->wire, len, 5, f->wire), -EBADMSG);
		assert_true(all_zero(f->wire, len));
	}
	release(f);
}

/* @end: whether buffers end at the guard page behind them, else they begin at the one in front. */
static void check_guarded(struct fixture *f, struct guarded *g, size_t len, bool end)
{
	uint8_t *plain = g[0].mem + (end ? g[0].len - len : 0);
	uint8_t *wire = g[1].mem + (end ? g[1].len - len - 1 - TAG : 0);
	uint8_t *inner = g[2].mem + (end ? g[2].len - len - 1 : 0);
	const size_t aad_len = len % 17;
	const struct aead_job sealing = {
		.nonce = g[3].mem + (end ? g[3].len - TLS_NONCE_LEN : 0),
		.aad = g[4].mem + (end ? g[4].len - aad_len : 0), .aad_len = aad_len,
		.in = plain, .len = len, .out = wire, .tail = 23, .tail_len = 1,
	};
	struct aead_job opening = sealing;

	prng_fill(&f->prng, plain, len);
	assert_int_equal(aead_seal(f->aead, &sealing), 0);
	opening.in = wire;
	opening.len = len + 1;
	opening.out = inner;
	assert_int_equal(aead_open(f->aead, &opening), 0);
	assert_memory_equal(inner, plain, len);
	assert_int_equal(inner[len], 23);
	opening.out = wire;
	assert_int_equal(aead_open(f->aead, &opening), 0);
	assert_memory_equal(wire, plain, len);
}

static void test_aead_guard_pages(void **state)
{
	struct fixture *f = make(state);
	struct guarded g[5];

	for (size_t i = 0; i < ARRAY_SIZE(g); i++) {
		guarded_make(&g[i], i < 3 ? ROOM : 64);
		prng_fill(&f->prng, g[i].mem, g[i].len);
	}
	for (size_t len = 0; len < 700; len++) {
		check_guarded(f, g, len, false);
		check_guarded(f, g, len, true);
	}
	for (size_t len = TLS_MAX_PLAINTEXT - 20; len < TLS_MAX_PLAINTEXT + 20; len++) {
		check_guarded(f, g, len, false);
		check_guarded(f, g, len, true);
	}
	for (size_t i = 0; i < ARRAY_SIZE(g); i++)
		guarded_free(&g[i]);
	release(f);
}

/* Short ones mostly, as there the paths part. */
static size_t random_len(struct prng *r)
{
	static const size_t below[] = { 33, 129, 600, 600, 2200, MAX_LEN };

	return prng_below(r, below[prng_below(r, ARRAY_SIZE(below))]);
}

static void check_random(struct fixture *f)
{
	const size_t len = random_len(&f->prng), tail = prng_below(&f->prng, 2), aad_len = prng_below(&f->prng, 17);

	if (prng_below(&f->prng, 8) == 0) {
		prng_fill(&f->prng, f->key, sizeof(f->key));
		aead_free(f->aead);
		assert_int_equal(aead_new_by(&f->aead, NULL, f->leaf, f->cipher, f->key), 0);
	}
	prng_fill(&f->prng, f->nonce, sizeof(f->nonce));
	prng_fill(&f->prng, f->aad, sizeof(f->aad));
	prng_fill(&f->prng, f->in, len);
	expect(f, len, tail, aad_len);
	/* In the order of chance: one handle opens and seals. */
	if (prng_below(&f->prng, 2)) {
		assert_int_equal(open(f, f->expected, len + tail, aad_len, f->out), 0);
		assert_memory_equal(f->out, f->in, len);
	}
	assert_int_equal(seal(f, f->in, len, tail, aad_len, f->wire), 0);
	assert_memory_equal(f->wire, f->expected, len + tail + TAG);
	assert_true(ref_open(f->cipher, f->key, f->nonce, f->aad, aad_len, f->wire, len + tail, f->out));
	assert_memory_equal(f->out, f->in, len);
}

static void test_aead_random(void **state)
{
	struct fixture *f = make(state);

	for (int i = 0; i < RANDOM_CASES; i++)
		check_random(f);
	release(f);
}

/* Longer than any record: the block counter carries into its second and third byte. */
static void test_aead_block_counter_carries(void **state)
{
	const size_t len = 70000 * 16 + 5;
	struct fixture *f = make(state);
	uint8_t *in = malloc(len), *wire = malloc(len + TAG), *expected = malloc(len + TAG);

	assert_true(in && wire && expected);
	prng_fill(&f->prng, in, len);
	ref_seal(f->cipher, f->key, f->nonce, f->aad, 5, in, len, expected);
	assert_int_equal(seal(f, in, len, 0, 5, wire), 0);
	assert_memory_equal(wire, expected, len + TAG);
	assert_int_equal(open(f, wire, len, 5, wire), 0);
	assert_memory_equal(wire, in, len);
	free(in);
	free(wire);
	free(expected);
	release(f);
}

static const struct {
	const char *name;
	CMUnitTestFunction run;
} tests[] = {
	{ "test_aead_every_length", test_aead_every_length },
	{ "test_aead_nothing", test_aead_nothing },
	{ "test_aead_every_alignment", test_aead_every_alignment },
	{ "test_aead_flipped_bits", test_aead_flipped_bits },
	{ "test_aead_flipped_bit_in_place", test_aead_flipped_bit_in_place },
	{ "test_aead_rekey", test_aead_rekey },
	{ "test_aead_guard_pages", test_aead_guard_pages },
	{ "test_aead_random", test_aead_random },
	{ "test_aead_block_counter_carries", test_aead_block_counter_carries },
};

/* A case that this build, CPU or libcrypto cannot run. Its name says why. */
static void skip_case(void **state)
{
	(void)state;
	skip();
}

static const char *why_not(const struct leaf_case *c)
{
	const struct tls_cipher *cipher = tls_cipher_by_id(c->id);
	const struct aead_leaf *leaf = aead_leaf_by_name(c->leaf);

	if (!ref_has(cipher))
		return "libcrypto has no such cipher";
	return leaf ? aead_leaf_why_not(leaf, cipher, 0) : "not built";
}

/* Every test with every case. */
int main(void)
{
	static char names[ARRAY_SIZE(tests) * ARRAY_SIZE(cases)][160];
	static struct CMUnitTest all[ARRAY_SIZE(tests) * ARRAY_SIZE(cases)];
	size_t n = 0;

	/* The cases choose their leaves themselves. */
	unsetenv("KTLS_CPU_MASK");
	for (size_t c = 0; c < ARRAY_SIZE(cases); c++) {
		const char *why = why_not(&cases[c]);

		for (size_t t = 0; t < (why ? 1 : ARRAY_SIZE(tests)); t++, n++) {
			snprintf(names[n], sizeof(names[n]), "%s %s %s%s%s", why ? "test_aead" : tests[t].name, cases[c].id,
				 cases[c].leaf, why ? ": " : "", why ? why : "");
			all[n].name = names[n];
			all[n].test_func = why ? skip_case : tests[t].run;
			all[n].initial_state = (void *)(uintptr_t)&cases[c];
		}
	}
	return _cmocka_run_group_tests("aead", all, n, NULL, NULL);
}
