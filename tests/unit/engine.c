/* SPDX-License-Identifier: MIT */
/* What the engine's tests share. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "unit/engine.h"

bool ref_has(const struct tls_cipher *cipher)
{
	EVP_CIPHER *c = EVP_CIPHER_fetch(NULL, cipher->evp, NULL);

	EVP_CIPHER_free(c);
	ERR_clear_error();
	return c;
}

static EVP_CIPHER_CTX *ref_start(const struct tls_cipher *cipher, const uint8_t *key, const uint8_t *nonce, int enc,
				 uint8_t *tag)
{
	EVP_CIPHER *c = EVP_CIPHER_fetch(NULL, cipher->evp, NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	assert_non_null(c);
	assert_non_null(ctx);
	assert_int_equal(EVP_CipherInit_ex(ctx, c, NULL, NULL, NULL, enc), 1);
	assert_int_equal(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, 12, NULL), 1);
	if (EVP_CIPHER_get_mode(c) == EVP_CIPH_CCM_MODE || tag)
		assert_int_equal(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, 16, tag), 1);
	assert_int_equal(EVP_CipherInit_ex(ctx, NULL, NULL, key, nonce, enc), 1);
	EVP_CIPHER_free(c);
	return ctx;
}

/* Whether libcrypto was content; a wrong tag shows at one place with CCM, at another otherwise. */
static bool ref_run(EVP_CIPHER_CTX *ctx, const uint8_t *aad, size_t aad_len, const uint8_t *in, size_t len,
		    uint8_t *out)
{
	const bool is_ccm = EVP_CIPHER_get_mode(EVP_CIPHER_CTX_get0_cipher(ctx)) == EVP_CIPH_CCM_MODE;
	uint8_t none[16];
	int n;

	if (is_ccm)
		assert_int_equal(EVP_CipherUpdate(ctx, NULL, &n, NULL, (int)len), 1);
	if (aad_len)
		assert_int_equal(EVP_CipherUpdate(ctx, NULL, &n, aad, (int)aad_len), 1);
	if (is_ccm || len)
		if (EVP_CipherUpdate(ctx, len ? out : none, &n, in ? in : none, (int)len) != 1)
			return false;
	return is_ccm || EVP_CipherFinal_ex(ctx, none, &n) == 1;
}

void ref_seal(const struct tls_cipher *cipher, const uint8_t *key, const uint8_t *nonce,
	      const uint8_t *aad, size_t aad_len, const uint8_t *in, size_t len, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = ref_start(cipher, key, nonce, 1, NULL);

	assert_true(ref_run(ctx, aad, aad_len, in, len, out));
	assert_int_equal(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16, out + len), 1);
	EVP_CIPHER_CTX_free(ctx);
}

bool ref_open(const struct tls_cipher *cipher, const uint8_t *key, const uint8_t *nonce,
	      const uint8_t *aad, size_t aad_len, const uint8_t *in, size_t len, uint8_t *out)
{
	uint8_t tag[16];
	EVP_CIPHER_CTX *ctx;
	bool ok;

	memcpy(tag, in + len, sizeof(tag));
	ctx = ref_start(cipher, key, nonce, 0, tag);
	ok = ref_run(ctx, aad, aad_len, in, len, out);
	EVP_CIPHER_CTX_free(ctx);
	ERR_clear_error();
	return ok;
}

uint64_t prng_next(struct prng *r)
{
	uint64_t x = r->state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

size_t prng_below(struct prng *r, size_t below)
{
	return (size_t)(prng_next(r) % below);
}

void prng_fill(struct prng *r, void *buf, size_t len)
{
	uint8_t *p = buf;

	for (size_t i = 0; i < len; i += 8) {
		const uint64_t v = prng_next(r);

		memcpy(p + i, &v, len - i < 8 ? len - i : 8);
	}
}

void guarded_make(struct guarded *g, size_t len)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *map;

	g->len = (len + page - 1) / page * page;
	map = mmap(NULL, g->len + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(map != MAP_FAILED);
	g->mem = map + page;
	assert_int_equal(mprotect(g->mem, g->len, PROT_READ | PROT_WRITE), 0);
}

void guarded_free(struct guarded *g)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);

	munmap(g->mem - page, g->len + 2 * page);
}

bool all_zero(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i])
			return false;
	return true;
}
