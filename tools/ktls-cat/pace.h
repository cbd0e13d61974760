/* SPDX-License-Identifier: MIT */
/* A bound on the bytes of a second. */
#ifndef KTLS_CAT_PACE_H
#define KTLS_CAT_PACE_H

#include <stddef.h>
#include <stdint.h>

/* A bucket that fills with time, and data empties. */
struct pace {
	uint64_t rate;		/* bytes a second; 0: no bound */
	int64_t last_ms;	/* when the bucket was filled last */
	double level;		/* bytes that may flow now */
};

/* @now as cli_now_ms() has it. */
void pace_start(struct pace *p, uint64_t rate, int64_t now);

/* How much of @len may flow now; 0: wait. */
size_t pace_allow(struct pace *p, size_t len, int64_t now);

/* So much did. */
void pace_took(struct pace *p, size_t len);

/* When more may flow than now: the time for pace_allow() to be asked again. */
int64_t pace_next(const struct pace *p, int64_t now);

#endif
