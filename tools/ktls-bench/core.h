/* SPDX-License-Identifier: MIT */
/* The CPU's core: how fast it runs at the moment, and whether somebody else uses it, too. */
#ifndef KTLS_BENCH_CORE_H
#define KTLS_BENCH_CORE_H

#include <stdbool.h>
#include <stddef.h>

struct core {
	int alone;	/* cycles that one step of the probe takes on a core that nobody else uses; 0: there is no probe here */
};

/* What one look saw. Takes some microseconds, and warms up nothing. */
struct core_look {
	double clock;	/* core cycles in a tick of clock_ticks(); 0: not known */
	double step;	/* core cycles that a step of the probe took; 0: not known */
};

void core_learn(struct core *core);
void core_look(const struct core *core, struct core_look *look);

/* Whether nobody else used the core in what lies between the two, and its clock was the same. False where there is no probe. */
bool core_was_quiet(const struct core *core, const struct core_look *before, const struct core_look *after);

/*
 * What core_learn() makes of it: cycles that steps of the probe took, @n of them, at least 1, which it sorts, and whether the CPU
 * is one that must do two rounds a cycle.
 */
int core_alone(double *steps, size_t n, bool two_a_cycle);

#endif
