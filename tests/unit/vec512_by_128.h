/* SPDX-License-Identifier: MIT */
/* Vectors of four blocks with the constants of aead/vec512.h, which explains them, out of registers of one. */
#ifndef KTLS_TESTS_UNIT_VEC512_BY_128_H
#define KTLS_TESTS_UNIT_VEC512_BY_128_H

enum {
	VEC_BLOCKS = 4,
	VEC = 64,
	SHORT = 960,
	KEEPS = 1,
	KARATSUBA = 0,
};


#include "unit/vec_by_128.h"

#endif
