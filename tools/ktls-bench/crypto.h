/* SPDX-License-Identifier: MIT */
/* The AEAD alone: what its two halves share. */
#ifndef KTLS_BENCH_CRYPTO_H
#define KTLS_BENCH_CRYPTO_H

#include "ktls-bench/mode.h"

/* Of a sample's own numbers. */
enum {
	CRYPTO_BYTES_PER_CYCLE,		/* cycles of the core; negative, as all of these: not known */
	CRYPTO_CYCLES,			/* for a record */
	CRYPTO_QUIET,			/* quiet blocks, as a part of all */
	CRYPTO_AS_FOUND,		/* bytes a second, the median of all blocks */
};

/* As bench_mode.take_together(): all of @seats have records of the same size. */
int crypto_take(const struct trial *t, struct bench_seat *seats, size_t n, struct cli_failure *f);

#endif
