/* SPDX-License-Identifier: MIT */
/* Record protection: RFC 8446 section 5.2, RFC 5246 section 6.2.3.3, RFC 5288, RFC 6655, RFC 7905. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/bytes.h"
#include "unit/plain_record.h"

enum {
	WAIT_MS = 5000,
};

static bool has_explicit(const struct tls_keys *k)
{
	return k->version == TLS_1_2 && k->cipher->explicit_len_12;
}

static void make_nonce(const struct tls_keys *k, const uint8_t *explicit_nonce, uint8_t nonce[TLS_NONCE_LEN])
{
	memcpy(nonce, k->iv, TLS_NONCE_LEN);
	if (has_explicit(k)) {
		memcpy(nonce + 4, explicit_nonce, TLS_EXPLICIT_NONCE_LEN);
		return;
	}
	for (int i = 0; i < 8; i++)
		nonce[4 + i] ^= (uint8_t)(k->seq >> (56 - 8 * i));
}

static size_t make_aad(const struct tls_keys *k, const uint8_t *header, size_t plain_len, uint8_t aad[13])
{
	if (k->version == TLS_1_3) {
		memcpy(aad, header, TLS_HEADER_LEN);
		return TLS_HEADER_LEN;
	}
	store_be64(aad, k->seq);
	memcpy(aad + 8, header, 3);
	store_be16(aad + 11, (uint16_t)plain_len);
	return 13;
}

/* @out gets @len bytes; the tag is behind them when sealing, and behind @in when opening. */
static bool crypt(const struct tls_keys *k, bool seal, const uint8_t *nonce, const uint8_t *aad, size_t aad_len,
		  const uint8_t *in, size_t len, uint8_t *out)
{
	EVP_CIPHER *evp = EVP_CIPHER_fetch(NULL, k->cipher->evp, NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	bool ccm = strstr(k->cipher->evp, "CCM") != NULL;
	uint8_t last[16];
	int n, ok;

	assert_non_null(evp);
	assert_int_equal(EVP_CipherInit_ex2(ctx, evp, NULL, NULL, seal, NULL), 1);
	assert_int_equal(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, TLS_NONCE_LEN, NULL), 1);
	if (!seal)
		assert_int_equal(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TLS_TAG_LEN, (void *)(in + len)), 1);
	else if (ccm)
		assert_int_equal(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TLS_TAG_LEN, NULL), 1);
	assert_int_equal(EVP_CipherInit_ex2(ctx, NULL, k->key, nonce, seal, NULL), 1);
	if (ccm)
		assert_int_equal(EVP_CipherUpdate(ctx, NULL, &n, NULL, (int)len), 1);
	assert_int_equal(EVP_CipherUpdate(ctx, NULL, &n, aad, (int)aad_len), 1);
	ok = EVP_CipherUpdate(ctx, out, &n, in, (int)len);
	/* CCM verifies in the update, the others at the end. */
	if (ok == 1 && !ccm)
		ok = EVP_CipherFinal_ex(ctx, last, &n);
	if (ok == 1 && seal)
		assert_int_equal(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TLS_TAG_LEN, out + len), 1);
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(evp);
	ERR_clear_error();
	return ok == 1;
}

size_t plain_record_seal(struct tls_keys *k, uint8_t type, const void *data, size_t len, uint8_t *wire)
{
	uint8_t inner[TLS_MAX_PLAINTEXT + 1], nonce[TLS_NONCE_LEN], aad[13];
	size_t inner_len = len, prefix = has_explicit(k) ? TLS_EXPLICIT_NONCE_LEN : 0, aad_len;

	assert_true(len <= TLS_MAX_PLAINTEXT);
	memcpy(inner, data, len);
	if (k->version == TLS_1_3)
		inner[inner_len++] = type;
	wire[0] = k->version == TLS_1_3 ? TLS_CT_DATA : type;
	store_be16(wire + 1, 0x0303);
	store_be16(wire + 3, (uint16_t)(prefix + inner_len + TLS_TAG_LEN));
	memcpy(wire + TLS_HEADER_LEN, k->explicit_nonce, prefix);
	make_nonce(k, k->explicit_nonce, nonce);
	aad_len = make_aad(k, wire, len, aad);
	assert_true(crypt(k, true, nonce, aad, aad_len, inner, inner_len, wire + TLS_HEADER_LEN + prefix));
	k->seq++;
	store_be64(k->explicit_nonce, load_be64(k->explicit_nonce) + 1);
	return TLS_HEADER_LEN + prefix + inner_len + TLS_TAG_LEN;
}

int plain_record_open(struct tls_keys *k, const uint8_t *wire, size_t wire_len, uint8_t *type, uint8_t *data)
{
	size_t prefix = has_explicit(k) ? TLS_EXPLICIT_NONCE_LEN : 0, len, aad_len;
	uint8_t nonce[TLS_NONCE_LEN], aad[13];

	if (wire_len < TLS_HEADER_LEN + prefix + TLS_TAG_LEN)
		return -1;
	len = wire_len - TLS_HEADER_LEN - prefix - TLS_TAG_LEN;
	make_nonce(k, wire + TLS_HEADER_LEN, nonce);
	aad_len = make_aad(k, wire, len, aad);
	if (!crypt(k, false, nonce, aad, aad_len, wire + TLS_HEADER_LEN + prefix, len, data))
		return -1;
	k->seq++;
	*type = wire[0];
	if (k->version == TLS_1_2)
		return (int)len;
	while (len && !data[len - 1])
		len--;
	if (!len)
		return -1;
	*type = data[len - 1];
	return (int)len - 1;
}

static void wait_for(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	assert_int_equal(poll(&p, 1, WAIT_MS), 1);
}

void plain_record_send(int fd, struct tls_keys *keys, uint8_t type, const void *data, size_t len)
{
	static uint8_t wire[PLAIN_RECORD_MAX];
	size_t wire_len = plain_record_seal(keys, type, data, len, wire);

	for (size_t done = 0; done < wire_len;) {
		ssize_t n = send(fd, wire + done, wire_len - done, MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN) {
			wait_for(fd, POLLOUT);
			continue;
		}
		assert_true(n > 0);
		done += (size_t)n;
	}
}

static void recv_all(int fd, uint8_t *p, size_t len)
{
	while (len) {
		ssize_t n = recv(fd, p, len, 0);

		if (n < 0 && errno == EAGAIN) {
			wait_for(fd, POLLIN);
			continue;
		}
		assert_true(n > 0);
		p += n;
		len -= (size_t)n;
	}
}

int plain_record_recv(int fd, struct tls_keys *keys, uint8_t *type, uint8_t *data)
{
	static uint8_t wire[TLS_HEADER_LEN + UINT16_MAX];
	size_t len;

	recv_all(fd, wire, TLS_HEADER_LEN);
	len = load_be16(wire + 3);
	recv_all(fd, wire + TLS_HEADER_LEN, len);
	return plain_record_open(keys, wire, TLS_HEADER_LEN + len, type, data);
}
