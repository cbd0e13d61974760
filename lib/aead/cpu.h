/* SPDX-License-Identifier: MIT */
/* What this CPU can do, as far as the engine's leaves ask. */
#ifndef KTLS_AEAD_CPU_H
#define KTLS_AEAD_CPU_H

enum {
	CPU_AESNI = 1,		/* AES-NI, PCLMULQDQ and AVX together: what came without AVX is left to libcrypto */
	CPU_VAES = 2,		/* VAES, VPCLMULQDQ and AVX2 */
	CPU_AVX512 = 4,		/* AVX-512 F, BW, DQ and VL, on a CPU that keeps its clock with them */
};

/* CPU_* of this machine. */
unsigned cpu_features(void);

/* What of it may be used: less what @mask (AEAD_NO_*) and KTLS_CPU_MASK take away. */
unsigned cpu_usable(unsigned mask);

/*
 * Why a leaf that needs the features @needs cannot run on a CPU that has @features, of which @usable may be used: one line
 * for people, static. NULL if it can.
 */
const char *cpu_why_not(unsigned needs, unsigned features, unsigned usable);

/* AEAD_NO_* from a comma list; "all" is every one of them. Unknown words are ignored. @list may be NULL. */
unsigned cpu_parse_mask(const char *list);

/* The same from the environment variable KTLS_CPU_MASK. 0 in set-user-ID programs. */
unsigned cpu_mask_from_env(void);

#endif
