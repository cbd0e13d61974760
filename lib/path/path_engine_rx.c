/* SPDX-License-Identifier: MIT */
/* Receiving by the engine: one large recv(), whole records opened straight into the caller's buffer, the partial one kept. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bulk.h"
#include "path/path.h"
#include "record/record.h"
#include "tls/protocol.h"

enum {
	RECORD_MAX = TLS_HEADER_LEN + TLS_MAX_CIPHERTEXT_12,
	WIRE_LEN = 16 * (TLS_HEADER_LEN + TLS_MAX_PLAINTEXT + 64) + RECORD_MAX,
	/* A peer may send records without payload against traffic analysis (RFC 8446 section 5.1), but not keep us busy with them. */
	MAX_EMPTY_RUN = 1024,
};

struct engine_rx {
	struct path_rx base;
	const struct path_env *env;
	struct record *record;
	uint64_t first_seq, earlier_records;
	int dead;			/* the error that every later call repeats */
	unsigned empty_run;
	struct bulk wire;		/* ciphertext, and the record below */
	size_t start, end;		/* what of it has not been opened */
	bool more_likely;		/* the last recv() brought a record's length or all that there was room for */
	/* One record's payload where its ciphertext was, in front of start, for callers whose buffer is too small for it. */
	size_t plain_off, plain_len;
	uint8_t plain_type;
};

static struct engine_rx *engine(struct path_rx *p)
{
	return (struct engine_rx *)p;
}

static int latch(struct engine_rx *e, int err, const char *what)
{
	e->dead = err;
	return errmsg_set(e->env->err, err, "%s", what);
}

static const char *open_error(int err)
{
	switch (err) {
	case -EBADMSG:
		return "a record does not verify: wrong keys, or it was changed on its way";
	case -EMSGSIZE:
		return "a record is longer than TLS allows";
	case -EINVAL:
		return "a record header is malformed: the peer does not speak TLS any more";
	case -EOVERFLOW:
		return "the sequence numbers are used up";
	default:
		return "opening a record failed";
	}
}

/* 1: the first record is whole, 0: it is not, negative: its header is wrong. */
static int have_whole_record(const struct engine_rx *e)
{
	ssize_t len;

	if (e->start == e->end)
		return 0;
	len = record_frame(e->record, e->wire.data + e->start, e->end - e->start);
	if (len < 0)
		return (int)len;
	return len > 0 && (size_t)len <= e->end - e->start;
}

/* Puts what is left at the front of a buffer of @len bytes. */
static int move_to(struct engine_rx *e, size_t len)
{
	struct bulk old = e->wire, fresh = { 0 };

	if (len != old.cap) {
		if (bulk_need(&fresh, len))
			return -ENOMEM;
		e->wire = fresh;
	}
	if (e->end > e->start)
		memmove(e->wire.data, old.data + e->start, e->end - e->start);
	if (len != old.cap)
		bulk_free(&old);
	e->end -= e->start;
	e->start = 0;
	return 0;
}

/*
 * Room for a record at least, and for a batch of them where they come in numbers: a connection that waits in recv() on a blocking
 * socket holds its buffer all the while. Only a partial record is ever moved, and only when the rest of it might not fit.
 */
static int make_room(struct engine_rx *e)
{
	const bool is_empty = e->start == e->end;
	const size_t wanted = e->more_likely ? WIRE_LEN : RECORD_MAX;

	if (is_empty ? e->wire.cap != wanted : e->wire.cap < wanted)
		return move_to(e, wanted);
	if (e->start && (is_empty || e->wire.cap - e->start < RECORD_MAX))
		return move_to(e, e->wire.cap);
	return 0;
}

/* A connection that has nothing to receive now need not hold a buffer for it. */
static int nothing_came(struct engine_rx *e, int err)
{
	if (e->start == e->end)
		bulk_free(&e->wire);
	return err;
}

/* More bytes behind those that are here. 1, 0 at FIN, or negative errno. */
static ssize_t fill(struct engine_rx *e)
{
	ssize_t n = make_room(e);
	size_t room;

	if (n)
		return n;
	room = e->wire.cap - e->end;
	do {
		n = e->env->sys->recv(e->env->fd, e->wire.data + e->end, room, 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return nothing_came(e, -errno);
	e->more_likely = (size_t)n == room || n >= RECORD_MAX;
	e->end += (size_t)n;
	return n > 0;
}

static ssize_t give_plain(struct engine_rx *e, void *buf, size_t len, uint8_t *type, bool *eor)
{
	size_t n = MIN(len, e->plain_len);

	memcpy(buf, e->wire.data + e->plain_off, n);
	e->plain_off += n;
	e->plain_len -= n;
	*type = e->plain_type;
	*eor = e->plain_len == 0;
	return (ssize_t)n;
}

/*
 * Needs no memory. A buffer of 16384 bytes, the commonest of all, is too small for a record of as many in TLS 1.3, whose type stands
 * behind the payload: it costs this copy out of the cache, a fifth of what opening the record costs.
 */
static int open_in_place(struct engine_rx *e, struct record_opened *res)
{
	uint8_t *at = e->wire.data + e->start;
	int ret = record_open(e->record, at, e->end - e->start, at, RECORD_MAX, res);

	if (ret)
		return ret;
	bulk_holds_plain(&e->wire, e->start + res->wire);
	e->plain_off = e->start + res->offset;
	e->plain_len = res->plain;
	e->plain_type = res->type;
	return 0;
}

/* Data without payload is skipped; a control record without payload is an error (RFC 8446 section 5.1). */
static int check_empty(struct engine_rx *e, uint8_t type)
{
	if (type != TLS_CT_DATA)
		return latch(e, -EPROTO, "the peer sent an empty control record");
	if (++e->empty_run > MAX_EMPTY_RUN)
		return latch(e, -EPROTO, "the peer sends records without payload only");
	return 0;
}

/* Opens what is whole. > 0 payload bytes, 0 only empty records, negative errno. */
static ssize_t open_some(struct engine_rx *e, void *buf, size_t len, uint8_t *type, bool *eor)
{
	struct record_opened res = { 0 };
	bool direct = true;
	int ret = record_open(e->record, e->wire.data + e->start, e->end - e->start, buf, len, &res);

	if (ret == -ENOSPC) {
		direct = false;
		ret = open_in_place(e, &res);
	}
	if (ret)
		return latch(e, ret, open_error(ret));
	e->start += res.wire;
	if (!res.plain)
		return check_empty(e, res.type);
	e->empty_run = 0;
	if (!direct)
		return give_plain(e, buf, len, type, eor);
	*type = res.type;
	*eor = true;
	return (ssize_t)res.plain;
}

static ssize_t engine_recv(struct path_rx *p, void *buf, size_t len, uint8_t *type, bool *eor)
{
	struct engine_rx *e = engine(p);
	ssize_t n;

	if (e->plain_len)
		return give_plain(e, buf, len, type, eor);
	while (!e->dead) {
		int whole = have_whole_record(e);

		if (whole < 0)
			return latch(e, whole, open_error(whole));
		n = whole ? open_some(e, buf, len, type, eor) : fill(e);
		/* A fill that brought bytes, or empty records skipped: look again. */
		if (whole ? n != 0 : n <= 0)
			return n;
	}
	return e->dead;
}

static ssize_t engine_splice(struct path_rx *p, int pipe_fd, size_t len)
{
	(void)p;
	(void)pipe_fd;
	(void)len;
	return -EOPNOTSUPP;
}

static bool engine_has_buffered(const struct path_rx *p)
{
	const struct engine_rx *e = (const struct engine_rx *)p;

	/* A wrong header counts: the next call has news about it. */
	return e->plain_len || (!e->dead && have_whole_record(e) != 0);
}

static int engine_rekey(struct path_rx *p, const struct tls_keys *keys)
{
	struct engine_rx *e = engine(p);

	e->earlier_records += record_seq(e->record) - e->first_seq;
	e->first_seq = keys->seq;
	return record_rekey(e->record, keys);
}

static bool engine_can_rekey(const struct path_rx *p)
{
	(void)p;
	return true;
}

static int engine_records(struct path_rx *p, uint64_t *this_key, uint64_t *total)
{
	struct engine_rx *e = engine(p);

	*this_key = record_seq(e->record) - e->first_seq;
	*total = e->earlier_records + *this_key;
	return 0;
}

static void engine_free(struct path_rx *p)
{
	struct engine_rx *e = engine(p);

	record_free(e->record);
	bulk_free(&e->wire);
	free(e);
}

static const struct path_rx_ops engine_rx_ops = {
	.name = "engine",
	.recv = engine_recv,
	.splice = engine_splice,
	.has_buffered = engine_has_buffered,
	.rekey = engine_rekey,
	.can_rekey = engine_can_rekey,
	.records = engine_records,
	.free = engine_free,
};

int path_engine_rx_new(struct path_rx **out, const struct path_env *env, const struct tls_keys *keys)
{
	struct engine_rx *e = calloc(1, sizeof(*e));
	int ret;

	if (!e)
		return -ENOMEM;
	e->base.ops = &engine_rx_ops;
	e->env = env;
	e->first_seq = keys->seq;
	ret = record_new_in(&e->record, env->pool, keys);
	if (ret) {
		engine_free(&e->base);
		return ret;
	}
	*out = &e->base;
	return 0;
}

const char *path_engine_rx_leaf(const struct path_rx *p)
{
	return record_leaf(((const struct engine_rx *)p)->record);
}

int path_peek_check(const struct path_env *env, const struct tls_keys *keys, int *alert)
{
	struct record_opened res = { 0 };
	struct record *record = NULL;
	struct bulk wire = { 0 };
	ssize_t n, len;
	int ret;

	*alert = -1;
	if (bulk_need(&wire, RECORD_MAX))
		return -ENOMEM;
	ret = record_new_in(&record, env->pool, keys);
	if (ret)
		goto out;
	n = env->sys->recv(env->fd, wire.data, RECORD_MAX, MSG_PEEK | MSG_DONTWAIT);
	if (n <= 0)
		goto out;
	len = record_frame(record, wire.data, (size_t)n);
	if (len < 0)
		ret = -EBADMSG;
	else if (len > 0 && len <= n)
		ret = record_open(record, wire.data, (size_t)len, wire.data, RECORD_MAX, &res) ? -EBADMSG : 1;
	if (ret > 0)
		bulk_holds_plain(&wire, (size_t)len);
	if (ret > 0 && res.type == TLS_CT_ALERT && res.plain == 2)
		*alert = wire.data[res.offset + 1];
out:
	record_free(record);
	bulk_free(&wire);
	return ret;
}
