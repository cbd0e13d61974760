/* SPDX-License-Identifier: MIT */
/* Tells AddressSanitizer which bytes of our own allocator nobody may touch; nothing in other builds. */
#ifndef KTLS_BASE_POISON_H
#define KTLS_BASE_POISON_H

#include <stddef.h>

#if defined(__has_feature)
#define HAVE_POISON __has_feature(address_sanitizer)
#elif defined(__SANITIZE_ADDRESS__)
#define HAVE_POISON 1
#else
#define HAVE_POISON 0
#endif

#if HAVE_POISON
#include <sanitizer/asan_interface.h>

static inline void poison(const void *p, size_t len)
{
	ASAN_POISON_MEMORY_REGION(p, len);
}

static inline void unpoison(const void *p, size_t len)
{
	ASAN_UNPOISON_MEMORY_REGION(p, len);
}
#else
static inline void poison(const void *p, size_t len)
{
	(void)p;
	(void)len;
}

static inline void unpoison(const void *p, size_t len)
{
	(void)p;
	(void)len;
}
#endif

#endif
