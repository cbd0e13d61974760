/* SPDX-License-Identifier: MIT */
/* One measurement: a sender and a receiver, each a process of its own, over fresh connections. */
#ifndef KTLS_BENCH_SAMPLE_H
#define KTLS_BENCH_SAMPLE_H

#include "cli/failure.h"
#include "ktls-bench/carrier.h"
#include "ktls-bench/latency.h"
#include "ktls-bench/options.h"
#include "ktls-bench/pattern.h"

/* What one process used within the time that counts. Seconds. */
struct usage {
	double user, system;
};

struct sample {
	uint64_t bytes;			/* received within that time */
	double seconds;
	uint64_t ops;			/* pieces of work finished within it, by the sender */
	struct usage sender, receiver;
	double softirq;			/* of the whole machine, seconds; -1: not known */
	struct carrier_facts facts;	/* of the sender's tx and the receiver's rx */
	char congestion[16];
	int64_t kernel_tx, kernel_rx;	/* kernel TLS sessions that were opened meanwhile, by /proc/net/tls_stat; -1: not known */
};

/*
 * Latencies are added to @latency. 0; -EOPNOTSUPP and @why: this carrier cannot be had here; or another negative errno and the failure in @f. Data that came out wrong
 * is -EBADMSG.
 */
int sample_take(const struct bench_options *o, const struct bench_tls *tls, const struct pattern *pattern,
		const struct carrier *carrier, struct sample *s, struct latency *latency, char why[CARRIER_WHY_MAX], struct cli_failure *f);

#endif
