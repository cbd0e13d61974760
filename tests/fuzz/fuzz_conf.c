/* SPDX-License-Identifier: MIT */
/* ktls.conf: whatever it says, a setting that is kept is a sound one, and a mistake has a line that the file has. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "system/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_line(void *arg, const char *file, unsigned line, const char *text)
{
	const unsigned *lines = arg;

	if (!file[0] || !text[0] || !line || line > *lines)
		abort();
}

static void check_setting(const struct conf_setting *s, unsigned lines)
{
	char value[CONF_VALUE_MAX];

	if (strnlen(s->value, sizeof(s->value)) == sizeof(s->value) || strnlen(s->device, sizeof(s->device)) == sizeof(s->device))
		abort();
	if (!s->line || s->line > lines || (s->section == CONF_NIC) != (s->device[0] != '\0'))
		abort();
	/* What is kept can be written and read again. */
	if (s->section == CONF_SYSCTL && (conf_sysctl_value(s->key, s->value, value) || strcmp(value, s->value) != 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct conf conf = { 0 };
	unsigned lines = 1;

	for (size_t i = 0; i < len; i++)
		lines += data[i] == '\n';
	if (conf_parse(&conf, "one", (const char *)data, len, check_line, &lines) < 0 ||
	    conf_parse(&conf, "two", (const char *)data, len, check_line, &lines) < 0)
		abort();
	for (size_t i = 0; i < conf.n; i++)
		check_setting(&conf.list[i], lines);
	conf_free(&conf);
	return 0;
}
