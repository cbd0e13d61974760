/* SPDX-License-Identifier: MIT */
/* Latencies, counted: a histogram whose buckets are 3 % wide, whatever their size. */
#include "ktls-bench/latency.h"

const struct latency_point latency_points[LATENCY_POINTS] = {
	{ "p50", "p50 us", 50 }, { "p90", "p90", 90 }, { "p99", "p99", 99 }, { "p999", "p99.9", 99.9 },
};

enum {
	SUB = 1 << LATENCY_SUB_BITS,
};

/* Below SUB each value has a bucket; above, each power of two has SUB of them. */
static unsigned bucket_of(uint64_t ns)
{
	unsigned power;

	if (ns < SUB)
		return (unsigned)ns;
	power = 63U - (unsigned)__builtin_clzll(ns);
	return (unsigned)((power - LATENCY_SUB_BITS + 1) << LATENCY_SUB_BITS) + (unsigned)((ns >> (power - LATENCY_SUB_BITS)) & (SUB - 1));
}

/* The longest that falls into the bucket. */
static uint64_t longest_of(unsigned bucket)
{
	const unsigned power = (bucket >> LATENCY_SUB_BITS) + LATENCY_SUB_BITS - 1, sub = bucket & (SUB - 1);

	if (bucket < SUB)
		return bucket;
	return ((uint64_t)(SUB + sub) << (power - LATENCY_SUB_BITS)) + ((1ULL << (power - LATENCY_SUB_BITS)) - 1);
}

void latency_add(struct latency *l, uint64_t ns)
{
	l->count[bucket_of(ns)]++;
	l->n++;
	if (ns > l->max_ns)
		l->max_ns = ns;
}

void latency_merge(struct latency *l, const struct latency *other)
{
	for (unsigned i = 0; i < LATENCY_BUCKETS; i++)
		l->count[i] += other->count[i];
	l->n += other->n;
	if (other->max_ns > l->max_ns)
		l->max_ns = other->max_ns;
}

bool latency_next(const struct latency *l, struct latency_step *step)
{
	while (step->bucket < LATENCY_BUCKETS && !l->count[step->bucket])
		step->bucket++;
	if (step->bucket == LATENCY_BUCKETS)
		return false;
	step->ns = longest_of(step->bucket) < l->max_ns ? longest_of(step->bucket) : l->max_ns;
	step->seen += l->count[step->bucket++];
	return true;
}

uint64_t latency_percentile(const struct latency *l, double percent)
{
	const double wanted = percent / 100 * (double)l->n;
	struct latency_step step = { 0 };

	while (latency_next(l, &step))
		if ((double)step.seen >= wanted)
			return step.ns;
	return l->max_ns;
}
