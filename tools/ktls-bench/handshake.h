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

/* What a mode that makes connections says of a sample; whose CPU time the cost is, it says itself (cost_title). */
#define CONNECTION_RATE .rate_of_work = 1, .rate_key = "connections_per_second", .rate_title = "conn/s", .rate_scale = 1, \
	.cost_key = "cpu_seconds_per_connection", .cost_scale = 1e6, .does = "connects"

void handshake_conclude(FILE *f, const struct comparison *c);

#endif
