/* SPDX-License-Identifier: MIT */
/* The configuration that the running kernel was built with. */
#ifndef SYSTEM_KCONFIG_H
#define SYSTEM_KCONFIG_H

#include <stddef.h>

#include "system/sysroot.h"

enum kconfig_value {
	KCONFIG_UNKNOWN,	/* no configuration, or not a yes-module-no symbol */
	KCONFIG_NO,
	KCONFIG_MODULE,
	KCONFIG_YES,
};

struct kconfig {
	char *text;
	size_t len;
	char source[32 + SYSROOT_RELEASE_MAX];	/* the file it came from */
};

/*
 * Finds it: /proc/config.gz, else what distributions install under the kernel's release. 0; -ENOENT if there is none;
 * else negative errno of the last file that is there and could not be read, with its name in ->source.
 */
int kconfig_load(const struct sysroot *root, const char *release, struct kconfig *config);
void kconfig_free(struct kconfig *config);

/* @symbol is "CONFIG_...". A symbol that a configuration does not mention is off: what it depends on is. */
enum kconfig_value kconfig_get(const char *text, size_t len, const char *symbol);

/* "y", "m", "n"; NULL for KCONFIG_UNKNOWN. */
const char *kconfig_value_name(enum kconfig_value value);

/* Unpacks gzip data to *@out (a NUL behind its *@out_len bytes; the caller frees it). 0, -EBADMSG, -EFBIG or -ENOMEM. */
int kconfig_gunzip(const void *in, size_t len, char **out, size_t *out_len);

#endif
