/* SPDX-License-Identifier: MIT */
/* The table of modes. */
#include <string.h>

#include "ktls-bench/mode.h"
#include "ktls-bench/sample.h"

const struct bench_mode *const bench_modes[] = { &bench_throughput, &bench_rr, &bench_handshake, &bench_rekey,
							  &bench_mode_connections, &bench_crypto, NULL };

const struct bench_mode *bench_mode_find(const char *name)
{
	for (size_t i = 0; bench_modes[i]; i++)
		if (strcmp(bench_modes[i]->name, name) == 0)
			return bench_modes[i];
	return NULL;
}

double bench_mode_rate(const struct bench_mode *mode, const struct sample *s)
{
	return s->seconds > 0 ? mode->work(s) * mode->rate_of_work / s->seconds : 0;
}

size_t bench_mode_extras(const struct bench_mode *mode)
{
	size_t n = 0;

	while (mode->extras && mode->extras[n].key)
		n++;
	return n;
}
