/* SPDX-License-Identifier: MIT */
/* ktlsctl ciphers for programs; ktlsctl(8) documents the schema. */
#include "ciphers.h"
#include "out/json.h"
#include "system/suites.h"

static json_t *driver(const struct cipher_row *row)
{
	const struct crypto_driver *d = &row->driver;

	if (row->found != 1)
		return json_null();
	return json_pack("{s:o, s:i, s:o, s:b}", "driver", out_json_text(d->driver), "priority", (int)d->priority,
			 "accelerated", out_json_answer(row->speed), "async", (int)d->async);
}

static json_t *wire(const struct ktls_cipher_info *info)
{
	return json_pack("{s:o, s:o}", "tls12", out_json_count(cipher_overhead(info, 0x0303)), "tls13",
			 out_json_count(cipher_overhead(info, 0x0304)));
}

static json_t *cipher(const struct cipher_row *row)
{
	const struct ktls_cipher_info *info = &row->info;

	return json_pack("{s:s, s:s, s:i, s:s, s:s, s:o, s:i, s:i, s:i, s:i, s:b, s:b, s:o, s:o, s:{s:b, s:b}, s:s}", "name",
			 info->name, "id", info->id, "kernel_type", (int)info->kernel_type, "kernel_aead", info->kernel_aead,
			 "kernel_since", info->kernel_since, "suite13",
			 info->suite13 ? json_integer(info->suite13) : json_null(), "key_bits", (int)info->key_bits,
			 "salt_bytes", (int)info->kernel_salt_len, "iv_bytes", (int)info->kernel_iv_len, "tag_bytes",
			 (int)info->tag_len, "tls12", (int)info->tls12, "tls13", (int)info->tls13, "overhead", wire(info),
			 "kernel_driver", driver(row), "libssl", "tls12", (int)row->libssl12, "tls13", (int)row->libssl13,
			 "engine", info->engine_leaf);
}

int ciphers_print_json(const struct ciphers *c, struct out *o)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->n; i++)
		out_json_append(&list, cipher(&c->rows[i]));
	return out_json(o, json_pack("{s:i, s:s, s:o, s:o, s:o}", "schema", 1, "command", "ciphers", "release",
				     out_json_text(c->release), "libssl_version", out_json_text(suites_library()), "ciphers",
				     list));
}
