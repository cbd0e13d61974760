/* SPDX-License-Identifier: MIT */
/* Kept counters: whatever the file says, it is refused, or comes out the same when written and read again. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system/stat_state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct stat_state state, again;
	char *text = NULL;
	size_t size;
	FILE *f;

	if (stat_state_parse((const char *)data, len, &state))
		return 0;
	if (strlen(state.boot) >= sizeof(state.boot) || state.ms < 0)
		abort();
	f = open_memstream(&text, &size);
	if (!f)
		return 0;
	stat_state_print(&state, f);
	if (fclose(f) || stat_state_parse(text, size, &again))
		abort();
	if (strcmp(state.boot, again.boot) != 0 || state.ms != again.ms)
		abort();
	for (size_t i = 0; i < state.stat.n; i++) {
		const struct tls_counter *c = &state.stat.counters[i];
		int64_t change = -1;

		if (stat_state_change(&again.stat, c, &change) != (c->value >= 0) || (c->value >= 0 && change != 0))
			abort();
	}
	free(text);
	return 0;
}
