/* SPDX-License-Identifier: MIT */
/* Published vectors: NIST's for AES-GCM with each leaf, RFC 8439's for ChaCha20-Poly1305. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "aead/leaf.h"
#include "base/attr.h"
#include "tls/protocol.h"
#include "unit/engine.h"

enum {
	FIELD_MAX = 64,			/* the longest text is 408 bits */
	VECTORS = 150,			/* what filter-cavp kept of each file */
};

struct field {
	uint8_t data[FIELD_MAX];
	size_t len;
};

/* One vector; the fields in the files' own names. */
enum { KEY, IV, PT, AAD, CT, TAG, FIELDS };
static const char *const field_names[FIELDS] = { "Key", "IV", "PT", "AAD", "CT", "Tag" };

struct vector {
	struct field f[FIELDS];
	bool fail;
};

static const struct suite {
	const char *file;
	const char *id;
	bool is_open;
} suites[] = {
	{ "gcmEncryptExtIV128.rsp", "aes-128-gcm", false },
	{ "gcmEncryptExtIV256.rsp", "aes-256-gcm", false },
	{ "gcmDecrypt128.rsp", "aes-128-gcm", true },
	{ "gcmDecrypt256.rsp", "aes-256-gcm", true },
};

/* A file with a leaf. */
struct run {
	const struct suite *suite;
	const struct aead_leaf *leaf;
	char name[80];
};

static void parse_hex(struct field *f, const char *hex)
{
	unsigned byte;
	int used;

	f->len = 0;
	while (sscanf(hex, "%2x%n", &byte, &used) == 1) {
		assert_int_equal(used, 2);
		assert_true(f->len < FIELD_MAX);
		f->data[f->len++] = (uint8_t)byte;
		hex += 2;
	}
}

static void parse_line(struct vector *v, const char *line)
{
	char name[8], hex[2 * FIELD_MAX + 2] = "";

	if (strncmp(line, "FAIL", 4) == 0)
		v->fail = true;
	if (sscanf(line, "%7s = %129[0-9a-f]", name, hex) < 1)
		return;
	for (size_t i = 0; i < FIELDS; i++)
		if (strcmp(name, field_names[i]) == 0)
			parse_hex(&v->f[i], hex);
}

static void run_vector(const struct run *run, const struct vector *v)
{
	const struct suite *s = run->suite;
	const struct tls_cipher *cipher = tls_cipher_by_id(s->id);
	const size_t len = v->f[s->is_open ? CT : PT].len;
	uint8_t in[FIELD_MAX + TLS_TAG_LEN], out[FIELD_MAX + TLS_TAG_LEN];
	const struct aead_job job = {
		.nonce = v->f[IV].data, .aad = v->f[AAD].data, .aad_len = v->f[AAD].len,
		.in = in, .len = len, .out = out,
	};
	struct aead *a;

	assert_int_equal(v->f[KEY].len, cipher->key_len);
	assert_int_equal(v->f[IV].len, TLS_NONCE_LEN);
	assert_int_equal(v->f[TAG].len, TLS_TAG_LEN);
	assert_int_equal(aead_new_by(&a, NULL, run->leaf, cipher, v->f[KEY].data), 0);
	memcpy(in, v->f[s->is_open ? CT : PT].data, len);
	memcpy(in + len, v->f[TAG].data, TLS_TAG_LEN);
	if (!s->is_open) {
		assert_int_equal(aead_seal(a, &job), 0);
		assert_memory_equal(out, v->f[CT].data, len);
		assert_memory_equal(out + len, v->f[TAG].data, TLS_TAG_LEN);
	} else {
		assert_int_equal(aead_open(a, &job), v->fail ? -EBADMSG : 0);
		if (v->fail)
			assert_true(all_zero(out, len));
		else
			assert_memory_equal(out, v->f[PT].data, len);
	}
	aead_free(a);
}

static void test_aead_cavp(void **state)
{
	const struct run *run = *state;
	const struct suite *s = run->suite;
	struct vector v = { 0 };
	unsigned n = 0, failing = 0;
	char path[512], line[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", VECTORS_DIR, s->file);
	f = fopen(path, "r");
	assert_non_null(f);
	/* A vector ends where the next begins, or with the file. */
	while (fgets(line, sizeof(line), f)) {
		if (strncmp(line, "Count", 5) == 0) {
			if (n++)
				run_vector(run, &v);
			failing += v.fail;
			memset(&v, 0, sizeof(v));
		}
		parse_line(&v, line);
	}
	run_vector(run, &v);
	failing += v.fail;
	fclose(f);
	assert_int_equal(n, VECTORS);
	/* Both kinds are there, or half of the test would be none. */
	assert_true(s->is_open ? failing > 50 && failing < 100 : failing == 0);
}

/* RFC 8439 section 2.8.2. */
static void test_aead_chacha20_poly1305(void **state)
{
	static const char text[] =
		"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
		"sunscreen would be it.";
	static const uint8_t nonce[] = { 7, 0, 0, 0, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47 };
	static const uint8_t aad[] = { 0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7 };
	static const uint8_t begins[] = { 0xd3, 0x1a, 0x8d, 0x34, 0x64, 0x8e, 0x60, 0xdb };
	static const uint8_t tag[] = {
		0x1a, 0xe1, 0x0b, 0x59, 0x4f, 0x09, 0xe2, 0x6a, 0x7e, 0x90, 0x2e, 0xcb, 0xd0, 0x60, 0x06, 0x91,
	};
	uint8_t key[32], out[sizeof(text) + TLS_TAG_LEN];
	const size_t len = sizeof(text) - 1;
	struct aead_job job = {
		.nonce = nonce, .aad = aad, .aad_len = sizeof(aad), .in = (const uint8_t *)text, .len = len, .out = out,
	};
	struct aead *a;

	(void)state;
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(0x80 + i);
	assert_int_equal(aead_new(&a, tls_cipher_by_id("chacha20-poly1305"), key, 0), 0);
	assert_int_equal(aead_seal(a, &job), 0);
	assert_memory_equal(out, begins, sizeof(begins));
	assert_memory_equal(out + len, tag, sizeof(tag));
	job.in = out;
	assert_int_equal(aead_open(a, &job), 0);
	assert_memory_equal(out, text, len);
	aead_free(a);
}

/* Each leaf of this build with each file; one that cannot run here is skipped and says why. */
static void skip_leaf(void **state)
{
	(void)state;
	skip();
}

static void set_test(struct CMUnitTest *test, struct run *run, const struct suite *suite, const struct aead_leaf *leaf)
{
	const char *why_not = aead_leaf_why_not(leaf, tls_cipher_by_id(suite->id), 0);

	run->suite = suite;
	run->leaf = leaf;
	snprintf(run->name, sizeof(run->name), "test_aead_cavp %s %s%s%s", suite->file, leaf->name, why_not ? ": " : "",
		 why_not ? why_not : "");
	test->name = run->name;
	test->test_func = why_not ? skip_leaf : test_aead_cavp;
	test->initial_state = run;
}

enum {
	LEAVES_MAX = 8,
	RUNS_MAX = LEAVES_MAX * ARRAY_SIZE(suites),
};

int main(void)
{
	static struct run runs[RUNS_MAX];
	static struct CMUnitTest all[RUNS_MAX + 1];
	const struct aead_leaf *leaf;
	size_t n = 0;

	unsetenv("KTLS_CPU_MASK");
	for (size_t l = 0; (leaf = aead_leaf_at(l)) && l < LEAVES_MAX; l++)
		for (size_t i = 0; i < ARRAY_SIZE(suites); i++, n++)
			set_test(&all[n], &runs[n], &suites[i], leaf);
	all[n++] = (struct CMUnitTest)cmocka_unit_test(test_aead_chacha20_poly1305);
	return _cmocka_run_group_tests("aead_vectors", all, n, NULL, NULL);
}
