/* SPDX-License-Identifier: MIT */
/* The constants of aead/vec512.h. Nothing here runs, so that any CPU may read them. */
#include "aead/vec512.h"

#include "unit/vec_constants.h"

const struct vec_constants vec512_constants = VEC_CONSTANTS;
