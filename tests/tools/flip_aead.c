/* SPDX-License-Identifier: MIT */
/*
 * For LD_PRELOAD: libktls's AEAD as a leaf with a mistake would have it. KTLS_FLIP names the mistake: "data" and "tag" turn a
 * bit of what is sealed over, "plaintext" one of what is opened, "refuse" opens nothing, "accept" opens whatever has a wrong tag.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <ktls/aead.h>

typedef int (*operation)(struct ktls_aead *, const uint8_t *, const void *, size_t, const void *, size_t, void *);

static bool is_mistake(const char *name)
{
	const char *mistake = getenv("KTLS_FLIP");

	return mistake && strcmp(mistake, name) == 0;
}

int ktls_aead_seal(struct ktls_aead *aead, const uint8_t *nonce, const void *aad, size_t aad_len, const void *in, size_t len, void *out)
{
	static operation real;
	int ret;

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "ktls_aead_seal");
	ret = real(aead, nonce, aad, aad_len, in, len, out);
	if (is_mistake("data"))
		((uint8_t *)out)[len / 2] ^= 0x10;
	if (is_mistake("tag"))
		((uint8_t *)out)[len + KTLS_AEAD_TAG_LEN - 1] ^= 1;
	return ret;
}

int ktls_aead_open(struct ktls_aead *aead, const uint8_t *nonce, const void *aad, size_t aad_len, const void *in, size_t len, void *out)
{
	static operation real;
	int ret;

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "ktls_aead_open");
	ret = real(aead, nonce, aad, aad_len, in, len, out);
	if (is_mistake("plaintext"))
		((uint8_t *)out)[len / 2] ^= 0x10;
	if (is_mistake("refuse"))
		return -EBADMSG;
	return is_mistake("accept") ? 0 : ret;
}
