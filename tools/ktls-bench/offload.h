/* SPDX-License-Identifier: MIT */
/* Whether a network card encrypts. */
#ifndef KTLS_BENCH_OFFLOAD_H
#define KTLS_BENCH_OFFLOAD_H

/* Whether the records that the socket sends are encrypted by its network card: 1, 0, or negative errno: could not be found out. */
int offload_of_sender(int fd);

#endif
