/* SPDX-License-Identifier: MIT */
/* /proc/net/tls_stat: whatever it says, what comes out can be shown. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "system/tls_stat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct tls_stat stat;

	tls_stat_parse((const char *)data, len, &stat);
	for (size_t i = 0; i < stat.n; i++) {
		const struct tls_counter *c = &stat.counters[i];

		if (!c->name[0] || strlen(c->name) >= sizeof(c->name) || c->value < -1)
			abort();
		if (tls_stat_get(&stat, c->name) != c->value)
			abort();
		if (c->info && strcmp(c->info->name, c->name) != 0)
			abort();
	}
	if (tls_stat_sending(&stat) < -1 || tls_stat_receiving(&stat) < -1)
		abort();
	return 0;
}
