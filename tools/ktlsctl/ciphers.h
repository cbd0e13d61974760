/* SPDX-License-Identifier: MIT */
/* ktlsctl ciphers: what is gathered, and the two ways to show it. */
#ifndef KTLSCTL_CIPHERS_H
#define KTLSCTL_CIPHERS_H

#include <ktls/probe.h>

#include "out/out.h"
#include "system/crypto.h"
#include "system/sysroot.h"

enum {
	CIPHERS_MAX = 32,
};

struct cipher_row {
	struct ktls_cipher_info info;
	int found;			/* the kernel's driver: 1, 0 not listed, or negative errno: cannot be read */
	struct crypto_driver driver;
	enum crypto_speed speed;
	bool libssl12, libssl13;
};

struct ciphers {
	char release[SYSROOT_RELEASE_MAX];
	struct cipher_row rows[CIPHERS_MAX];
	size_t n;
};

/* 0 or negative errno. */
int ciphers_gather(const struct sysroot *root, struct ciphers *c);

/* 0 or -ENOMEM. */
int ciphers_print_text(const struct ciphers *c, struct out *o);
int ciphers_print_json(const struct ciphers *c, struct out *o);

/* Bytes that a record has on the wire besides its payload. @version 0x0303 or 0x0304; -1: it has no such cipher. */
int cipher_overhead(const struct ktls_cipher_info *info, unsigned version);

#endif
