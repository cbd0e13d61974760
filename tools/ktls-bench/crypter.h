/* SPDX-License-Identifier: MIT */
/* Who seals or opens records: a leaf of libktls, or libcrypto by itself, with one key, and for one of both. */
#ifndef KTLS_BENCH_CRYPTER_H
#define KTLS_BENCH_CRYPTER_H

#include <stdbool.h>
#include <stddef.h>

#include "ktls-bench/carrier.h"

struct crypter;
struct pass;

/*
 * @leaf: a name of ktls/aead.h; NULL: libcrypto's EVP, one context for the key. 0; -EOPNOTSUPP: cannot be had here, or another
 * negative errno, with @why in words. Released with crypter_free(), which takes NULL as well.
 */
int crypter_new(struct crypter **out, const char *leaf, const char *cipher, bool opens, char why[CARRIER_WHY_MAX]);
void crypter_free(struct crypter *c);

/* @n records from @first on. 0; -EBADMSG: one of them did not open; -EIO. */
int crypter_run(struct crypter *c, const struct pass *p, size_t first, size_t n);

/* By itself: "libcrypto" or the name that its leaf says. */
const char *crypter_name(const struct crypter *c);

#endif
