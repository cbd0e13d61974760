/* SPDX-License-Identifier: MIT */
/* Which processes have which sockets open, as far as this user may see: /proc/PID/fd. */
#ifndef SYSTEM_PROCS_H
#define SYSTEM_PROCS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "system/sysroot.h"

struct proc_socket {
	uint64_t inode;
	pid_t pid;
	char comm[16];	/* as the kernel cuts it */
};

struct proc_list {
	struct proc_socket *rows;	/* by inode, then by pid; one row for each process that has it */
	size_t n, room;
};

/* Looks for the @n sockets @inodes, sorted upwards. 0 or negative errno; proc_free() in any case. */
int proc_find(const struct sysroot *root, const uint64_t *inodes, size_t n, struct proc_list *list);
void proc_free(struct proc_list *list);

/* The first row of @inode, or NULL; the others follow it. */
const struct proc_socket *proc_of(const struct proc_list *list, uint64_t inode);

/* The inode in "socket:[123]", 0 if @link is something else. */
uint64_t proc_inode_of(const char *link);

#endif
