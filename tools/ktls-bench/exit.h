/* SPDX-License-Identifier: MIT */
/* Exit codes that only this program has, beside those of cli/exit.h. */
#ifndef KTLS_BENCH_EXIT_H
#define KTLS_BENCH_EXIT_H

enum bench_exit {
	BENCH_MISMATCH = 9,	/* data came out other than it was sent */
	BENCH_BELOW = 10,	/* slower than the baseline allows */
};

#endif
