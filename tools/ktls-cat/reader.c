/* SPDX-License-Identifier: MIT */
/* Reading ahead: a thread, a ring of batches, one lock. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ktls-cat/reader.h"

enum {
	/* One that is sent, one that is ready, one that is read: with two each side would wait for the other at every batch. */
	SLOTS = 3,
	SLOT_LEN = 256 * 1024,
	PAGE = 4096,
};

struct slot {
	uint8_t *buf;
	ssize_t n;		/* bytes, 0 at the end, or a negative errno */
};

struct reader {
	int fd;
	bool is_file;
	off_t off;			/* the thread's while it reads */
	pthread_t thread;
	pthread_mutex_t lock;		/* of all that follows; a slot between out and in belongs to the owner, the others to the thread */
	pthread_cond_t for_thread, for_owner;
	struct slot slots[SLOTS];
	unsigned in, out;		/* batches put in, and given back */
	bool is_taken;			/* the oldest one is with the owner */
	bool reads, ends;
};

/* A pipe has a program at its other end, which needs the second CPU more: batches get short, and each of them wakes somebody. */
bool reader_is_wanted(enum reader_mode mode, bool is_file)
{
	cpu_set_t set;

	if (mode != READER_AUTO || !is_file)
		return mode == READER_ON;
	/* More CPUs than a set has room for: an error, and surely two. */
	return sched_getaffinity(0, sizeof(set), &set) < 0 || CPU_COUNT(&set) > 1;
}

/* --- the thread ---------------------------------------------------------- */

/* The slot to read into, or NULL at the end. */
static struct slot *free_slot(struct reader *r)
{
	while (!r->ends && (!r->reads || r->in - r->out == SLOTS))
		pthread_cond_wait(&r->for_thread, &r->lock);
	return r->ends ? NULL : &r->slots[r->in % SLOTS];
}

static ssize_t read_batch(struct reader *r, uint8_t *buf)
{
	const ssize_t n = r->is_file ? pread(r->fd, buf, SLOT_LEN, r->off) : read(r->fd, buf, SLOT_LEN);

	if (n < 0)
		return -errno;
	r->off += n;
	return n;
}

/* A short batch is the last one for now: whoever waits for more of it must not wait in a thread. */
static void put(struct reader *r, struct slot *slot, ssize_t n)
{
	slot->n = n;
	if (n != -EAGAIN && n != -EINTR)
		r->in++;
	if (n < SLOT_LEN)
		r->reads = false;
	pthread_cond_signal(&r->for_owner);
}

static void *read_ahead(void *arg)
{
	struct reader *r = arg;
	struct slot *slot;

	pthread_mutex_lock(&r->lock);
	while ((slot = free_slot(r))) {
		ssize_t n;

		pthread_mutex_unlock(&r->lock);
		n = read_batch(r, slot->buf);
		pthread_mutex_lock(&r->lock);
		put(r, slot, n);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

/* --- its owner ----------------------------------------------------------- */

static void free_slots(struct reader *r)
{
	for (int i = 0; i < SLOTS; i++) {
		if (r->slots[i].buf)
			explicit_bzero(r->slots[i].buf, SLOT_LEN);
		free(r->slots[i].buf);
	}
	free(r);
}

/* Signals are the owner's. */
static int start_thread(struct reader *r)
{
	sigset_t all, old;
	int ret;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	ret = pthread_create(&r->thread, NULL, read_ahead, r);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return ret;
}

struct reader *reader_new(int fd, bool is_file)
{
	struct reader *r = calloc(1, sizeof(*r));
	bool ok = r;

	for (int i = 0; ok && i < SLOTS; i++)
		ok = (r->slots[i].buf = aligned_alloc(PAGE, SLOT_LEN));
	if (ok) {
		r->fd = fd;
		r->is_file = is_file;
		/* With default attributes these do not fail on Linux. */
		pthread_mutex_init(&r->lock, NULL);
		pthread_cond_init(&r->for_thread, NULL);
		pthread_cond_init(&r->for_owner, NULL);
		ok = start_thread(r) == 0;
	}
	if (!ok && r) {
		free_slots(r);
		r = NULL;
	}
	return r;
}

void reader_start(struct reader *r, off_t off)
{
	pthread_mutex_lock(&r->lock);
	r->off = off;
	r->reads = true;
	pthread_cond_signal(&r->for_thread);
	pthread_mutex_unlock(&r->lock);
}

/* The batch that the owner had is the thread's again. */
static void give_back(struct reader *r)
{
	if (!r->is_taken)
		return;
	r->is_taken = false;
	r->out++;
	pthread_cond_signal(&r->for_thread);
}

/* The oldest batch that the owner has not had, or NULL if the thread rests and there is none. Reads do not wait, so this does not either for long. */
static const struct slot *next_slot(struct reader *r)
{
	while (r->in == r->out + r->is_taken && r->reads)
		pthread_cond_wait(&r->for_owner, &r->lock);
	return r->in == r->out + r->is_taken ? NULL : &r->slots[(r->out + r->is_taken) % SLOTS];
}

ssize_t reader_take(struct reader *r, uint8_t **buf)
{
	const struct slot *slot;
	ssize_t n = -EAGAIN;

	pthread_mutex_lock(&r->lock);
	give_back(r);
	slot = next_slot(r);
	if (slot) {
		r->is_taken = true;
		*buf = slot->buf;
		n = slot->n;
	}
	pthread_mutex_unlock(&r->lock);
	return n;
}

bool reader_has_rest(struct reader *r)
{
	const struct slot *slot;
	bool has_rest;

	pthread_mutex_lock(&r->lock);
	slot = next_slot(r);
	has_rest = slot && slot->n > 0;
	pthread_mutex_unlock(&r->lock);
	return has_rest;
}

void reader_free(struct reader *r)
{
	if (!r)
		return;
	pthread_mutex_lock(&r->lock);
	r->ends = true;
	pthread_cond_signal(&r->for_thread);
	pthread_mutex_unlock(&r->lock);
	pthread_join(r->thread, NULL);
	pthread_mutex_destroy(&r->lock);
	pthread_cond_destroy(&r->for_thread);
	pthread_cond_destroy(&r->for_owner);
	free_slots(r);
}
