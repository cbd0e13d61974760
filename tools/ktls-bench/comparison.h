/* SPDX-License-Identifier: MIT */
/* The carriers beside each other, measured in turn. */
#ifndef KTLS_BENCH_COMPARISON_H
#define KTLS_BENCH_COMPARISON_H

#include "ktls-bench/ipsec_mb.h"
#include "ktls-bench/machine.h"
#include "ktls-bench/options.h"
#include "ktls-bench/peer.h"
#include "ktls-bench/remote.h"
#include "ktls-bench/sample.h"
#include "ktls-bench/stats.h"

struct row {
	struct bench_case what;
	char why_not[CARRIER_WHY_MAX];	/* not "": it could not be had */
	struct sample *samples;
	unsigned n;
	struct stats rate;		/* as the mode has it: bits or transactions a second */
	struct stats cost;		/* CPU seconds of both ends for a piece of work: GiB, transaction */
	struct usage sender, receiver;	/* seconds for a piece of work, medians */
	double softirq;			/* seconds for a piece of work, of the whole machine, median; -1: not known */
	double cycles;			/* per byte, both ends; 0: not known, or not asked */
	double extras[BENCH_EXTRAS_MAX];	/* medians of the mode's own numbers; negative: not known */
	struct latency latency;		/* of all samples together */
	int64_t kernel_tx, kernel_rx;	/* kernel TLS sessions in all its samples; -1: not known */
};

struct watch;

struct comparison {
	const struct bench_options *options;
	const struct watch *watches;	/* ends with one that watches nothing; NULL: there are none */
	bool interrupted;		/* by a signal: what was measured until then stands */
	struct machine machine;
	struct peer_found peer;		/* where the options have one */
	struct ipsec_mb *ipsec_mb;	/* NULL: it is not compared with */
	struct remote_server server;	/* the other machine, with --client */
	char congestion[16];
	char nic[OFFLOAD_TEXT_MAX];	/* of the client: see offload_describe() */
	double clock_hz;		/* of the CPU's time stamp counter; 0: not known */
	struct row *rows;
	size_t n;
};

/*
 * Measures every case, run by run; @watches as above. 0 or the exit code of @f, which is that of the signal when it was interrupted;
 * comparison_free() in either case.
 */
int comparison_run(const struct bench_options *o, const struct watch *watches, struct comparison *c, struct cli_failure *f);
void comparison_free(struct comparison *c);

/* The first row of that id that was measured, or NULL. */
const struct row *comparison_row(const struct comparison *c, const char *id);

/*
 * What to compare with: libssl if it was measured, else the first row that was; NULL: none was. Of a row: what its case names; NULL: that
 * was not measured, unless all cases have the same base.
 */
const struct row *comparison_base(const struct comparison *c);
const struct row *comparison_base_of(const struct comparison *c, const struct row *row);

/* Bytes of data in the records that were received, on average, as libktls counted them; 0: no case knows. */
double comparison_record_size(const struct comparison *c);

/* Whether the records that are measured are a foreign server's, so that their size is its affair. */
bool comparison_has_foreign_records(const struct comparison *c);

/* One sentence on how the one row compares with the other. */
void comparison_say_ratio(FILE *f, const struct comparison *c, const struct row *row, const struct row *base);

/* One sentence or two on what it means, freed by the caller; NULL: out of memory. */
char *comparison_conclusion(const struct comparison *c);

#endif
