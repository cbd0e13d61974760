/* SPDX-License-Identifier: MIT */
/* What is sent, again and again. */
#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ktls-bench/pattern.h"

/* Not compressible, and the same in every run. */
int pattern_make(struct pattern *p, size_t length)
{
	uint64_t x = 0x9e3779b97f4a7c15U;

	*p = (struct pattern){ .len = 4U << 20, .room = length };
	p->file = memfd_create("ktls-bench", MFD_CLOEXEC);
	if (p->file < 0 || ftruncate(p->file, (off_t)(p->len + p->room)))
		return -errno;
	p->bytes = mmap(NULL, p->len + p->room, PROT_READ | PROT_WRITE, MAP_SHARED, p->file, 0);
	if (p->bytes == MAP_FAILED) {
		p->bytes = NULL;
		return -errno;
	}
	for (size_t i = 0; i < p->len; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		p->bytes[i] = (char)x;
	}
	for (size_t i = 0; i < p->room; i++)
		p->bytes[p->len + i] = p->bytes[i];
	return 0;
}

void pattern_free(struct pattern *p)
{
	if (p->bytes)
		munmap(p->bytes, p->len + p->room);
	if (p->file >= 0)
		close(p->file);
}
