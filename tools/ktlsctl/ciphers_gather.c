/* SPDX-License-Identifier: MIT */
/* ktlsctl ciphers: gathering. */
#include <stdlib.h>

#include "ciphers.h"
#include "system/suites.h"

enum {
	RECORD_HEADER = 5,
	INNER_TYPE = 1,		/* TLS 1.3: the content type, inside */
};

int cipher_overhead(const struct ktls_cipher_info *info, unsigned version)
{
	if (version == 0x0304)
		return info->tls13 ? RECORD_HEADER + INNER_TYPE + info->tag_len : -1;
	return info->tls12 ? RECORD_HEADER + info->explicit_len12 + info->tag_len : -1;
}

static void gather_drivers(const struct sysroot *root, struct ciphers *c)
{
	char *text;
	size_t len;
	int ret = crypto_read(root, &text, &len);

	for (size_t i = 0; i < c->n; i++) {
		struct cipher_row *row = &c->rows[i];

		row->found = ret ? ret : crypto_best(text, len, row->info.kernel_aead, &row->driver);
		row->speed = row->found == 1 ? crypto_speed_of(row->driver.driver) : CRYPTO_SPEED_UNKNOWN;
	}
	if (!ret)
		free(text);
}

int ciphers_gather(const struct sysroot *root, struct ciphers *c)
{
	int ret;

	*c = (struct ciphers){ 0 };
	ret = sysroot_release(root, c->release);
	while (!ret && c->n < CIPHERS_MAX && !ktls_cipher_at(c->n, &c->rows[c->n].info)) {
		struct cipher_row *row = &c->rows[c->n++];

		ret = suites_have(row->info.id, &row->libssl12, &row->libssl13);
	}
	if (!ret)
		gather_drivers(root, c);
	return ret;
}
