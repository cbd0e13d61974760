/* SPDX-License-Identifier: MIT */
/* Test vectors as they are printed in RFCs: hexadecimal digits, blanks ignored. */
#ifndef KTLS_TESTS_FROM_HEX_H
#define KTLS_TESTS_FROM_HEX_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Writes at most @cap bytes; returns how many. Stops at the first odd or foreign character. */
static inline size_t from_hex(const char *hex, uint8_t *out, size_t cap)
{
	static const char digits[] = "0123456789abcdef";
	size_t nibbles = 0;
	uint8_t byte = 0;

	for (; *hex && nibbles < 2 * cap; hex++) {
		const char *d = strchr(digits, *hex);

		if (*hex == ' ')
			continue;
		if (!d)
			break;
		byte = (uint8_t)(byte << 4 | (d - digits));
		if (nibbles++ % 2)
			out[nibbles / 2 - 1] = byte;
	}
	return nibbles / 2;
}

#endif
