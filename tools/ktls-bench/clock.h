/* SPDX-License-Identifier: MIT */
/* The CPU's clock. */
#ifndef KTLS_BENCH_CLOCK_H
#define KTLS_BENCH_CLOCK_H

#include <stdint.h>

/* Ticks per second of the time stamp counter, measured against the system's clock in 20 ms; 0 where there is none. */
double clock_tsc_hz(void);

/* The present, by the time stamp counter, or in nanoseconds where there is none; what comes before is done, what follows has not begun. */
uint64_t clock_ticks(void);

#endif
