/* SPDX-License-Identifier: MIT */
/* One direction, as fast as it goes: the work of its ends, for other modes that send much, too. */
#ifndef KTLS_BENCH_THROUGHPUT_H
#define KTLS_BENCH_THROUGHPUT_H

#include "ktls-bench/end.h"

/* Every carrier; with --sizes for each of them. */
size_t throughput_list(const struct bench_options *o, struct bench_case cases[BENCH_CASES_MAX]);

int throughput_send(struct stream *s, double start);

/* One write of it: what --length says, or the rest of what --bytes does. 0 or negative errno. */
int throughput_send_piece(struct stream *s);

int throughput_receive(struct stream *s, double start);

/* GiB carried. */
double throughput_work(const struct sample *s);

/* What a mode that carries bytes says of a sample; whose CPU time the cost is, it says itself (cost_title). */
#define THROUGHPUT_RATE .work = throughput_work, .rate_of_work = 8 * BENCH_GIB, .cost_by_bytes = true, \
	.rate_key = "bits_per_second", .rate_title = "Gbit/s", .rate_scale = 1e-9, \
	.cost_key = "cpu_seconds_per_gib", .cost_scale = 1, .does = "carries"

#endif
