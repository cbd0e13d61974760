/* SPDX-License-Identifier: MIT */
/* Small pieces of secret memory in shared, locked pages. */
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/poison.h"
#include "base/secret_head.h"

enum {
	CLASSES = (sizeof(struct secret_head) + SECRET_PIECE_MAX) / SECRET_ALIGN + 1,
};

/* At the start of pages of its own; pieces follow, each behind its head. */
struct region {
	struct secret_pool *pool;
	size_t in_use;			/* pieces out */
	size_t top;			/* where what was never given out begins, counted from here */
} __attribute__((aligned(SECRET_ALIGN)));

struct secret_pool {
	pthread_mutex_t lock;
	bool disowned;
	size_t in_use;			/* pieces out, of all regions */
	struct region *current;		/* where new pieces are cut; NULL before the first */
	/* Pieces that came back, by their room in units of SECRET_ALIGN: connections ask for the same few sizes again and again. */
	struct secret_head *free[CLASSES];
};

struct secret_pool *secret_pool_new(void)
{
	struct secret_pool *pool = calloc(1, sizeof(*pool));

	if (pool && pthread_mutex_init(&pool->lock, NULL)) {
		free(pool);
		return NULL;
	}
	return pool;
}

static size_t page_len(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static struct region *region_new(struct secret_pool *pool)
{
	const size_t map_len = SECRET_REGION_LEN + page_len();
	struct region *r = mmap(NULL, map_len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (r == MAP_FAILED)
		return NULL;
	mprotect((char *)r + SECRET_REGION_LEN, page_len(), PROT_NONE);
	secret_protect(r, SECRET_REGION_LEN);
	r->pool = pool;
	r->top = sizeof(*r);
	poison(r + 1, SECRET_REGION_LEN - sizeof(*r));
	return r;
}

/* Every piece of it was wiped when it came back. */
static void region_free(struct region *r)
{
	unpoison(r, SECRET_REGION_LEN);
	munmap(r, SECRET_REGION_LEN + page_len());
}

static void pool_destroy(struct secret_pool *pool)
{
	if (pool->current)
		region_free(pool->current);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

void secret_pool_free(struct secret_pool *pool)
{
	bool last;

	if (!pool)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->disowned = true;
	last = !pool->in_use;
	pthread_mutex_unlock(&pool->lock);
	if (last)
		pool_destroy(pool);
}

static struct secret_head **list_of(struct secret_pool *pool, size_t room)
{
	return &pool->free[room / SECRET_ALIGN];
}

static void list_add(struct secret_head **list, struct secret_head *head)
{
	head->prev = NULL;
	head->next = *list;
	if (*list)
		(*list)->prev = head;
	*list = head;
}

static void list_remove(struct secret_head **list, struct secret_head *head)
{
	if (head->prev)
		head->prev->next = head->next;
	else
		*list = head->next;
	if (head->next)
		head->next->prev = head->prev;
}

/* A new piece from the end of the present region, or of another one if that has no room; what the old one has left then rests. */
static struct secret_head *cut(struct secret_pool *pool, size_t room)
{
	struct region *r = pool->current;
	struct secret_head *head;

	if (!r || SECRET_REGION_LEN - r->top < room) {
		r = region_new(pool);
		if (!r)
			return NULL;
		pool->current = r;
	}
	head = (struct secret_head *)((char *)r + r->top);
	unpoison(&head->region, offsetof(struct secret_head, gap_after) - offsetof(struct secret_head, region));
	head->region = r;
	head->room = room;
	r->top += room;
	return head;
}

static struct secret_head *take(struct secret_pool *pool, size_t room)
{
	struct secret_head **list = list_of(pool, room), *head = *list;

	if (head)
		list_remove(list, head);
	else
		head = cut(pool, room);
	if (!head)
		return NULL;
	head->region->in_use++;
	pool->in_use++;
	return head;
}

void *secret_pool_alloc(struct secret_pool *pool, size_t len)
{
	const size_t room = sizeof(struct secret_head) + (len + SECRET_ALIGN - 1) / SECRET_ALIGN * SECRET_ALIGN;
	struct secret_head *head;

	if (!pool || len > SECRET_PIECE_MAX)
		return secret_alloc(len);
	pthread_mutex_lock(&pool->lock);
	head = take(pool, room);
	pthread_mutex_unlock(&pool->lock);
	if (!head)
		return NULL;
	head->len = len;
	unpoison(head + 1, len);
	return head + 1;
}

struct secret_pool *secret_pool_of(const void *p)
{
	const struct secret_head *head = (const struct secret_head *)p - 1;

	return head->region ? head->region->pool : NULL;
}

/* Takes the pieces of a region, of which none is out, off the lists; zeroes their heads: all else was wiped when it came back. */
static void forget_pieces(struct secret_pool *pool, struct region *r)
{
	size_t room;

	unpoison(r + 1, r->top - sizeof(*r));
	for (size_t at = sizeof(*r); at < r->top; at += room) {
		struct secret_head *head = (struct secret_head *)((char *)r + at);

		room = head->room;
		list_remove(list_of(pool, room), head);
		memset(head, 0, sizeof(*head));
	}
}

/* The region in use begins anew, another one is given up. */
static void region_empty(struct secret_pool *pool, struct region *r)
{
	forget_pieces(pool, r);
	if (r != pool->current) {
		region_free(r);
		return;
	}
	r->top = sizeof(*r);
	poison(r + 1, SECRET_REGION_LEN - sizeof(*r));
}

void secret_pool_take_back(struct secret_head *head)
{
	struct region *r = head->region;
	struct secret_pool *pool = r->pool;
	bool last;

	poison(head + 1, head->room - sizeof(*head));
	pthread_mutex_lock(&pool->lock);
	list_add(list_of(pool, head->room), head);
	pool->in_use--;
	if (!--r->in_use)
		region_empty(pool, r);
	last = pool->disowned && !pool->in_use;
	pthread_mutex_unlock(&pool->lock);
	if (last)
		pool_destroy(pool);
}
