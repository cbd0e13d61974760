/* SPDX-License-Identifier: MIT */
/* What decides about the way of a record in the engine's body, as a vectors' header has it: to compare two of these. */
#ifndef KTLS_TESTS_UNIT_VEC_CONSTANTS_H
#define KTLS_TESTS_UNIT_VEC_CONSTANTS_H

struct vec_constants {
	int blocks, vec, longest_short, keeps, karatsuba, head_vecs, head_data, line;
};

/* Of the header that stands above. */
#define VEC_CONSTANTS { \
	.blocks = VEC_BLOCKS, .vec = VEC, .longest_short = SHORT, .keeps = KEEPS, \
	.karatsuba = KARATSUBA, .head_vecs = HEAD_VECS, .head_data = HEAD_DATA, .line = LINE, \
}

extern const struct vec_constants vec256_constants, vec512_constants, vec256_by_128_constants, vec512_by_128_constants;

#endif
