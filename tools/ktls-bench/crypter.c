/* SPDX-License-Identifier: MIT */
/* Who seals or opens records, with one key: a leaf of libktls, libcrypto by itself, or IPsec-MB by itself. */
#include <stdio.h>
#include <stdlib.h>

#include <openssl/err.h>

#include <ktls/probe.h>

#include "ktls-bench/crypter_kind.h"

const uint8_t crypter_key[32] = "0123456789abcdefghijklmnopqrstu";

static unsigned key_len_of(const char *cipher)
{
	struct ktls_cipher_info info;

	for (size_t i = 0; !ktls_cipher_at(i, &info); i++)
		if (strcmp(info.id, cipher) == 0)
			return info.key_bits / 8;
	return 0;
}

static int make(struct crypter *c, const struct crypter_who *who, enum work work, char why[CARRIER_WHY_MAX])
{
	if (who->set)
		return crypter_new_ipsec_mb(c, who, work, why);
	return who->leaf ? crypter_new_leaf(c, who->leaf, work, why) : crypter_new_evp(c, work, why);
}

int crypter_new(struct crypter **out, const struct crypter_who *who, const char *cipher, enum work work,
		char why[CARRIER_WHY_MAX])
{
	struct crypter *c = calloc(1, sizeof(*c));
	int ret;

	if (!c) {
		snprintf(why, CARRIER_WHY_MAX, "out of memory");
		return -ENOMEM;
	}
	c->cipher = cipher;
	c->key_len = key_len_of(cipher);
	ret = make(c, who, work, why);
	if (ret) {
		crypter_free(c);
		return ret;
	}
	*out = c;
	return 0;
}

void crypter_free(struct crypter *c)
{
	if (!c)
		return;
	ktls_aead_free(c->aead);
	ktls_record_free(c->record);
	ktls_record_pool_free(c->pool);
	EVP_CIPHER_CTX_free(c->evp);
	EVP_CIPHER_free(c->evp_cipher);
	free(c->key_data);
	free(c->context);
	free(c);
}

int crypter_run(struct crypter *c, const struct pass *p, size_t first, size_t n)
{
	const int ret = c->run(c, p, first, n);

	if (ret)
		ERR_clear_error();
	return ret;
}

const char *crypter_name(const struct crypter *c)
{
	return c->name;
}
