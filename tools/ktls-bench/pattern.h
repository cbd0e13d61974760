/* SPDX-License-Identifier: MIT */
/* What is sent, again and again. */
#ifndef KTLS_BENCH_PATTERN_H
#define KTLS_BENCH_PATTERN_H

#include <stddef.h>

struct pattern {
	char *bytes;
	size_t len;		/* then it begins again */
	size_t room;		/* of the beginning again, so that a write may start anywhere in @len */
	int file;		/* the same bytes, room included */
};

/* For writes of up to @length bytes. 0 or negative errno; pattern_free() in either case. */
int pattern_make(struct pattern *p, size_t length);
void pattern_free(struct pattern *p);

#endif
