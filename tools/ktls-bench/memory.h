/* SPDX-License-Identifier: MIT */
/* What memory this process has for itself, and what the kernel has for everybody. */
#ifndef KTLS_BENCH_MEMORY_H
#define KTLS_BENCH_MEMORY_H

#include <stdio.h>

/* Bytes; negative: not known. */
struct memory {
	double process;		/* pages that this process shares with nobody, in memory or swapped out */
	double tables;		/* page tables of this process: the kernel's, but nobody else's */
	double slab;		/* what the kernel of the whole machine has cut into objects: sockets, files, keys */
};

/* Gives back to the system what was freed, so that it does not hide what is taken next. */
void memory_collect(void);

/* Waits, a second at most, until the slab changes by no more than @slack bytes in a moment; not known if it never does. */
void memory_look(struct memory *m, double slack);

/* Bytes that the lines "KEY: N kB" of @f have together for all of @keys, which NULL ends; -1: one of them is not there. */
double memory_sum(FILE *f, const char *const keys[]);

/* Bytes out of /proc/PID/statm: those resident that are not shared; -1: it is none. */
double memory_of_statm(FILE *f);

#endif
