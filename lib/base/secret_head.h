/* SPDX-License-Identifier: MIT */
/* Inside of secret memory: what stands in front of every piece. Known to its two allocators. */
#ifndef KTLS_BASE_SECRET_HEAD_H
#define KTLS_BASE_SECRET_HEAD_H

#include "base/secret.h"

enum {
	SECRET_ALIGN = 64,
};

struct region;

/* The gaps at both ends belong to nobody: AddressSanitizer is told so, and then sees who runs into them. */
struct secret_head {
	char gap_before[8];
	struct region *region;		/* of a pool; NULL: pages of its own */
	size_t room;			/* bytes from here to the next piece, or all that was mapped */
	size_t len;			/* bytes that the caller asked for */
	struct secret_head *next, *prev;	/* free pieces of the same room */
	char gap_after[16];
} __attribute__((aligned(SECRET_ALIGN)));

/* Locks @len bytes from the page @p on, and keeps them out of core dumps, as far as the system allows. */
void secret_protect(void *p, size_t len);

/* A piece of a pool, wiped, comes back. */
void secret_pool_take_back(struct secret_head *head);

#endif
