/* SPDX-License-Identifier: MIT */
/* Sending by the engine: records are sealed in batches from the caller's buffer into wire records, one send() a batch. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bulk.h"
#include "path/path.h"
#include "path/pipe.h"
#include "record/record.h"

enum {
	BATCH = 16,
	/* Room for the longest record of any cipher and version. */
	WIRE_LEN = BATCH * (TLS_HEADER_LEN + TLS_MAX_PLAINTEXT + 64),
	PLAIN_LEN = BATCH * TLS_MAX_PLAINTEXT,
	/* An idle connection keeps no more than this: requests and answers need no memory made for each. */
	KEEP_LEN = 4096,
};

struct engine_tx {
	struct path_tx base;
	const struct path_env *env;
	struct record *record;
	size_t batch;			/* bytes of payload that one batch holds */
	uint64_t first_seq;		/* of the present key */
	uint64_t earlier_records;	/* of the keys before it */
	struct bulk wire;		/* ciphertext: nothing here is secret */
	size_t off, len;		/* what of it waits to be sent */
	struct bulk plain;		/* what was read from a file or pipe, or came in pieces */
	size_t held;			/* what of it is in no record yet; up to a batch, and there till more comes */
	bool more_likely;		/* the last call had more than a batch, or said so: the next one comes soon */
};

static struct engine_tx *engine(struct path_tx *p)
{
	return (struct engine_tx *)p;
}

static int drain(struct engine_tx *e)
{
	while (e->len) {
		ssize_t n = e->env->sys->send(e->env->fd, e->wire.data + e->off, e->len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		e->off += (size_t)n;
		e->len -= (size_t)n;
	}
	return 0;
}

/* Gives back what a connection without anything to send need not hold. Memory made anew for every full batch would be felt. */
static void rest(struct engine_tx *e)
{
	if (e->more_likely)
		return;
	if (!e->len && e->wire.cap > KEEP_LEN)
		bulk_free(&e->wire);
	if (!e->held)
		bulk_free(&e->plain);
}

/* Room for @len bytes of payload in records, or for a batch. */
static int need_wire(struct engine_tx *e, size_t len)
{
	size_t records, whole;

	len = MIN(len, (size_t)PLAIN_LEN);
	records = len ? (len - 1) / e->env->max_payload + 1 : 1;
	whole = len + records * record_overhead(e->record);
	return bulk_need(&e->wire, MIN(MAX(whole, (size_t)KEEP_LEN), (size_t)WIRE_LEN));
}

/* Takes a batch from @buf; what the socket does not accept now waits in the wire buffer. */
static ssize_t seal_and_send(struct engine_tx *e, uint8_t type, const uint8_t *buf, size_t len)
{
	size_t taken = 0;
	ssize_t n;
	int ret;

	if (need_wire(e, len))
		return -ENOMEM;
	n = record_seal(e->record, type, buf, len, e->env->max_payload, e->wire.data, e->wire.cap, &taken);
	if (n < 0)
		return errmsg_set(e->env->err, (int)n, "sealing a record failed");
	e->off = 0;
	e->len = (size_t)n;
	ret = drain(e);
	rest(e);
	return ret && ret != -EAGAIN ? ret : (ssize_t)taken;
}

/* Room for @len bytes of payload behind those that are held. Few pieces need little; who has more will fill a batch. */
static int need_plain(struct engine_tx *e, size_t len)
{
	struct bulk old = e->plain, fresh = { 0 };
	const size_t whole = e->held + len;

	if (old.cap >= whole)
		return 0;
	if (bulk_need(&fresh, e->held ? (size_t)PLAIN_LEN : MAX(whole, (size_t)KEEP_LEN)))
		return -ENOMEM;
	if (e->held)
		memcpy(fresh.data, old.data, e->held);
	bulk_holds_plain(&fresh, e->held);
	bulk_free(&old);
	e->plain = fresh;
	return 0;
}

/* @len bytes more are in the plain buffer. */
static void hold(struct engine_tx *e, size_t len)
{
	e->held += len;
	bulk_holds_plain(&e->plain, e->held);
}

/* Puts what is held into records; what the socket does not accept now waits in the wire buffer. */
static int push_held(struct engine_tx *e)
{
	int ret = drain(e);

	while (!ret && e->held) {
		const ssize_t n = seal_and_send(e, TLS_CT_DATA, e->plain.data, e->held);

		if (n < 0)
			return (int)n;
		e->held -= (size_t)n;
		/* Not all of it only where the next record is going to fail. */
		if (e->held)
			memmove(e->plain.data, e->plain.data + n, e->held);
		ret = drain(e);
	}
	rest(e);
	return ret;
}

/* The same for @taken bytes that a call has added to it: they are taken, whatever the socket says now. */
static ssize_t push_taken(struct engine_tx *e, size_t taken)
{
	const int ret = push_held(e);

	return ret && ret != -EAGAIN ? ret : (ssize_t)taken;
}

/* Before a call takes anything: the wire buffer is empty, and a batch is not full. */
static int make_way(struct engine_tx *e)
{
	return e->held == e->batch ? push_held(e) : drain(e);
}

static ssize_t engine_send(struct path_tx *p, const void *buf, size_t len, bool more)
{
	struct engine_tx *e = engine(p);
	int ret = make_way(e);

	if (ret)
		return ret;
	e->more_likely = more || len > e->batch;
	if (!e->held && !more)
		return seal_and_send(e, TLS_CT_DATA, buf, len);
	if (!e->held && len >= e->batch)
		return seal_and_send(e, TLS_CT_DATA, buf, e->batch);
	len = MIN(len, e->batch - e->held);
	if (need_plain(e, len))
		return -ENOMEM;
	memcpy(e->plain.data + e->held, buf, len);
	hold(e, len);
	return e->held == e->batch || !more ? push_taken(e, len) : (ssize_t)len;
}

/* Everything that @len bytes of a source need: what is read it has given up, so all of it must be taken. */
static int prepare_plain(struct engine_tx *e, size_t len)
{
	return need_plain(e, len) || need_wire(e, e->held + len) ? -ENOMEM : 0;
}

/* The source has nothing now, or no more. */
static void source_is_empty(struct engine_tx *e)
{
	e->more_likely = e->held != 0;
	rest(e);
}

/* What was read into the plain buffer: @n bytes or an error. */
static ssize_t send_plain(struct engine_tx *e, ssize_t n, const char *what_failed)
{
	if (n < 0)
		return errmsg_set(e->env->err, -errno, "%s", what_failed);
	if (!n) {
		source_is_empty(e);
		return 0;
	}
	hold(e, (size_t)n);
	return push_taken(e, (size_t)n);
}

static ssize_t engine_send_file(struct path_tx *p, int file_fd, off_t *off, size_t len)
{
	struct engine_tx *e = engine(p);
	ssize_t n;
	int ret = make_way(e);

	e->more_likely = len > e->batch;
	len = MIN(len, e->batch - e->held);
	if (!ret)
		ret = prepare_plain(e, len);
	if (ret)
		return ret;
	n = send_plain(e, e->env->sys->pread(file_fd, e->plain.data + e->held, len, *off), "reading the file failed");
	if (n > 0)
		*off += n;
	return n;
}

static ssize_t engine_send_pipe(struct path_tx *p, int pipe_fd, size_t len)
{
	struct engine_tx *e = engine(p);
	ssize_t n;
	int ret = make_way(e);

	if (ret)
		return ret;
	n = pipe_readable(e->env->sys, pipe_fd);
	if (n <= 0) {
		source_is_empty(e);
		return n;
	}
	e->more_likely = (size_t)n > e->batch;
	len = MIN(MIN(len, (size_t)n), e->batch - e->held);
	ret = prepare_plain(e, len);
	return ret ? ret : send_plain(e, e->env->sys->read(pipe_fd, e->plain.data + e->held, len), "reading the pipe failed");
}

/* What is held goes first. After it nothing more is likely. */
static int engine_flush(struct path_tx *p)
{
	struct engine_tx *e = engine(p);

	if (e->held)
		e->more_likely = false;
	return push_held(e);
}

static int engine_send_control(struct path_tx *p, uint8_t type, const void *buf, size_t len)
{
	struct engine_tx *e = engine(p);
	ssize_t n;
	int ret;

	e->more_likely = false;
	ret = push_held(e);
	if (ret)
		return ret;
	n = seal_and_send(e, type, buf, len);
	return n < 0 ? (int)n : 0;
}

static bool engine_has_unsent(const struct path_tx *p)
{
	return ((const struct engine_tx *)p)->len != 0;
}

static int engine_rekey(struct path_tx *p, const struct tls_keys *keys)
{
	struct engine_tx *e = engine(p);

	e->earlier_records += record_seq(e->record) - e->first_seq;
	e->first_seq = keys->seq;
	return record_rekey(e->record, keys);
}

static bool engine_can_rekey(const struct path_tx *p)
{
	(void)p;
	return true;
}

static int engine_records(struct path_tx *p, uint64_t *this_key, uint64_t *total)
{
	struct engine_tx *e = engine(p);

	*this_key = record_seq(e->record) - e->first_seq;
	*total = e->earlier_records + *this_key;
	return 0;
}

static void engine_free(struct path_tx *p)
{
	struct engine_tx *e = engine(p);

	record_free(e->record);
	bulk_free(&e->plain);
	bulk_free(&e->wire);
	free(e);
}

static const struct path_tx_ops engine_tx_ops = {
	.name = "engine",
	.send = engine_send,
	.send_file = engine_send_file,
	.send_pipe = engine_send_pipe,
	.send_control = engine_send_control,
	.flush = engine_flush,
	.has_unsent = engine_has_unsent,
	.rekey = engine_rekey,
	.can_rekey = engine_can_rekey,
	.records = engine_records,
	.free = engine_free,
};

/* Whole records, as many as the wire buffer has room for. */
static size_t batch_payload(size_t max_payload, size_t overhead)
{
	return MIN(WIRE_LEN / (max_payload + overhead) * max_payload, (size_t)PLAIN_LEN);
}

int path_engine_tx_new(struct path_tx **out, const struct path_env *env, const struct tls_keys *keys)
{
	struct engine_tx *e = calloc(1, sizeof(*e));
	int ret;

	if (!e)
		return -ENOMEM;
	e->base.ops = &engine_tx_ops;
	e->env = env;
	e->first_seq = keys->seq;
	ret = record_new_in(&e->record, env->pool, keys);
	if (ret) {
		engine_free(&e->base);
		return ret;
	}
	e->batch = batch_payload(env->max_payload, record_overhead(e->record));
	*out = &e->base;
	return 0;
}

const char *path_engine_tx_leaf(const struct path_tx *p)
{
	return record_leaf(((const struct engine_tx *)p)->record);
}
