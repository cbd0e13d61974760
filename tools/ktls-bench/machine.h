/* SPDX-License-Identifier: MIT */
/* The machine that a report speaks of, and its counters. */
#ifndef KTLS_BENCH_MACHINE_H
#define KTLS_BENCH_MACHINE_H

#include <stdint.h>

struct machine {
	char kernel[96];	/* uname -r */
	char cpu[128];
	char governor[32];	/* "" where there is none to see */
	char virt[32];		/* "guest" where the CPU says so, else "" */
	char libssl[64];
	char libktls[16];
	char leaf[32];		/* of the engine, for AES-GCM */
	long cpus;
};

void machine_look(struct machine *m, const char *cipher);

/* What the machine counts, from its start or from some moment on. Numbers are -1 where the machine does not tell. */
struct machine_counters {
	double softirq;			/* seconds, all CPUs */
	int64_t kernel_tx, kernel_rx;	/* kernel TLS sessions, of this network namespace, by /proc/net/tls_stat */
};

void machine_read_counters(struct machine_counters *c);

/* What was counted since @before. */
struct machine_counters machine_counters_since(const struct machine_counters *before);

#endif
