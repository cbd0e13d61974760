/* SPDX-License-Identifier: MIT */
/* The bodies of the VAES leaves, at their own widths, for what has AES-NI alone. Never in the library. */
#ifndef KTLS_TESTS_UNIT_LEAVES_BY_128_H
#define KTLS_TESTS_UNIT_LEAVES_BY_128_H

#include "aead/leaf.h"

extern const struct aead_leaf aead_leaf_vaes256_by_128, aead_leaf_vaes512_by_128;

#endif
