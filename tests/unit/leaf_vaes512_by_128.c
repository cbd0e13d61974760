/* SPDX-License-Identifier: MIT */
/* The body of aead/leaf_vaes512.c by AES-NI and PCLMULQDQ. */
#include "unit/vec512_by_128.h"

#include "aead/cpu.h"
#include "aead/gcm_leaf.h"
#include "unit/leaves_by_128.h"
#include "unit/vec_constants.h"

const struct aead_leaf aead_leaf_vaes512_by_128 = {
	.name = "vaes512-by-128",
	.needs = CPU_AESNI,
	GCM_LEAF,
};

const struct vec_constants vec512_by_128_constants = VEC_CONSTANTS;
