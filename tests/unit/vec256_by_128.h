/* SPDX-License-Identifier: MIT */
/* Vectors of two blocks with the constants of aead/vec256.h, which explains them, out of registers of one. */
#ifndef KTLS_TESTS_UNIT_VEC256_BY_128_H
#define KTLS_TESTS_UNIT_VEC256_BY_128_H

enum {
	VEC_BLOCKS = 2,
	VEC = 32,
	SHORT = 224,
	KEEPS = 0,
	KARATSUBA = 1,
};


#include "unit/vec_by_128.h"

#endif
