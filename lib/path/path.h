/* SPDX-License-Identifier: MIT */
/* The interface of a path: who carries the records of one direction. Kernel and engine know nothing of each other. */
#ifndef KTLS_PATH_PATH_H
#define KTLS_PATH_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/errmsg.h"
#include "base/secret.h"
#include "base/sys.h"
#include "tls/keys.h"

struct path_tx;
struct path_rx;

/*
 * All calls: >= 0 or negative errno. The socket may be non-blocking (-EAGAIN) or blocking. Messages for people are set on
 * the errmsg given when the path was made, where the cause is known.
 * Data calls take payload of content type 23. What a call has taken is sent or kept: it need not be given again.
 */
struct path_tx_ops {
	const char *name;		/* "kernel" or "engine" */
	/* Bytes taken, 1 … len. @more: what fills no record may be kept back until the next call of any kind but this one's. */
	ssize_t (*send)(struct path_tx *p, const void *buf, size_t len, bool more);
	/* Bytes taken from the file at *off (advanced); 0 at its end. */
	ssize_t (*send_file)(struct path_tx *p, int file_fd, off_t *off, size_t len);
	/* Bytes taken from the pipe; 0 at its end (no writer left and empty); -EAGAIN while it is empty or the socket is full. */
	ssize_t (*send_pipe)(struct path_tx *p, int pipe_fd, size_t len);
	/* One whole record of another content type, len 1 … 16384, behind all data taken before. 0 when taken. */
	int (*send_control)(struct path_tx *p, uint8_t type, const void *buf, size_t len);
	/* 0 when everything taken has been given to TCP, so that shutdown() or new keys lose nothing. */
	int (*flush)(struct path_tx *p);
	/* Whether the socket has to take something yet: POLLOUT makes sense. What waits for more data does not wait for that. */
	bool (*has_unsent)(const struct path_tx *p);
	/* New keys (seq 0) from the next record on; only after flush() returned 0. A failure leaves the direction dead. */
	int (*rekey)(struct path_tx *p, const struct tls_keys *keys);
	/* Whether rekey() can work: asked before a KeyUpdate is announced, since after that there is no way back. */
	bool (*can_rekey)(const struct path_tx *p);
	/* Records sent with the present key and with all keys. -errno if the path cannot tell. */
	int (*records)(struct path_tx *p, uint64_t *this_key, uint64_t *total);
	void (*free)(struct path_tx *p);
};

struct path_rx_ops {
	const char *name;
	/*
	 * Payload of one or more records of one content type, *type; 1 … len bytes. 0 at TCP's FIN. *eor: the last byte
	 * returned ends a record (a control record longer than buf comes in pieces). An empty data record is skipped.
	 * After -ENOMEM all is as before the call.
	 */
	ssize_t (*recv)(struct path_rx *p, void *buf, size_t len, uint8_t *type, bool *eor);
	/*
	 * Data into a pipe without a copy. -EOPNOTSUPP when the path cannot (use recv); -ENOMSG when the next record is no
	 * data record (use recv for it, then go on); 0 at FIN; -EAGAIN when the socket is empty or the pipe full.
	 */
	ssize_t (*splice)(struct path_rx *p, int pipe_fd, size_t len);
	/* Whether records are here that poll() on the socket would not show. */
	bool (*has_buffered)(const struct path_rx *p);
	/* -EBUSY when the kernel keeps the key it has. */
	int (*rekey)(struct path_rx *p, const struct tls_keys *keys);
	bool (*can_rekey)(const struct path_rx *p);
	int (*records)(struct path_rx *p, uint64_t *this_key, uint64_t *total);
	void (*free)(struct path_rx *p);
};

/* First member of every path. */
struct path_tx {
	const struct path_tx_ops *ops;
};

struct path_rx {
	const struct path_rx_ops *ops;
};

/* What both paths are made from. Borrowed: it must outlive them. */
struct path_env {
	const struct sys_ops *sys;
	int fd;
	struct errmsg *err;
	struct secret_pool *pool;	/* for what is made of keys; NULL: pages of its own */
	size_t max_payload;		/* 1 … 16384 */
	bool zero_copy;			/* the kernel shall not copy what sendfile() sends; the engine always does */
};

/* The engine. -ENOMEM, -ENOTSUP, -EIO. Changes nothing on the socket. */
int path_engine_tx_new(struct path_tx **out, const struct path_env *env, const struct tls_keys *keys);
int path_engine_rx_new(struct path_rx **out, const struct path_env *env, const struct tls_keys *keys);

/* The leaf that carries the engine's records, for the reason shown to people. */
const char *path_engine_tx_leaf(const struct path_tx *p);
const char *path_engine_rx_leaf(const struct path_rx *p);

/*
 * The kernel. In two steps, so that everything that can fail by want of memory comes first: _new() allocates and touches
 * nothing; _install() attaches the ULP and sets the key; when it fails the socket works as before (a ULP without keys is plain
 * TCP) and *@why says in words what the kernel meant. After success nothing can fail.
 */
int path_kernel_tx_new(struct path_tx **out, const struct path_env *env);
int path_kernel_tx_install(struct path_tx *p, const struct tls_keys *keys, const char **why);

/*
 * What became of the two wishes in env that the kernel may refuse, after _install(): why records are cut in user space, and why
 * sendfile() copies, in words; NULL where the kernel took the wish, or there was none.
 */
void path_kernel_tx_wishes(const struct path_tx *p, const char **why_cut, const char **why_copy);

/* Receiving: _attach(), which most refusals come from, then path_peek_check(), then _install(); *@why as above. */
int path_kernel_rx_new(struct path_rx **out, const struct path_env *env);
int path_kernel_rx_attach(struct path_rx *p, const char **why);
int path_kernel_rx_install(struct path_rx *p, const struct tls_keys *keys, const char **why);

/*
 * Self-check before the kernel gets the receiving keys: if a whole record is queued in the socket, peek at it and open it.
 * 1: a record opened with these keys; 0: none there to check; -EBADMSG: it did not open, so keys or sequence number are
 * wrong; other negative errnos as found. *@alert is the description of the alert (RFC 8446 section 6) that the record is, or -1.
 */
int path_peek_check(const struct path_env *env, const struct tls_keys *keys, int *alert);

#endif
