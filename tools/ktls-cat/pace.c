/* SPDX-License-Identifier: MIT */
/* A bound on the bytes of a second. */
#include "ktls-cat/pace.h"

enum {
	/* What the bucket holds, in time: a pause is made up for by no larger burst. */
	BURST_MS = 50,
	/* Waking up for every byte of a slow rate would cost more than it moves. */
	STEP_MS = 10,
	MS = 1000,
};

static double per_ms(const struct pace *p)
{
	return (double)p->rate / MS;
}

static double room(const struct pace *p)
{
	const double bytes = per_ms(p) * BURST_MS;

	return bytes < 1 ? 1 : bytes;
}

void pace_start(struct pace *p, uint64_t rate, int64_t now)
{
	*p = (struct pace){ .rate = rate, .last_ms = now };
	if (rate)
		p->level = per_ms(p) * STEP_MS;
}

size_t pace_allow(struct pace *p, size_t len, int64_t now)
{
	if (!p->rate)
		return len;
	p->level += per_ms(p) * (double)(now - p->last_ms);
	if (p->level > room(p))
		p->level = room(p);
	p->last_ms = now;
	if (p->level < 1)
		return 0;
	return p->level < (double)len ? (size_t)p->level : len;
}

void pace_took(struct pace *p, size_t len)
{
	if (p->rate)
		p->level -= (double)len;
}

int64_t pace_next(const struct pace *p, int64_t now)
{
	const double lacking = 1 - p->level;
	const int64_t ms = lacking > 0 ? (int64_t)(lacking / per_ms(p)) + 1 : 0;

	return now + (ms < STEP_MS ? STEP_MS : ms);
}
