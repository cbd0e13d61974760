/* SPDX-License-Identifier: MIT */
/* A provider for libssl that is not OpenSSL's own, and offers nothing. */
#include <stdint.h>

#include <openssl/core.h>
#include <openssl/core_dispatch.h>

int OSSL_provider_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out, void **provctx)
{
	static const OSSL_DISPATCH nothing[] = { { 0, NULL } };

	(void)in;
	*out = nothing;
	/* It must be something. */
	*provctx = (void *)(uintptr_t)handle;
	return 1;
}
