/* SPDX-License-Identifier: MIT */
/* CPU features: the only file that knows CPUID. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#if HAVE_AESNI
#include <cpuid.h>
#endif

#include "aead/aead.h"
#include "aead/cpu.h"
#include "base/attr.h"

/* What can be missing, and what is then said. */
static const struct {
	unsigned feature;		/* CPU_* */
	unsigned mask;			/* AEAD_NO_* */
	const char *word;		/* of KTLS_CPU_MASK */
	const char *lacking, *masked;
} rows[] = {
	{ CPU_AESNI, AEAD_NO_AESNI, "aesni",
	  "CPU lacks AES-NI, PCLMULQDQ or AVX", "AES-NI is masked (KTLS_CPU_MASK)" },
	{ CPU_VAES, AEAD_NO_VAES, "vaes",
	  "CPU lacks VAES, VPCLMULQDQ or AVX2", "VAES is masked (KTLS_CPU_MASK)" },
	{ CPU_AVX512, AEAD_NO_AVX512, "avx512",
	  "CPU lacks AVX-512 (F, BW, DQ, VL), or slows down with it", "AVX-512 is masked (KTLS_CPU_MASK)" },
};

/*
 * CPUID traps in virtual machines, and a connection asks for each of its keys: what the compiler's runtime found out when
 * the program started is asked instead. It counts AVX and AVX-512 only where the system saves their registers (XGETBV).
 */
#if HAVE_AESNI
#define HAS(feature) (__builtin_cpu_supports(feature) != 0)

static bool has_aesni(void)
{
	return HAS("aes") && HAS("pclmul") && HAS("avx");
}

static bool has_vaes(void)
{
#if HAVE_CPU_SUPPORTS_VAES
	return HAS("vaes") && HAS("vpclmulqdq") && HAS("avx2");
#else
	unsigned a, b, c, d;

	return HAS("vpclmulqdq") && HAS("avx2") && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (c & bit_VAES);
#endif
}

/*
 * Ice Lake, Tiger Lake and Rocket Lake have VAES and AVX-512, but lower their clock for long vectors: short ones suit them better.
 * They lack AVX512_BF16, which every later CPU with both has, Intel's and AMD's.
 */
static bool has_avx512(void)
{
	return HAS("avx512f") && HAS("avx512bw") && HAS("avx512dq") && HAS("avx512vl") && HAS("avx512bf16");
}
#endif

unsigned cpu_features(void)
{
	unsigned features = 0;

#if HAVE_AESNI
	__builtin_cpu_init();
	features |= has_aesni() ? CPU_AESNI : 0;
	features |= has_vaes() ? CPU_VAES : 0;
	features |= has_avx512() ? CPU_AVX512 : 0;
#endif
	return features;
}

unsigned cpu_usable(unsigned mask)
{
	unsigned usable = cpu_features();

	mask |= cpu_mask_from_env();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (mask & rows[i].mask)
			usable &= ~rows[i].feature;
	return usable;
}

const char *cpu_why_not(unsigned needs, unsigned features, unsigned usable)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (needs & ~usable & rows[i].feature)
			return features & rows[i].feature ? rows[i].masked : rows[i].lacking;
	return NULL;
}

static bool is_word(const char *list, size_t len, const char *word)
{
	return len == strlen(word) && memcmp(list, word, len) == 0;
}

unsigned cpu_parse_mask(const char *list)
{
	unsigned mask = 0;

	while (list && *list) {
		size_t len = strcspn(list, ",");

		for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
			if (is_word(list, len, rows[i].word) || is_word(list, len, "all"))
				mask |= rows[i].mask;
		list += len;
		list += *list == ',';
	}
	return mask;
}

unsigned cpu_mask_from_env(void)
{
	return cpu_parse_mask(secure_getenv("KTLS_CPU_MASK"));
}
