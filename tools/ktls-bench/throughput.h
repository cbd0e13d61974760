/* SPDX-License-Identifier: MIT */
/* One direction, as fast as it goes: the work of its ends, for other modes that send much, too. */
#ifndef KTLS_BENCH_THROUGHPUT_H
#define KTLS_BENCH_THROUGHPUT_H

#include "ktls-bench/end.h"

int throughput_send(struct stream *s, double start);
int throughput_receive(struct stream *s, double start);

/* GiB received. */
double throughput_work(const struct sample *s);

#endif
