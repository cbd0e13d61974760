/* SPDX-License-Identifier: MIT */
/* Published vectors: NIST's for AES-GCM with each leaf, RFC 8439's for ChaCha20-Poly1305. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "aead/aead.h"
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
	unsigned mask;
} suites[] = {
	{ "gcmEncryptExtIV128.rsp", "aes-128-gcm", false, 0 },
	{ "gcmEncryptExtIV256.rsp", "aes-256-gcm", false, 0 },
	{ "gcmDecrypt128.rsp", "aes-128-gcm", true, 0 },
	{ "gcmDecrypt256.rsp", "aes-256-gcm", true, 0 },
	{ "gcmEncryptExtIV128.rsp", "aes-128-gcm", false, AEAD_NO_AESNI },
	{ "gcmEncryptExtIV256.rsp", "aes-256-gcm", false, AEAD_NO_AESNI },
	{ "gcmDecrypt128.rsp", "aes-128-gcm", true, AEAD_NO_AESNI },
	{ "gcmDecrypt256.rsp", "aes-256-gcm", true, AEAD_NO_AESNI },
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

static void run_vector(const struct suite *s, const struct vector *v)
{
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
	assert_int_equal(aead_new(&a, cipher, v->f[KEY].data, s->mask), 0);
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
	const struct suite *s = *state;
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
				run_vector(s, &v);
			failing += v.fail;
			memset(&v, 0, sizeof(v));
		}
		parse_line(&v, line);
	}
	run_vector(s, &v);
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

int main(void)
{
	static char names[ARRAY_SIZE(suites)][80];
	struct CMUnitTest all[ARRAY_SIZE(suites) + 1] = { cmocka_unit_test(test_aead_chacha20_poly1305) };

	unsetenv("KTLS_CPU_MASK");
	for (size_t i = 0; i < ARRAY_SIZE(suites); i++) {
		snprintf(names[i], sizeof(names[i]), "test_aead_cavp %s %s", suites[i].file,
			 aead_leaf_for(tls_cipher_by_id(suites[i].id), suites[i].mask));
		all[i + 1].name = names[i];
		all[i + 1].test_func = test_aead_cavp;
		all[i + 1].initial_state = (void *)(uintptr_t)&suites[i];
	}
	return cmocka_run_group_tests_name("aead_vectors", all, NULL, NULL);
}
