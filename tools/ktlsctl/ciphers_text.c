/* SPDX-License-Identifier: MIT */
/* ktlsctl ciphers for people: sizes, then who has the cipher, and below it the kernel's drivers, each once. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ciphers.h"
#include "out/notes.h"
#include "out/table.h"
#include "system/suites.h"

static const char *versions(bool tls12, bool tls13)
{
	static const char *const words[2][2] = { { "-", "1.3" }, { "1.2", "1.2 1.3" } };

	return words[tls12][tls13];
}

static void size_cell(struct out_table *t, int n)
{
	if (n < 0)
		out_table_cell(t, OUT_PLAIN, "-");
	else
		out_table_cell(t, OUT_PLAIN, "%d", n);
}

static int print_sizes(const struct ciphers *c, struct out *o)
{
	static const struct out_column columns[] = {
		{ "cipher", OUT_LEFT }, { "nr", OUT_RIGHT },	   { "key", OUT_RIGHT }, { "salt", OUT_RIGHT },
		{ "iv", OUT_RIGHT },	{ "wire 1.2", OUT_RIGHT }, { "1.3", OUT_RIGHT },
		{ "kernel AEAD", OUT_LEFT },
	};
	struct out_table *t;
	int ret = out_table_new(&t, columns, sizeof(columns) / sizeof(columns[0]));

	if (ret)
		return ret;
	for (size_t i = 0; i < c->n; i++) {
		const struct ktls_cipher_info *info = &c->rows[i].info;

		out_table_cell(t, OUT_PLAIN, "%s", info->name);
		size_cell(t, info->kernel_type);
		size_cell(t, (int)(info->key_bits / 8));
		size_cell(t, info->kernel_salt_len);
		size_cell(t, info->kernel_iv_len);
		size_cell(t, cipher_overhead(info, 0x0303));
		size_cell(t, cipher_overhead(info, 0x0304));
		out_table_cell(t, OUT_PLAIN, "%s", info->kernel_aead);
	}
	ret = out_table_print(t, o);
	out_table_free(t);
	return ret;
}

enum {
	NOTE_SIZE = 192,
};

/* The notes with room for their texts. */
struct drivers {
	struct out_notes notes;
	char text[CIPHERS_MAX + 1][NOTE_SIZE];
};

/* "fast(1)"; "-" for what the kernel does not list (yet). */
static void driver_cell(struct out_table *t, struct drivers *drivers, const struct cipher_row *row)
{
	static const struct {
		const char *word;
		enum out_tone tone;
	} speeds[] = { { "yes", OUT_PLAIN }, { "slow", OUT_WARN }, { "fast", OUT_GOOD } };
	const int i = row->speed + 1;
	char *text = drivers->text[drivers->notes.n];

	if (row->found != 1) {
		out_table_cell(t, OUT_PLAIN, row->found ? "?" : "-");
		return;
	}
	snprintf(text, NOTE_SIZE, "%s, priority %" PRId32 "%s", row->driver.driver, row->driver.priority,
		 row->driver.async ? ", asynchronous" : "");
	out_table_cell(t, speeds[i].tone, "%s(%u)", speeds[i].word, out_note(&drivers->notes, text));
}

static int print_sources(const struct ciphers *c, struct drivers *drivers, struct out *o)
{
	static const struct out_column columns[] = {
		{ "cipher", OUT_LEFT }, { "TLS", OUT_LEFT },	{ "kernel since", OUT_LEFT },
		{ "driver", OUT_LEFT }, { "libssl", OUT_LEFT }, { "engine", OUT_LEFT },
	};
	struct out_table *t;
	int ret = out_table_new(&t, columns, sizeof(columns) / sizeof(columns[0]));

	if (ret)
		return ret;
	for (size_t i = 0; i < c->n; i++) {
		const struct cipher_row *row = &c->rows[i];

		out_table_cell(t, OUT_PLAIN, "%s", row->info.name);
		out_table_cell(t, OUT_PLAIN, "%s", versions(row->info.tls12, row->info.tls13));
		out_table_cell(t, OUT_PLAIN, "%s", row->info.kernel_since);
		driver_cell(t, drivers, row);
		out_table_cell(t, OUT_PLAIN, "%s", versions(row->libssl12, row->libssl13));
		out_table_cell(t, OUT_PLAIN, "%s", row->info.engine_leaf);
	}
	ret = out_table_print(t, o);
	out_table_free(t);
	return ret;
}

int ciphers_print_text(const struct ciphers *c, struct out *o)
{
	struct drivers *drivers = calloc(1, sizeof(*drivers));
	int ret;

	if (!drivers)
		return -ENOMEM;
	out_text(o, OUT_PLAIN, "Linux %s, %s", c->release, suites_library());
	out_line(o);
	out_line(o);
	ret = print_sources(c, drivers, o);
	if (!ret && drivers->notes.n) {
		out_line(o);
		out_notes_print(&drivers->notes, o);
	}
	free(drivers);
	if (ret)
		return ret;
	out_line(o);
	return print_sizes(c, o);
}
