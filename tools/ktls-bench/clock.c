/* SPDX-License-Identifier: MIT */
/* The CPU's clock. */
#include <stdint.h>
#include <time.h>

#include "cli/wait.h"
#include "ktls-bench/clock.h"

#ifdef __x86_64__
#include <x86intrin.h>

double clock_tsc_hz(void)
{
	const struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };
	const double start = cli_now_seconds();
	const uint64_t ticks = __rdtsc();

	nanosleep(&pause, NULL);
	return (double)(__rdtsc() - ticks) / (cli_now_seconds() - start);
}
#else
double clock_tsc_hz(void)
{
	return 0;
}
#endif
