/* SPDX-License-Identifier: MIT */
/* Memory for keys: wiped, undumpable, locked where allowed. */
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "base/secret.h"

/* In front of the caller's bytes, a page of its own so that these stay page aligned. */
struct secret_head {
	size_t map_len;
	size_t len;
};

void secret_wipe(void *p, size_t len)
{
	if (len)
		OPENSSL_cleanse(p, len);
}

void *secret_alloc(size_t len)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t map_len;
	struct secret_head *head;

	if (len > SIZE_MAX / 2)
		return NULL;
	map_len = page + (len + page - 1) / page * page;
	head = mmap(NULL, map_len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (head == MAP_FAILED)
		return NULL;
	/* Both are protection in depth: a system that refuses them still gets its connection. */
	mlock((char *)head + page, map_len - page);
	madvise(head, map_len, MADV_DONTDUMP);
	head->map_len = map_len;
	head->len = len;
	return (char *)head + page;
}

void secret_free(void *p)
{
	struct secret_head *head;

	if (!p)
		return;
	head = (struct secret_head *)(void *)((char *)p - sysconf(_SC_PAGESIZE));
	secret_wipe(p, head->len);
	munmap(head, head->map_len);
}
