/* SPDX-License-Identifier: MIT */
/* Whether two processes are on one machine, without telling which. */
#ifndef KTLS_BENCH_IDENTITY_H
#define KTLS_BENCH_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>

enum {
	IDENTITY_LEN = 65,	/* hexadecimal, with its end */
};

/* "" where it is not known. */
struct identity {
	char machine[IDENTITY_LEN];	/* of the running kernel */
	char network[IDENTITY_LEN];	/* of the network namespace in it */
};

/* The same for the same place and the same @salt only. */
void identity_look(struct identity *id, const unsigned char *salt, size_t len);

bool identity_same(const char *a, const char *b);

#endif
