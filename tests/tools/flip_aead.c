/* SPDX-License-Identifier: MIT */
/*
 * For LD_PRELOAD: libktls's AEAD and its records as a leaf with a mistake would have them. KTLS_FLIP names the
 * mistake: "data" and "tag" turn a bit of what is sealed over, "plaintext" one of what is opened, "refuse" opens
 * nothing, "accept" opens whatever has a wrong tag.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <ktls/aead.h>
#include <ktls/record.h>

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

typedef ssize_t (*seal_records)(struct ktls_record *, uint8_t, const void *, size_t, size_t, void *, size_t, size_t *);
typedef int (*open_records)(struct ktls_record *, const void *, size_t, void *, size_t, struct ktls_record_opened *);

/* Of the last record. */
ssize_t ktls_record_seal(struct ktls_record *r, uint8_t type, const void *in, size_t len, size_t max_payload, void *out,
			 size_t out_cap, size_t *taken)
{
	static seal_records real;
	ssize_t ret;

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "ktls_record_seal");
	ret = real(r, type, in, len, max_payload, out, out_cap, taken);
	if (ret > 0 && is_mistake("data"))
		((uint8_t *)out)[ret - KTLS_AEAD_TAG_LEN - 2] ^= 0x10;
	if (ret > 0 && is_mistake("tag"))
		((uint8_t *)out)[ret - 1] ^= 1;
	return ret;
}

int ktls_record_open(struct ktls_record *r, const void *wire, size_t len, void *out, size_t out_cap,
		     struct ktls_record_opened *res)
{
	static open_records real;
	static size_t records;
	int ret;

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "ktls_record_open");
	ret = real(r, wire, len, out, out_cap, res);
	if (!ret && is_mistake("plaintext"))
		((uint8_t *)out)[res->plain - 1] ^= 0x10;
	if (is_mistake("refuse"))
		return -EBADMSG;
	/* The first time all of them were good. */
	records = !ret && res->records > records ? res->records : records;
	if (is_mistake("accept") && !ret)
		res->records = records;
	return ret;
}
