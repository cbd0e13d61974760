/* SPDX-License-Identifier: MIT */
/* The upper layer protocols that TCP sockets can take on now: net.ipv4.tcp_available_ulp. */
#ifndef SYSTEM_ULP_H
#define SYSTEM_ULP_H

#include <stdbool.h>
#include <stddef.h>

#include "system/sysroot.h"

enum {
	ULP_MAX = 16,
	ULP_NAME_MAX = 16,	/* TCP_ULP_NAME_MAX of the kernel, NUL included */
};

struct ulp_list {
	char names[ULP_MAX][ULP_NAME_MAX];
	size_t n;
};

/* Words of @text; those that are no name of a protocol, and more than ULP_MAX, are left out. */
void ulp_parse(const char *text, size_t len, struct ulp_list *list);

/* 0; -ENOENT: not visible, as in every network namespace but the first; or negative errno. */
int ulp_read(const struct sysroot *root, struct ulp_list *list);

bool ulp_has(const struct ulp_list *list, const char *name);

#endif
