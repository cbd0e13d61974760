/* SPDX-License-Identifier: MIT */
/* Big-endian loads and stores of wire integers. */
#ifndef KTLS_BASE_BYTES_H
#define KTLS_BASE_BYTES_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

/* All bytes at once: what is loaded again soon must not have been stored in pieces. */
#define BIG_ENDIAN_ACCESS(bits) \
	static inline uint##bits##_t load_be##bits(const uint8_t *p) \
	{ \
		uint##bits##_t v; \
		memcpy(&v, p, sizeof(v)); \
		return be##bits##toh(v); \
	} \
	static inline void store_be##bits(uint8_t *p, uint##bits##_t v) \
	{ \
		v = htobe##bits(v); \
		memcpy(p, &v, sizeof(v)); \
	}
BIG_ENDIAN_ACCESS(16)
BIG_ENDIAN_ACCESS(64)
#undef BIG_ENDIAN_ACCESS

static inline uint32_t load_be24(const uint8_t *p)
{
	return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

#endif
