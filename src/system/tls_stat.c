/* SPDX-License-Identifier: MIT */
/* The kernel's TLS counters: /proc/net/tls_stat. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "system/lines.h"
#include "system/tls_stat.h"

/* The kernel's documentation calls one of them TlsDeviceRxResync; the file has said TlsRxDeviceResync all along. */
static const struct tls_counter_info known[] = {
	{ "TlsCurrTxSw", TLS_COUNTER_OPEN, "sockets sending now, in software", "5.5" },
	{ "TlsCurrRxSw", TLS_COUNTER_OPEN, "sockets receiving now, in software", "5.5" },
	{ "TlsCurrTxDevice", TLS_COUNTER_OPEN, "sockets sending now, by a network card", "5.5" },
	{ "TlsCurrRxDevice", TLS_COUNTER_OPEN, "sockets receiving now, by a network card", "5.5" },
	{ "TlsTxSw", TLS_COUNTER_EVENT, "sessions ever for sending, in software", "5.5" },
	{ "TlsRxSw", TLS_COUNTER_EVENT, "sessions ever for receiving, in software", "5.5" },
	{ "TlsTxDevice", TLS_COUNTER_EVENT, "sessions ever for sending, by a network card", "5.5" },
	{ "TlsRxDevice", TLS_COUNTER_EVENT, "sessions ever for receiving, by a network card", "5.5" },
	{ "TlsDecryptError", TLS_COUNTER_ERROR, "records that failed authentication", "5.5" },
	{ "TlsRxDeviceResync", TLS_COUNTER_EVENT, "resynchronisations sent to network cards", "5.5" },
	{ "TlsDecryptRetry", TLS_COUNTER_EVENT, "records decrypted twice: not plain data", "6.0" },
	{ "TlsRxNoPadViolation", TLS_COUNTER_EVENT, "padded data from a peer trusted not to pad", "6.0" },
	{ "TlsRxRekeyOk", TLS_COUNTER_EVENT, "keys replaced for receiving", "6.14" },
	{ "TlsRxRekeyError", TLS_COUNTER_ERROR, "keys not replaced for receiving", "6.14" },
	{ "TlsTxRekeyOk", TLS_COUNTER_EVENT, "keys replaced for sending", "6.14" },
	{ "TlsTxRekeyError", TLS_COUNTER_ERROR, "keys not replaced for sending", "6.14" },
	{ "TlsRxRekeyReceived", TLS_COUNTER_EVENT, "KeyUpdate messages received", "6.14" },
};

enum {
	FILE_MAX = 64 * 1024,
};

static const struct tls_counter_info *info_of(const char *name)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].name, name) == 0)
			return &known[i];
	return NULL;
}

/*
 * The kernel adds up one number for each CPU while they change, so that a sum of sockets can be caught below zero, which it
 * then prints as one close to 2^64. That is not a number to show, nor is one that does not fit.
 */
static int64_t value_of(struct line word)
{
	int64_t value = 0;

	if (!word.len)
		return -1;
	for (size_t i = 0; i < word.len; i++)
		if (word.s[i] < '0' || word.s[i] > '9' || __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, word.s[i] - '0', &value))
			return -1;
	return value;
}

static bool is_name(struct line word)
{
	for (size_t i = 0; i < word.len; i++) {
		char c = word.s[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (i > 0 && ((c >= '0' && c <= '9') || c == '_'))))
			return false;
	}
	return word.len > 0;
}

static const struct tls_counter *find(const struct tls_stat *stat, const char *name)
{
	for (size_t i = 0; i < stat->n; i++)
		if (strcmp(stat->counters[i].name, name) == 0)
			return &stat->counters[i];
	return NULL;
}

void tls_stat_parse(const char *text, size_t len, struct tls_stat *stat)
{
	struct lines lines = lines_of(text, len);
	struct line line;

	stat->n = 0;
	while (stat->n < TLS_STAT_MAX && lines_next(&lines, &line)) {
		struct tls_counter *c = &stat->counters[stat->n];
		struct line name = line_word(&line), value = line_word(&line);

		if (!is_name(name) || !line_copy(name, c->name, sizeof(c->name)) || find(stat, c->name))
			continue;
		c->value = value_of(value);
		c->info = info_of(c->name);
		stat->n++;
	}
}

int tls_stat_read(const struct sysroot *root, struct tls_stat *stat)
{
	char *text;
	size_t len;
	int ret = sysroot_read(root, "/proc/net/tls_stat", FILE_MAX, &text, &len);

	if (ret)
		return ret;
	tls_stat_parse(text, len, stat);
	free(text);
	return 0;
}

int64_t tls_stat_get(const struct tls_stat *stat, const char *name)
{
	const struct tls_counter *c = find(stat, name);

	return c ? c->value : -1;
}

enum tls_counter_kind tls_counter_kind(const struct tls_counter *c)
{
	if (c->info)
		return c->info->kind;
	return strncmp(c->name, "TlsCurr", 7) == 0 ? TLS_COUNTER_OPEN : TLS_COUNTER_EVENT;
}

static int64_t sum(const struct tls_stat *stat, const char *software, const char *device)
{
	int64_t a = tls_stat_get(stat, software), b = tls_stat_get(stat, device), both;

	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return __builtin_add_overflow(a, b, &both) ? -1 : both;
}

int64_t tls_stat_errors(const struct tls_stat *stat)
{
	int64_t all = 0;

	for (size_t i = 0; i < stat->n; i++) {
		const struct tls_counter *c = &stat->counters[i];

		if (c->info && c->info->kind == TLS_COUNTER_ERROR && (c->value < 0 || __builtin_add_overflow(all, c->value, &all)))
			return -1;
	}
	return all;
}

int64_t tls_stat_sending(const struct tls_stat *stat)
{
	return sum(stat, "TlsCurrTxSw", "TlsCurrTxDevice");
}

int64_t tls_stat_receiving(const struct tls_stat *stat)
{
	return sum(stat, "TlsCurrRxSw", "TlsCurrRxDevice");
}
