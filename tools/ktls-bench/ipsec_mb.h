/* SPDX-License-Identifier: MIT */
/*
 * Intel's IPsec-MB, which is not needed to build: its shared library, loaded by name when somebody wants to compare
 * with it. Of its interface only exported functions are used, since the layout of its manager differs from version to
 * version: AES-GCM by itself, one function for each key length and instruction set, to which the manager's own
 * pointers point as well.
 */
#ifndef KTLS_BENCH_IPSEC_MB_H
#define KTLS_BENCH_IPSEC_MB_H

#include <stddef.h>
#include <stdint.h>

enum {
	IPSEC_MB_KEY_ROOM = 4096,	/* its struct gcm_key_data has 1008 bytes in version 1.3, 1264 in 2.0 */
	IPSEC_MB_CONTEXT_ROOM = 512,	/* its struct gcm_context_data: 96 */
	IPSEC_MB_VERSION_LEN = 32,
};

typedef void (*ipsec_mb_pre)(const void *key, void *key_data);
typedef void (*ipsec_mb_crypt)(const void *key_data, void *context, uint8_t *out, const uint8_t *in, uint64_t len,
			       const uint8_t *nonce, const uint8_t *aad, uint64_t aad_len, uint8_t *tag,
			       uint64_t tag_len);

/* AES-GCM by one instruction set. @open says nothing of the tag but what it should be: whoever opens compares. */
struct ipsec_mb_gcm {
	ipsec_mb_pre pre;
	ipsec_mb_crypt seal, open;
};

struct ipsec_mb;

/*
 * @file: a path, or a name for the loader; "auto": the names that it has in distributions, newest first. 0; or
 * negative errno and @why in words: -EOPNOTSUPP when it is not there, or a version whose functions are not known.
 * Released with ipsec_mb_free(), which takes NULL as well.
 */
int ipsec_mb_load(struct ipsec_mb **out, const char *file, char *why, size_t size);
void ipsec_mb_free(struct ipsec_mb *lib);

/* "2.0.0" */
const char *ipsec_mb_version(const struct ipsec_mb *lib);

/*
 * The instruction sets that it may have code for, best first: "vaes-avx512", "vaes-avx2", "avx2", "sse". NULL past the
 * end.
 */
const char *ipsec_mb_set_at(size_t i);

/* 0; or -EOPNOTSUPP and @why: this version has no such code, or this CPU cannot run it. */
int ipsec_mb_find(const struct ipsec_mb *lib, const char *set, unsigned key_bits, struct ipsec_mb_gcm *gcm, char *why,
		  size_t size);

#endif
