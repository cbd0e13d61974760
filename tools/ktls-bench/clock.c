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

uint64_t clock_ticks(void)
{
	uint64_t ticks;

	_mm_lfence();
	ticks = __rdtsc();
	_mm_lfence();
	return ticks;
}
#else
double clock_tsc_hz(void)
{
	return 0;
}

uint64_t clock_ticks(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}
#endif
