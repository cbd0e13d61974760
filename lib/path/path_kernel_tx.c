/* SPDX-License-Identifier: MIT */
/* Sending by the kernel: sendmsg(), sendfile() and splice() on a socket with TLS_TX. The kernel's sending traps live here. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>

#include "base/bulk.h"
#include "base/secret.h"
#include "kernel/kernel.h"
#include "path/path.h"
#include "path/pipe.h"

enum {
	/* sendfile() holds the socket for its whole length; this much a call keeps the other direction served. */
	FILE_STEP = 1 << 20,
};

struct kernel_tx {
	struct path_tx base;
	const struct path_env *env;
	struct tls_keys keys;		/* version, cipher and first seq of the present key; the key itself is wiped */
	uint64_t earlier_records;	/* of the keys before it */
	uint64_t payload;		/* payload bytes given to the kernel, control records included */
	uint64_t tcp_base;		/* tcp_written() when TLS_TX was set */
	size_t overhead;		/* bytes a record adds */
	const char *why_cut;		/* why the kernel does not limit records, so that sends are cut here; NULL if not cut */
	const char *why_copy;		/* why it does not have TLS_TX_ZEROCOPY_RO, which was wished */
	bool unsure;			/* the last flush found bytes on their way */
	struct bulk bounce;
	size_t bounce_off, bounce_len;	/* what of it came from a pipe and is not sent yet */
};

static struct kernel_tx *kernel(struct path_tx *p)
{
	return (struct kernel_tx *)p;
}

static const struct kernel_tx *const_kernel(const struct path_tx *p)
{
	return (const struct kernel_tx *)p;
}

static ssize_t took(struct kernel_tx *k, ssize_t n)
{
	if (n < 0)
		return -errno;
	k->payload += (uint64_t)n;
	return n;
}

/* Where records must be cut here, none may stay open: the kernel would fill it up to its own length. */
static ssize_t kernel_send(struct path_tx *p, const void *buf, size_t len, bool more)
{
	struct kernel_tx *k = kernel(p);

	if (k->why_cut)
		len = MIN(len, k->env->max_payload);
	return took(k, k->env->sys->send(k->env->fd, buf, len, MSG_NOSIGNAL | (more && !k->why_cut ? MSG_MORE : 0)));
}

/* Only where records must be short and the kernel cannot make them so. */
static ssize_t send_file_cut(struct kernel_tx *k, int file_fd, off_t *off, size_t len)
{
	ssize_t n;
	int ret = bulk_need(&k->bounce, k->env->max_payload);

	if (ret)
		return ret;
	n = k->env->sys->pread(file_fd, k->bounce.data, MIN(len, k->env->max_payload), *off);
	if (n < 0)
		return -errno;
	bulk_holds_plain(&k->bounce, (size_t)n);
	if (n > 0)
		n = kernel_send(&k->base, k->bounce.data, (size_t)n, false);
	if (n > 0)
		*off += n;
	return n;
}

static ssize_t kernel_send_file(struct path_tx *p, int file_fd, off_t *off, size_t len)
{
	struct kernel_tx *k = kernel(p);

	if (k->why_cut)
		return send_file_cut(k, file_fd, off, len);
	return took(k, k->env->sys->sendfile(k->env->fd, file_fd, off, MIN(len, FILE_STEP)));
}

/* What is read from a pipe cannot be put back, so the rest waits in the bounce buffer for the next call. */
static ssize_t send_pipe_cut(struct kernel_tx *k, int pipe_fd, size_t len)
{
	ssize_t n;
	int ret = bulk_need(&k->bounce, k->env->max_payload);

	if (ret)
		return ret;
	if (!k->bounce_len) {
		n = k->env->sys->read(pipe_fd, k->bounce.data, MIN(len, k->env->max_payload));
		if (n <= 0)
			return n < 0 ? -errno : 0;
		bulk_holds_plain(&k->bounce, (size_t)n);
		k->bounce_off = 0;
		k->bounce_len = (size_t)n;
	}
	n = kernel_send(&k->base, k->bounce.data + k->bounce_off, k->bounce_len, false);
	if (n > 0) {
		k->bounce_off += (size_t)n;
		k->bounce_len -= (size_t)n;
	}
	return n;
}

/*
 * Trap: splice(pipe, socket, more than the pipe holds) may leave the last bytes in an open record, where nothing pushes them: when
 * the pipe buffers moved are a multiple of 16, splice believes that more is to come and then finds the pipe empty (6.5 and
 * later). An exact length cures it.
 */
static ssize_t kernel_send_pipe(struct path_tx *p, int pipe_fd, size_t len)
{
	struct kernel_tx *k = kernel(p);
	ssize_t n;

	if (k->bounce_len)
		return send_pipe_cut(k, pipe_fd, len);
	n = pipe_readable(k->env->sys, pipe_fd);
	if (n <= 0)
		return n;
	len = MIN(len, (size_t)n);
	if (k->why_cut)
		return send_pipe_cut(k, pipe_fd, len);
	return took(k, k->env->sys->splice(pipe_fd, NULL, k->env->fd, NULL, len, SPLICE_F_MOVE | SPLICE_F_NONBLOCK));
}

static int kernel_send_record(struct path_tx *p, uint8_t type, const void *buf, size_t len)
{
	struct kernel_tx *k = kernel(p);
	ssize_t n = kernel_send_control(k->env->sys, k->env->fd, type, buf, len, 0);

	if (n < 0)
		return (int)n;
	k->payload += (uint64_t)n;
	return (size_t)n == len ? 0 : errmsg_set(k->env->err, -EIO, "the kernel cut a control record short");
}

/* Bytes ever given to TCP, but for a constant. The order matters: an ACK between the two makes the sum too small, never too large. */
static int tcp_written(const struct path_env *env, uint64_t *bytes)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);
	int queued = 0;

	if (env->sys->getsockopt(env->fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0 || env->sys->ioctl_int(env->fd, SIOCOUTQ, &queued) < 0)
		return -errno;
	if (len < offsetof(struct tcp_info, tcpi_bytes_acked) + sizeof(info.tcpi_bytes_acked))
		return -ENODATA;
	*bytes = info.tcpi_bytes_acked + (uint64_t)queued;
	return 0;
}

static int records(struct kernel_tx *k, uint64_t *this_key, uint64_t *total)
{
	uint64_t seq;
	int ret = kernel_seq_get(k->env->sys, k->env->fd, KERNEL_TX, &k->keys, &seq);

	if (ret)
		return ret;
	*this_key = seq - k->keys.seq;
	*total = k->earlier_records + *this_key;
	return 0;
}

/*
 * Trap: on a non-blocking socket the kernel takes data, seals it, and may keep records back until TCP has room. A FIN sent now
 * would overtake them, and they are lost. What entered TCP must equal payload plus what the records add.
 */
static int all_in_tcp(struct kernel_tx *k)
{
	uint64_t written, this_key, total;
	int ret = tcp_written(k->env, &written);

	if (!ret)
		ret = records(k, &this_key, &total);
	if (ret)
		return ret;
	return written - k->tcp_base >= k->payload + total * k->overhead ? 0 : -EAGAIN;
}

/* How long a blocking socket lets its senders wait, in milliseconds; -1: for ever. */
static int64_t patience(const struct path_env *env)
{
	struct timeval t = { 0 };
	socklen_t len = sizeof(t);

	if (env->sys->getsockopt(env->fd, SOL_SOCKET, SO_SNDTIMEO, &t, &len) < 0 || (!t.tv_sec && !t.tv_usec))
		return -1;
	return (int64_t)t.tv_sec * 1000 + t.tv_usec / 1000;
}

/*
 * The same until it is so, as a blocking socket has it. Nothing tells when: the first look again is at once, since an ACK may have
 * come in between, and after that they are a millisecond apart.
 */
static int wait_until_in_tcp(struct kernel_tx *k)
{
	const struct sys_ops *sys = k->env->sys;
	const int64_t most = patience(k->env);
	int ret = -EAGAIN;

	for (int64_t ms = 0; ret == -EAGAIN && (most < 0 || ms <= most); ms++) {
		if (ms && sys->poll(NULL, 0, 1) < 0)
			return -errno;
		ret = all_in_tcp(k);
	}
	return ret;
}

static bool is_blocking(const struct path_env *env)
{
	const int flags = env->sys->fcntl_getfl(env->fd);

	return flags >= 0 && !(flags & O_NONBLOCK);
}

/*
 * Trap: what MSG_MORE, sendfile() or splice() left in an open record is dropped silently by shutdown() and close(), and nothing but
 * a control message with no payload pushes it.
 */
static int kernel_flush(struct path_tx *p)
{
	struct kernel_tx *k = kernel(p);
	int ret = kernel_flush_open_record(k->env->sys, k->env->fd, 0);

	if (!ret)
		ret = all_in_tcp(k);
	if (ret == -EAGAIN && is_blocking(k->env))
		ret = wait_until_in_tcp(k);
	k->unsure = ret == -EAGAIN;
	return ret;
}

/* The kernel pushes what it took by itself; waiting for the socket makes sense only to somebody who asked for a flush. */
static bool kernel_has_unsent(const struct path_tx *p)
{
	return const_kernel(p)->unsure;
}

static void remember_keys(struct kernel_tx *k, const struct tls_keys *keys)
{
	k->keys = *keys;
	secret_wipe(k->keys.key, sizeof(k->keys.key));
	secret_wipe(k->keys.iv, sizeof(k->keys.iv));
}

static int kernel_rekey(struct path_tx *p, const struct tls_keys *keys)
{
	struct kernel_tx *k = kernel(p);
	uint64_t this_key = 0, total = k->earlier_records;
	int ret = records(k, &this_key, &total);

	if (!ret)
		ret = kernel_keys_set(k->env->sys, k->env->fd, KERNEL_TX, keys);
	if (ret)
		return errmsg_set(k->env->err, ret, "changing the sending key in the kernel failed: %s", kernel_explain("keys", ret));
	k->earlier_records = total;
	remember_keys(k, keys);
	return 0;
}

static bool kernel_tx_can_rekey(const struct path_tx *p)
{
	(void)p;
	return kernel_can_rekey() != 0;
}

static int kernel_records(struct path_tx *p, uint64_t *this_key, uint64_t *total)
{
	return records(kernel(p), this_key, total);
}

static void kernel_free(struct path_tx *p)
{
	struct kernel_tx *k = kernel(p);

	bulk_free(&k->bounce);
	secret_wipe(k, sizeof(*k));
	free(k);
}

static const struct path_tx_ops kernel_tx_ops = {
	.name = "kernel",
	.send = kernel_send,
	.send_file = kernel_send_file,
	.send_pipe = kernel_send_pipe,
	.send_control = kernel_send_record,
	.flush = kernel_flush,
	.has_unsent = kernel_has_unsent,
	.rekey = kernel_rekey,
	.can_rekey = kernel_tx_can_rekey,
	.records = kernel_records,
	.free = kernel_free,
};

int path_kernel_tx_new(struct path_tx **out, const struct path_env *env)
{
	struct kernel_tx *k = calloc(1, sizeof(*k));

	if (!k)
		return -ENOMEM;
	k->base.ops = &kernel_tx_ops;
	k->env = env;
	*out = &k->base;
	return 0;
}

/* Header, tag, and the explicit nonce of TLS 1.2 or the inner content type of TLS 1.3. */
static size_t overhead_of(const struct tls_keys *keys)
{
	return TLS_HEADER_LEN + TLS_TAG_LEN + (keys->version == TLS_1_3 ? 1 : keys->cipher->explicit_len_12);
}

static void set_max_payload(struct kernel_tx *k)
{
	int ret = 0;

	if (k->env->max_payload < TLS_MAX_PLAINTEXT)
		ret = kernel_max_payload_set(k->env->sys, k->env->fd, (uint16_t)k->env->max_payload);
	if (ret)
		k->why_cut = kernel_explain("max payload", ret);
}

static void set_zero_copy(struct kernel_tx *k)
{
	int ret;

	if (!k->env->zero_copy)
		return;
	if (k->why_cut) {
		k->why_copy = "what is cut passes through user space";
		return;
	}
	ret = kernel_zero_copy_set(k->env->sys, k->env->fd, true);
	if (ret)
		k->why_copy = kernel_explain("zero copy", ret);
}

int path_kernel_tx_install(struct path_tx *p, const struct tls_keys *keys, const char **why)
{
	struct kernel_tx *k = kernel(p);
	int ret = tcp_written(k->env, &k->tcp_base);

	if (ret) {
		/* A Unix socket. */
		*why = ret == -EOPNOTSUPP ? kernel_explain("ulp", ret) : "the system does not tell how much TCP has sent (TCP_INFO)";
		return ret;
	}
	ret = kernel_ulp_attach(k->env->sys, k->env->fd);
	if (ret) {
		*why = kernel_explain("ulp", ret);
		return ret;
	}
	ret = kernel_keys_set(k->env->sys, k->env->fd, KERNEL_TX, keys);
	if (ret) {
		*why = kernel_explain("keys", ret);
		return ret;
	}
	remember_keys(k, keys);
	k->overhead = overhead_of(keys);
	set_max_payload(k);
	set_zero_copy(k);
	return 0;
}

void path_kernel_tx_wishes(const struct path_tx *p, const char **why_cut, const char **why_copy)
{
	*why_cut = const_kernel(p)->why_cut;
	*why_copy = const_kernel(p)->why_copy;
}
