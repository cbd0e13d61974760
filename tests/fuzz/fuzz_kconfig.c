/* SPDX-License-Identifier: MIT */
/* A kernel configuration, as text and packed as /proc/config.gz is. */
#include <stdint.h>
#include <stdlib.h>

#include "system/kconfig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void look(const char *text, size_t len)
{
	static const char *const symbols[] = { "CONFIG_TLS", "CONFIG_TLS_DEVICE", "CONFIG_" };

	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++)
		if (kconfig_get(text, len, symbols[i]) > KCONFIG_YES)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t text_len;
	char *text;

	look((const char *)data, len);
	if (kconfig_gunzip(data, len, &text, &text_len))
		return 0;
	if (text[text_len] != '\0')
		abort();
	look(text, text_len);
	free(text);
	return 0;
}
