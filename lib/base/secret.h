/* SPDX-License-Identifier: MIT */
/* Memory for keys: wiped before it is released, kept out of core dumps and swap where the system allows. */
#ifndef KTLS_BASE_SECRET_H
#define KTLS_BASE_SECRET_H

#include <stddef.h>

/* Overwrites @len bytes so that the compiler cannot leave it out. @p may be NULL if @len is 0. */
void secret_wipe(void *p, size_t len);

/*
 * Allocates @len zeroed bytes, 64-byte aligned, in pages of their own, locked (best effort: RLIMIT_MEMLOCK may forbid it),
 * left out of core dumps. Every call costs system calls: what comes and goes with each connection belongs in a pool.
 * NULL when out of memory. Release with secret_free().
 */
void *secret_alloc(size_t len);

/* Wipes and releases memory of secret_alloc() or secret_pool_alloc(). @p may be NULL. */
void secret_free(void *p);

/*
 * The same kind of memory for many small pieces, which share pages that were locked once. A pool may be used by several threads
 * at once. A freed piece is wiped at once and serves again; what no piece is in goes back to the system, but for the last
 * SECRET_REGION_LEN bytes.
 */
struct secret_pool;

enum {
	SECRET_REGION_LEN = 64 * 1024,	/* what is locked at a time; a page that cannot be touched follows */
	SECRET_PIECE_MAX = 16 * 1024,	/* what is longer gets pages of its own */
};

/* NULL when out of memory. Takes its first pages with the first piece. */
struct secret_pool *secret_pool_new(void);

/* The owner is done with it. Pieces that are still in use stay, and the last one of them takes the pool along. @pool may be NULL. */
void secret_pool_free(struct secret_pool *pool);

/* As secret_alloc(), from @pool; NULL for it means secret_alloc(). */
void *secret_pool_alloc(struct secret_pool *pool, size_t len);

/* The pool that @p, which either allocator gave, came from; NULL if it has pages of its own. Valid as long as @p. */
struct secret_pool *secret_pool_of(const void *p);

#endif
