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
	  "CPU lacks AES-NI, PCLMULQDQ, SSSE3 or SSE4.1", "AES-NI is masked (KTLS_CPU_MASK)" },
};

/* SSE registers are saved by every system that runs x86-64 programs, so these bits need no look at XCR0. */
unsigned cpu_features(void)
{
#if HAVE_AESNI
	const unsigned need = bit_AES | bit_PCLMUL | bit_SSSE3 | bit_SSE4_1;
	unsigned a, b, c, d;

	if (__get_cpuid(1, &a, &b, &c, &d) && (c & need) == need)
		return CPU_AESNI;
#endif
	return 0;
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
