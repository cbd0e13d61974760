/* SPDX-License-Identifier: MIT */
/* Key-log lines: what is taken is, written down again, the very line that was read. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "handshake/secrets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static size_t write_hex(char *out, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		snprintf(out + 2 * i, 3, "%02x", p[i]);
	return 2 * len;
}

static void check_line(const char *line, const uint8_t *random, const struct keylog_secret *got)
{
	const char *label = got->is_server ? "SERVER_TRAFFIC_SECRET_0 " : "CLIENT_TRAFFIC_SECRET_0 ";
	size_t label_len = strlen(label), n = 0;
	char digits[2 * (KEYLOG_RANDOM_LEN + TLS_MAX_SECRET_LEN) + 2];

	if (got->secret.len != (got->secret.hash == TLS_HASH_SHA384 ? 48 : 32))
		abort();
	n += write_hex(digits, random, KEYLOG_RANDOM_LEN);
	digits[n++] = ' ';
	n += write_hex(digits + n, got->secret.data, got->secret.len);
	if (strlen(line) != label_len + n || strncmp(line, label, label_len) != 0 ||
	    strncasecmp(line + label_len, digits, n) != 0)
		abort();
}

/* The connection's client random is 00 01 02 … 1f, as in the corpus. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t random[KEYLOG_RANDOM_LEN];
	struct keylog_secret got, again;
	char *line = malloc(len + 1);

	if (!line)
		return 0;
	memcpy(line, data, len);
	line[len] = '\0';
	for (uint8_t i = 0; i < KEYLOG_RANDOM_LEN; i++)
		random[i] = i;
	if (keylog_parse(line, random, &got)) {
		check_line(line, random, &got);
		random[31] ^= 1;
		if (keylog_parse(line, random, &again))
			abort();
	}
	free(line);
	return 0;
}
