/* SPDX-License-Identifier: MIT */
/* Sending by the engine: records are sealed in batches from the caller's buffer into wire records, one send() a batch. */
#include <errno.h>
#include <stdlib.h>

#include "base/secret.h"
#include "path/path.h"
#include "path/pipe.h"
#include "record/record.h"

enum {
	BATCH = 16,
	/* Room for the longest record of any cipher and version. */
	WIRE_LEN = BATCH * (TLS_HEADER_LEN + TLS_MAX_PLAINTEXT + 64),
	PLAIN_LEN = BATCH * TLS_MAX_PLAINTEXT,
};

struct engine_tx {
	struct path_tx base;
	const struct path_env *env;
	struct record *record;
	uint64_t first_seq;		/* of the present key */
	uint64_t earlier_records;	/* of the keys before it */
	uint8_t *wire;			/* ciphertext: nothing here is secret */
	size_t off, len;		/* what of it waits to be sent */
	uint8_t *plain;			/* what was read from a file or pipe; made when first needed */
};

static struct engine_tx *engine(struct path_tx *p)
{
	return (struct engine_tx *)p;
}

static int drain(struct engine_tx *e)
{
	while (e->len) {
		ssize_t n = e->env->sys->send(e->env->fd, e->wire + e->off, e->len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		e->off += (size_t)n;
		e->len -= (size_t)n;
	}
	return 0;
}

/* Takes a batch from @buf; what the socket does not accept now waits in the wire buffer. */
static ssize_t seal_and_send(struct engine_tx *e, uint8_t type, const uint8_t *buf, size_t len)
{
	size_t taken = 0;
	ssize_t n;
	int ret;

	n = record_seal(e->record, type, buf, len, e->env->max_payload, e->wire, WIRE_LEN, &taken);
	if (n < 0)
		return errmsg_set(e->env->err, (int)n, "sealing a record failed");
	e->off = 0;
	e->len = (size_t)n;
	ret = drain(e);
	return ret && ret != -EAGAIN ? ret : (ssize_t)taken;
}

static ssize_t engine_send(struct path_tx *p, const void *buf, size_t len)
{
	int ret = drain(engine(p));

	return ret ? ret : seal_and_send(engine(p), TLS_CT_DATA, buf, len);
}

static int need_plain(struct engine_tx *e)
{
	if (!e->plain)
		e->plain = secret_alloc(PLAIN_LEN);
	return e->plain ? 0 : -ENOMEM;
}

/* Bytes of the source that one batch holds: what is read is given up by the source, so it must all be taken. */
static size_t batch_payload(const struct engine_tx *e)
{
	return WIRE_LEN / (e->env->max_payload + record_overhead(e->record)) * e->env->max_payload;
}

static ssize_t engine_send_file(struct path_tx *p, int file_fd, off_t *off, size_t len)
{
	struct engine_tx *e = engine(p);
	ssize_t n;
	int ret = drain(e);

	if (!ret)
		ret = need_plain(e);
	if (ret)
		return ret;
	n = e->env->sys->pread(file_fd, e->plain, MIN(MIN(len, (size_t)PLAIN_LEN), batch_payload(e)), *off);
	if (n < 0)
		return errmsg_set(e->env->err, -errno, "reading the file failed");
	if (n > 0)
		n = seal_and_send(e, TLS_CT_DATA, e->plain, (size_t)n);
	if (n > 0)
		*off += n;
	return n;
}

static ssize_t engine_send_pipe(struct path_tx *p, int pipe_fd, size_t len)
{
	struct engine_tx *e = engine(p);
	ssize_t n;
	int ret = drain(e);

	if (!ret)
		ret = need_plain(e);
	if (ret)
		return ret;
	n = pipe_readable(e->env->sys, pipe_fd);
	if (n <= 0)
		return n;
	n = e->env->sys->read(pipe_fd, e->plain, MIN(MIN(len, (size_t)PLAIN_LEN), batch_payload(e)));
	if (n < 0)
		return errmsg_set(e->env->err, -errno, "reading the pipe failed");
	return n ? seal_and_send(e, TLS_CT_DATA, e->plain, (size_t)n) : 0;
}

static int engine_send_control(struct path_tx *p, uint8_t type, const void *buf, size_t len)
{
	struct engine_tx *e = engine(p);
	ssize_t n;
	int ret = drain(e);

	if (ret)
		return ret;
	n = seal_and_send(e, type, buf, len);
	return n < 0 ? (int)n : 0;
}

static int engine_flush(struct path_tx *p)
{
	return drain(engine(p));
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
	secret_free(e->plain);
	free(e->wire);
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

int path_engine_tx_new(struct path_tx **out, const struct path_env *env, const struct tls_keys *keys)
{
	struct engine_tx *e = calloc(1, sizeof(*e));
	int ret = -ENOMEM;

	if (!e)
		return -ENOMEM;
	e->base.ops = &engine_tx_ops;
	e->env = env;
	e->first_seq = keys->seq;
	e->wire = malloc(WIRE_LEN);
	if (e->wire)
		ret = record_new(&e->record, keys);
	if (ret) {
		engine_free(&e->base);
		return ret;
	}
	*out = &e->base;
	return 0;
}

const char *path_engine_tx_leaf(const struct path_tx *p)
{
	return record_leaf(((const struct engine_tx *)p)->record);
}
