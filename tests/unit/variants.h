/* SPDX-License-Identifier: MIT */
/* Pairings of paths that a test of the connection runs on; those with the kernel are skipped where there is no kernel TLS. */
#ifndef KTLS_TESTS_VARIANTS_H
#define KTLS_TESTS_VARIANTS_H

#include "unit/pair.h"

struct variant {
	const char *name;
	enum ktls_want tx, rx;
};

enum {
	ON_ENGINE, ON_KERNEL, ON_KERNEL_TX, ON_KERNEL_RX, VARIANTS,
};

extern struct variant variants[VARIANTS];

/* KTLS_TEST_REQUIRE_KERNEL=1: a kernel without TLS is a failure. */
bool kernel_required(void);

struct pair_opts opts_for(const struct variant *v);

/* pair_make(), but skips the test where the kernel is wanted and has no TLS. */
void make(struct pair *p, const struct pair_opts *o);

/* Bytes that a lost, doubled or shifted piece would not match. */
void pattern(uint8_t *buf, size_t len, uint32_t seed);

/* The end under test sends @len bytes of the pattern; the peer opens the records and compares. At most 300000. */
void send_and_check(struct pair *p, size_t len, uint32_t seed);

/* The other way. */
void receive_and_check(struct pair *p, size_t len, uint32_t seed);

#define ONCE(f) { #f, f, NULL, NULL, NULL }
#define ON(f, v) { #f " [" #v "]", f, NULL, NULL, &variants[v] }
#define EACH(f) { #f, f, NULL, NULL, &variants[ON_ENGINE] }, { #f " [kernel]", f, NULL, NULL, &variants[ON_KERNEL] }, \
	{ #f " [kernel tx]", f, NULL, NULL, &variants[ON_KERNEL_TX] }, { #f " [kernel rx]", f, NULL, NULL, &variants[ON_KERNEL_RX] }

#endif
