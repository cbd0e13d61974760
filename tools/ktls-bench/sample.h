/* SPDX-License-Identifier: MIT */
/*
 * One measurement: a sender and a receiver, each a process of its own, over fresh connections; or one of them alone, where the other is
 * not ours.
 */
#ifndef KTLS_BENCH_SAMPLE_H
#define KTLS_BENCH_SAMPLE_H

#include "cli/failure.h"
#include "ktls-bench/carrier.h"
#include "ktls-bench/latency.h"
#include "ktls-bench/mode.h"
#include "ktls-bench/offload.h"

struct pairs;

/* What one process used within the time that counts. Seconds; negative: not known. */
struct usage {
	double user, system;
};

struct machine_counters;

struct sample {
	uint64_t bytes;			/* received within that time, by both ends; sent, if only the sender is ours */
	double seconds;
	uint64_t ops;			/* pieces of work finished within it */
	uint64_t rekeys;		/* KeyUpdates sent within it */
	uint64_t dials;			/* connections made within it, in the place of ones that had ended */
	struct usage sender, receiver;	/* with both directions at once: of the client, of the server */
	double softirq;			/* of the whole machine, of both where there are two, seconds; -1: not known */
	struct carrier_facts facts;	/* of the sender's tx and the receiver's rx */
	char congestion[16];
	char nic[OFFLOAD_TEXT_MAX];	/* of the client: see offload_describe() */
	int64_t kernel_tx, kernel_rx;	/* kernel TLS sessions that were opened meanwhile, by /proc/net/tls_stat; -1: not known */
	double extra[BENCH_EXTRAS_MAX];	/* what only its mode measures; negative: not known */
	uint64_t *interval_bytes, *interval_ops;	/* each of the intervals: received, finished; NULL: none asked for */
	size_t n_intervals;
};

/* A measurement between two processes of this machine: as bench_mode.take(). */
int sample_take(const struct trial *t, struct sample *s, struct latency *latency, char why[CARRIER_WHY_MAX], struct cli_failure *f);

/* Which ends are processes of ours. */
enum sample_ends {
	SAMPLE_SENDER = 1,
	SAMPLE_RECEIVER = 2,
};

/* The same over connections that the caller made, @pairs, by @ends alone. They are closed. */
int sample_take_over(struct pairs *pairs, unsigned ends, const struct trial *t, struct sample *s, struct latency *latency,
		     char why[CARRIER_WHY_MAX], struct cli_failure *f);

/* What was counted while it ran, by all machines that took part. */
void sample_set_counters(struct sample *s, const struct machine_counters *counted);

/* Interval @i of it: its bytes, ops and seconds; @start: of the time that counts. */
struct sample sample_interval(const struct sample *s, int64_t width_ms, size_t i, double *start);

void sample_free(struct sample *s);

#endif
