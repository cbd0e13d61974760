/* SPDX-License-Identifier: MIT */
/* The TCP sockets of a process, and whether kernel TLS carries them; and which processes have a port. */
#ifndef SYSTEM_PROC_SOCKETS_H
#define SYSTEM_PROC_SOCKETS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct proc_sockets {
	unsigned listening, established;
	unsigned ktls;		/* of the established: with the ULP "tls" */
	unsigned tx, rx;	/* of these: with a key for sending, for receiving */
};

enum {
	PROC_PIDS_MAX = 64,
};

/*
 * Looks at every socket of the process through a short-lived copy of its descriptor (pidfd_getfd(), Linux 5.6), which works
 * whatever its network namespace is, and takes the right to trace it. 0, -EPERM, -ESRCH, or other negative errno.
 */
int proc_sockets_look(pid_t pid, struct proc_sockets *s);

/* Processes of this network namespace with a TCP socket at local port @port, each once. Their number; -EPERM: there are sockets,
 * but nobody who has them can be seen; or other negative errno. */
int proc_pids_of_port(uint16_t port, pid_t pids[PROC_PIDS_MAX]);

/* Inodes of the sockets at local port @port in a text as in /proc/net/tcp and tcp6: how many of at most @max. */
size_t proc_inodes_of_port(const char *text, size_t len, uint16_t port, uint64_t *inodes, size_t max);

#endif
