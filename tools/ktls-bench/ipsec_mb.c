/* SPDX-License-Identifier: MIT */
/* Intel's IPsec-MB, loaded by name. */
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ktls-bench/ipsec_mb.h"

/* As its header counts: IMB_VERSION(). Between these the functions below are the same. */
enum {
	VERSION_FIRST = 1 << 16 | 3 << 8,
	VERSION_BEHIND = 2 << 16 | 1 << 8,
};

/* Its IMB_FEATURE_*, which have not changed either. */
enum {
	F_AESNI = 1 << 1,
	F_PCLMULQDQ = 1 << 2,
	F_SSE4_2 = 1 << 4,
	F_AVX = 1 << 5,
	F_AVX2 = 1 << 6,
	F_AVX512 = 1 << 7 | 1 << 8 | 1 << 9 | 1 << 10 | 1 << 11,
	F_VAES = 1 << 12,
	F_VPCLMULQDQ = 1 << 13,
	F_BMI2 = 1 << 18,

	NEEDS_SSE = F_AESNI | F_PCLMULQDQ | F_SSE4_2,
	NEEDS_AVX2 = NEEDS_SSE | F_AVX | F_AVX2 | F_BMI2,
	NEEDS_VAES_AVX2 = NEEDS_AVX2 | F_VAES | F_VPCLMULQDQ,
	NEEDS_VAES_AVX512 = NEEDS_VAES_AVX2 | F_AVX512,
};

struct ipsec_mb {
	void *handle;
	char version[IPSEC_MB_VERSION_LEN];
	uint64_t features;	/* of this CPU, as it sees them */
};

static const struct {
	const char *name;
	const char *suffix;	/* of its functions */
	uint64_t needs;
} sets[] = {
	{ "vaes-avx512", "vaes_avx512", NEEDS_VAES_AVX512 },
	{ "vaes-avx2", "vaes_avx2", NEEDS_VAES_AVX2 },
	{ "avx2", "avx_gen4", NEEDS_AVX2 },
	{ "sse", "sse", NEEDS_SSE },
};

static const char *const names[] = { "libIPSec_MB.so.2", "libIPSec_MB.so.1", NULL };

/* It does not ask whether the system saves wide registers; the compiler's runtime has. */
static uint64_t usable(uint64_t features)
{
#ifdef __x86_64__
	if (!__builtin_cpu_supports("avx2"))
		features &= ~(uint64_t)(F_AVX | F_AVX2);
	if (!__builtin_cpu_supports("avx512f"))
		features &= ~(uint64_t)F_AVX512;
	return features;
#else
	(void)features;
	return 0;
#endif
}

/* dlsym() gives an object's address, and C knows no way from there to a function's. */
static bool find(void *handle, const char *name, void *function)
{
	void *symbol = dlsym(handle, name);

	memcpy(function, &symbol, sizeof(symbol));
	return symbol;
}

static int open_any(void **handle, const char *file, char *why, size_t size)
{
	const bool is_auto = strcmp(file, "auto") == 0;
	const char *const one[] = { file, NULL };

	for (const char *const *name = is_auto ? names : one; !*handle && *name; name++)
		*handle = dlopen(*name, RTLD_NOW | RTLD_LOCAL);
	if (*handle)
		return 0;
	if (is_auto)
		snprintf(why, size, "the loader finds neither %s nor %s: install Intel's IPsec-MB, or name the file",
			 names[0], names[1]);
	else
		snprintf(why, size, "%s", dlerror());
	return -EOPNOTSUPP;
}

static int ask_version(struct ipsec_mb *lib, const char *file, char *why, size_t size)
{
	uint64_t (*features)(void);
	unsigned (*version)(void), v;

	if (!find(lib->handle, "imb_get_version", &version) || !find(lib->handle, "imb_get_feature_flags", &features)) {
		snprintf(why, size, "%s: this is not Intel's IPsec-MB", file);
		return -EOPNOTSUPP;
	}
	v = version();
	snprintf(lib->version, sizeof(lib->version), "%u.%u.%u", v >> 16, v >> 8 & 0xff, v & 0xff);
	if (v < VERSION_FIRST || v >= VERSION_BEHIND) {
		snprintf(why, size, "%s: IPsec-MB %s, where only 1.3 to 2.0 are known", file, lib->version);
		return -EOPNOTSUPP;
	}
	lib->features = usable(features());
	return 0;
}

int ipsec_mb_load(struct ipsec_mb **out, const char *file, char *why, size_t size)
{
	struct ipsec_mb *lib = calloc(1, sizeof(*lib));
	int ret;

	if (!lib) {
		snprintf(why, size, "out of memory");
		return -ENOMEM;
	}
	ret = open_any(&lib->handle, file, why, size);
	if (!ret)
		ret = ask_version(lib, file, why, size);
	if (ret) {
		ipsec_mb_free(lib);
		return ret;
	}
	*out = lib;
	return 0;
}

void ipsec_mb_free(struct ipsec_mb *lib)
{
	if (!lib)
		return;
	if (lib->handle)
		dlclose(lib->handle);
	free(lib);
}

const char *ipsec_mb_version(const struct ipsec_mb *lib)
{
	return lib->version;
}

const char *ipsec_mb_set_at(size_t i)
{
	return i < sizeof(sets) / sizeof(sets[0]) ? sets[i].name : NULL;
}

static bool find_gcm(const struct ipsec_mb *lib, const char *verb, unsigned key_bits, const char *suffix,
		     void *function)
{
	char name[64];

	snprintf(name, sizeof(name), "aes_gcm_%s_%u_%s", verb, key_bits, suffix);
	return find(lib->handle, name, function);
}

int ipsec_mb_find(const struct ipsec_mb *lib, const char *set, unsigned key_bits, struct ipsec_mb_gcm *gcm, char *why,
		  size_t size)
{
	size_t i = 0;

	while (i < sizeof(sets) / sizeof(sets[0]) && strcmp(sets[i].name, set) != 0)
		i++;
	if (i == sizeof(sets) / sizeof(sets[0]))
		snprintf(why, size, "IPsec-MB has no code for %s", set);
	else if (sets[i].needs & ~lib->features)
		snprintf(why, size, "CPU lacks what IPsec-MB needs for its %s code", set);
	else if (!find_gcm(lib, "pre", key_bits, sets[i].suffix, &gcm->pre) ||
		 !find_gcm(lib, "enc", key_bits, sets[i].suffix, &gcm->seal) ||
		 !find_gcm(lib, "dec", key_bits, sets[i].suffix, &gcm->open))
		snprintf(why, size, "IPsec-MB %s exports no AES-GCM for %s", lib->version, set);
	else
		return 0;
	return -EOPNOTSUPP;
}
