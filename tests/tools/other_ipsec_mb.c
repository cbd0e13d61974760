/* SPDX-License-Identifier: MIT */
/*
 * For ktls-bench --ipsec-mb: a library that answers as IPsec-MB does, of the version KTLS_IPSEC_MB_VERSION
 * (hexadecimal), and has no AES-GCM.
 */
#include <stdint.h>
#include <stdlib.h>

unsigned imb_get_version(void);
uint64_t imb_get_feature_flags(void);

unsigned imb_get_version(void)
{
	const char *version = getenv("KTLS_IPSEC_MB_VERSION");

	return version ? (unsigned)strtoul(version, NULL, 16) : 0;
}

/* All there are. */
uint64_t imb_get_feature_flags(void)
{
	return UINT64_MAX;
}
