/* SPDX-License-Identifier: MIT */
/* AES-GCM with VAES, VPCLMULQDQ and AVX-512: four blocks a vector. */
#include "aead/vec512.h"

#include "aead/cpu.h"
#include "aead/gcm_leaf.h"

const struct aead_leaf aead_leaf_vaes512 = {
	.name = "vaes-avx512",
	.needs = CPU_AESNI | CPU_VAES | CPU_AVX512,
	GCM_LEAF,
};
