/* SPDX-License-Identifier: MIT */
/* Who seals or opens records, with one key: a leaf of libktls, libcrypto by itself, or IPsec-MB by itself. */
#ifndef KTLS_BENCH_CRYPTER_H
#define KTLS_BENCH_CRYPTER_H

#include <stddef.h>

#include "ktls-bench/carrier.h"
#include "ktls-bench/work.h"

struct crypter;
struct ipsec_mb;
struct pass;

/* Neither leaf nor set: libcrypto's EVP, one context for the key. */
struct crypter_who {
	const char *leaf;		/* a name of ktls/aead.h */
	const char *set;		/* an instruction set of IPsec-MB, which is @lib */
	const struct ipsec_mb *lib;
};

/*
 * For @work, as it begins. 0; -EOPNOTSUPP: cannot be had here, or another negative errno, with @why in words. Released
 * with crypter_free(), which takes NULL as well.
 */
int crypter_new(struct crypter **out, const struct crypter_who *who, const char *cipher, enum work work,
		char why[CARRIER_WHY_MAX]);
void crypter_free(struct crypter *c);

/*
 * @n records from @first on. In batches @first is 0 and @n whole batches, each of which begins anew with the pass's
 * buffers; what is sealed goes on counting its records. 0; -EBADMSG: one of them did not open; -EIO, or another
 * negative errno.
 */
int crypter_run(struct crypter *c, const struct pass *p, size_t first, size_t n);

/* By itself: "libcrypto", "ipsec-mb", or the name that its leaf says. */
const char *crypter_name(const struct crypter *c);

#endif
