/* SPDX-License-Identifier: MIT */
/* The constants of aead/vec256.h. Nothing here runs, so that any CPU may read them. */
#include "aead/vec256.h"

#include "unit/vec_constants.h"

const struct vec_constants vec256_constants = VEC_CONSTANTS;
