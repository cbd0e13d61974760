/* SPDX-License-Identifier: MIT */
/* Memory for keys: wiped, undumpable, locked where allowed. */
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/secret_head.h"

void secret_wipe(void *p, size_t len)
{
	if (len)
		explicit_bzero(p, len);
}

/* Locked when it is touched: what nobody uses stays out of memory. Before Linux 4.4 all of it is locked at once. */
static void lock_pages(void *p, size_t len)
{
#ifdef MLOCK_ONFAULT
	if (mlock2(p, len, MLOCK_ONFAULT) == 0)
		return;
#endif
	mlock(p, len);
}

/* Both are protection in depth: a system that refuses them still gets its connection. */
void secret_protect(void *p, size_t len)
{
	lock_pages(p, len);
	madvise(p, len, MADV_DONTDUMP);
}

void *secret_alloc(size_t len)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct secret_head *head;
	size_t map_len;

	if (len > SIZE_MAX / 2)
		return NULL;
	map_len = (sizeof(*head) + len + page - 1) / page * page;
	head = mmap(NULL, map_len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (head == MAP_FAILED)
		return NULL;
	secret_protect(head, map_len);
	head->room = map_len;
	head->len = len;
	return head + 1;
}

void secret_free(void *p)
{
	struct secret_head *head;

	if (!p)
		return;
	head = (struct secret_head *)p - 1;
	secret_wipe(p, head->len);
	if (head->region)
		secret_pool_take_back(head);
	else
		munmap(head, head->room);
}
