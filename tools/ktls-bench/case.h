/* SPDX-License-Identifier: MIT */
/* A row of a comparison, before it is measured. */
#ifndef KTLS_BENCH_CASE_H
#define KTLS_BENCH_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ktls-bench/carrier.h"
#include "ktls-bench/work.h"

enum {
	BENCH_CASES_MAX = 256,
};

struct bench_options;

struct bench_case {
	char id[48];		/* in reports and on the command line */
	char group[24];		/* names all cases of a kind on the command line: the carrier's id */
	char base[48];		/* the id of the case that it is compared with */
	char title[56];
	const struct carrier *carrier;
	bool resumed;		/* the handshakes take up an earlier session */
	/* Where rows differ in what they hand over at once: that, in bytes, and what they have in common. 0, "": they do not. */
	size_t size;
	char series[56];
	uint64_t every;		/* bytes from one KeyUpdate to the next; 0: none */
	/* Of records alone; there is no carrier then. */
	const char *leaf;	/* of ktls/aead.h */
	const char *set;	/* an instruction set of IPsec-MB; with neither it is libcrypto */
	enum work work;
	bool in_place;
};

/* A case for each carrier; those that send from a file only if @files. The number of cases. */
size_t cases_of_carriers(struct bench_case cases[BENCH_CASES_MAX], bool files);

/* Adds one for @carrier, with @suffix behind its id and words behind its title. */
struct bench_case *case_add(struct bench_case cases[BENCH_CASES_MAX], size_t *n, const struct carrier *carrier, const char *suffix,
			    const char *words);

/* Makes it the row of its series that hands over @size bytes at once; that is added to its names, and to that of its base. */
void case_set_size(struct bench_case *c, size_t size);

/* The mode's own cases, or those of them that the user named, in the order of the names. Mistakes do not return. */
size_t cases_choose(const struct bench_options *o, struct bench_case cases[BENCH_CASES_MAX]);

#endif
