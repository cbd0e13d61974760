/* SPDX-License-Identifier: MIT */
/* Compiler attributes and the few macros the house allows. */
#ifndef KTLS_BASE_ATTR_H
#define KTLS_BASE_ATTR_H

#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)		((a) < (b) ? (a) : (b))
#define MAX(a, b)		((a) > (b) ? (a) : (b))
#define ATTR_PRINTF(f, a)	__attribute__((format(printf, f, a)))
#define ATTR_MUST_CHECK		__attribute__((warn_unused_result))

#endif
