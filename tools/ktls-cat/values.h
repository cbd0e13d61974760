/* SPDX-License-Identifier: MIT */
/* Values of options. What is wrong with one ends the program in a line that names the option. */
#ifndef KTLS_CAT_VALUES_H
#define KTLS_CAT_VALUES_H

#include <stdint.h>

/* Bytes from @min to @max; @range says that to people: "1 and 16384". */
uint64_t value_size(const char *option, const char *arg, uint64_t min, uint64_t max, const char *range);

/* A time, in ms. */
int64_t value_time(const char *option, const char *arg);

#endif
