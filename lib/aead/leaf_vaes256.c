/* SPDX-License-Identifier: MIT */
/* AES-GCM with VAES, VPCLMULQDQ and AVX2: two blocks a vector. */
#include "aead/vec256.h"

#include "aead/cpu.h"
#include "aead/gcm_leaf.h"

const struct aead_leaf aead_leaf_vaes256 = {
	.name = "vaes-avx2",
	.needs = CPU_AESNI | CPU_VAES,
	GCM_LEAF,
};
