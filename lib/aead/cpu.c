/* SPDX-License-Identifier: MIT */
/* CPU features: the only file that knows CPUID. */
#include <stdlib.h>
#include <string.h>

#if HAVE_AESNI
#include <cpuid.h>
#endif

#include "aead/aead.h"
#include "aead/cpu.h"
#include "base/attr.h"

static const struct {
	const char *word;
	unsigned mask;
} mask_words[] = {
	{ "aesni", AEAD_NO_AESNI },
	{ "all", AEAD_NO_AESNI },
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

unsigned cpu_parse_mask(const char *list)
{
	unsigned mask = 0;

	while (list && *list) {
		size_t len = strcspn(list, ",");

		for (size_t i = 0; i < ARRAY_SIZE(mask_words); i++)
			if (len == strlen(mask_words[i].word) && memcmp(list, mask_words[i].word, len) == 0)
				mask |= mask_words[i].mask;
		list += len;
		list += *list == ',';
	}
	return mask;
}

unsigned cpu_mask_from_env(void)
{
	return cpu_parse_mask(secure_getenv("KTLS_CPU_MASK"));
}
