/* SPDX-License-Identifier: MIT */
/* The table of carriers: a new row of every comparison is a row here. */
#include <string.h>

#include "ktls-bench/carrier.h"

const struct carrier *const carriers[] = {
	&carrier_plain, &carrier_libssl, &carrier_libssl_ktls, &carrier_engine, &carrier_kernel, &carrier_kernel_sendfile,
	&carrier_kernel_zero_copy, NULL,
};

const struct carrier *carrier_find(const char *id)
{
	for (size_t i = 0; carriers[i]; i++)
		if (strcmp(carriers[i]->id, id) == 0)
			return carriers[i];
	return NULL;
}
