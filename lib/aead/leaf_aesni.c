/* SPDX-License-Identifier: MIT */
/* AES-GCM with AES-NI and PCLMULQDQ: a block a vector. */
#include "aead/vec128.h"

#include "aead/cpu.h"
#include "aead/gcm_leaf.h"

const struct aead_leaf aead_leaf_aesni = {
	.name = "aesni-pclmul",
	.needs = CPU_AESNI,
	GCM_LEAF,
};
