/* SPDX-License-Identifier: MIT */
/* Connections, one after another: the work of the end that makes them, for other servers, too. */
#ifndef KTLS_BENCH_HANDSHAKE_H
#define KTLS_BENCH_HANDSHAKE_H

#include "ktls-bench/comparison.h"
#include "ktls-bench/end.h"

/* One connection, counted: TCP, TLS, and what @converse says over it, unless that is NULL. 0 or negative errno. */
int handshake_once(struct stream *s, int (*converse)(struct stream *s));

/* Every carrier that opens connections, with full handshakes and resumed. */
size_t handshake_list(const struct bench_options *o, struct bench_case cases[BENCH_CASES_MAX]);

/* Connections made. */
double handshake_work(const struct sample *s);

void handshake_conclude(FILE *f, const struct comparison *c);

#endif
