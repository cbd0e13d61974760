/* SPDX-License-Identifier: MIT */
/* /proc/crypto: drivers have names made by templates, nested as deep as somebody liked. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "system/crypto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const names[] = { "gcm(aes)", "ccm(aes)", "rfc7539(chacha20,poly1305)", "" };
	struct crypto_driver best;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!crypto_best((const char *)data, len, names[i], &best))
			continue;
		if (!best.driver[0] || strlen(best.driver) >= sizeof(best.driver) || strlen(best.module) >= sizeof(best.module))
			abort();
		if (crypto_speed_of(best.driver) > CRYPTO_ACCELERATED)
			abort();
	}
	return 0;
}
