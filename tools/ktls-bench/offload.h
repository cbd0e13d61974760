/* SPDX-License-Identifier: MIT */
/* Whether a network card encrypts. */
#ifndef KTLS_BENCH_OFFLOAD_H
#define KTLS_BENCH_OFFLOAD_H

enum {
	OFFLOAD_TEXT_MAX = 96,
};

/*
 * The network device that the connected socket's address belongs to, and what it can do for TLS:
 * "eth0 (TLS offload: tx off, rx cannot be switched on)". "" over loopback, and where it cannot be told.
 */
void offload_describe(int fd, char text[OFFLOAD_TEXT_MAX]);

/* Whether the records that the socket sends are encrypted by its network card: 1, 0, or negative errno: could not be found out. */
int offload_of_sender(int fd);

#endif
