/* SPDX-License-Identifier: MIT */
/* The kernel's drivers for an AEAD, from /proc/crypto. */
#ifndef SYSTEM_CRYPTO_H
#define SYSTEM_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "system/sysroot.h"

enum crypto_speed {
	CRYPTO_SPEED_UNKNOWN = -1,
	CRYPTO_PLAIN = 0,	/* some part of it is the generic C code */
	CRYPTO_ACCELERATED = 1,	/* made for this CPU's instructions */
};

struct crypto_driver {
	char driver[128];	/* CRYPTO_MAX_ALG_NAME of the kernel, NUL included */
	char module[64];	/* "kernel": built in */
	int32_t priority;
	bool async;
};

/*
 * Looks for the driver that a new connection would get for the AEAD @name, "gcm(aes)": of those that passed their
 * self-test the one with the highest priority. 1 and *@best, or 0 if none is listed. That does not mean that the kernel
 * has none: what is put together from parts is listed from its first use on.
 */
int crypto_best(const char *text, size_t len, const char *name, struct crypto_driver *best);

/* The text of /proc/crypto, freed by the caller. 0 or negative errno. */
int crypto_read(const struct sysroot *root, char **text, size_t *len);

/* Told from the driver's name, which is all that the kernel gives away. */
enum crypto_speed crypto_speed_of(const char *driver);

#endif
