/* SPDX-License-Identifier: MIT */
/* Memory for keys: wiped before it is released, kept out of core dumps and swap where the system allows. */
#ifndef KTLS_BASE_SECRET_H
#define KTLS_BASE_SECRET_H

#include <stddef.h>

/* Overwrites @len bytes so that the compiler cannot leave it out. @p may be NULL if @len is 0. */
void secret_wipe(void *p, size_t len);

/*
 * Allocates @len zeroed bytes, page aligned (so also 64-byte aligned), in pages of their own, locked
 * (best effort: RLIMIT_MEMLOCK may forbid it), left out of core dumps.
 * NULL when out of memory. Release with secret_free().
 */
void *secret_alloc(size_t len);

/* Wipes and releases memory of secret_alloc(). @p may be NULL. */
void secret_free(void *p);

#endif
