/* SPDX-License-Identifier: MIT */
/* Who computes for libssl. */
#include <stddef.h>
#include <string.h>

#include <openssl/provider.h>

#include "session/provider.h"

/* OpenSSL's own compute, and ask the kernel for nothing but memory and random numbers. */
static const char *const own[] = { "default", "base", "fips", "legacy", "null" };

static int look(OSSL_PROVIDER *provider, void *arg)
{
	const char *name = OSSL_PROVIDER_get0_name(provider);
	const char **foreign = arg;

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strcmp(name, own[i]) == 0)
			return 1;
	*foreign = name;
	return 1;
}

const char *session_foreign_provider(void)
{
	const char *foreign = NULL;

	OSSL_PROVIDER_do_all(NULL, look, &foreign);
	return foreign;
}
