/* SPDX-License-Identifier: MIT */
/* A TCP connection of this process to itself, to try things on. */
#ifndef KTLS_PROBE_LOOPBACK_H
#define KTLS_PROBE_LOOPBACK_H

/* Both ends, over 127.0.0.1, reads limited to a second. 0, or negative errno. */
int loopback_pair(int fds[2]);
void loopback_close(int fds[2]);

#endif
