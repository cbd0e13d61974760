/* SPDX-License-Identifier: MIT */
/* Receiving by the kernel: recvmsg() and splice() on a socket with TLS_RX. The kernel's receiving traps live here. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/utsname.h>

#include "base/secret.h"
#include "kernel/kernel.h"
#include "path/path.h"

struct kernel_rx {
	struct path_rx base;
	const struct path_env *env;
	struct tls_keys keys;		/* version, cipher and first seq of the present key; the key itself is wiped */
	uint64_t earlier_records;
	int dead;
	bool can_splice;
};

static struct kernel_rx *kernel(struct path_rx *p)
{
	return (struct kernel_rx *)p;
}

static const char *error_words(int err)
{
	switch (err) {
	case -EBADMSG:
		return "a record does not verify: wrong keys, or it was changed on its way";
	case -EMSGSIZE:
		return "a record is longer than TLS allows";
	case -EINVAL:
		return "a record header is malformed: the peer does not speak TLS any more";
	case -EKEYEXPIRED:
		return "the peer changed its key and the kernel waits for the new one";
	case -EPROTO:
		return "the peer sent an empty control record";
	case -EIO:
		return "the kernel did not say what kind of record it delivered";
	default:
		return NULL;
	}
}

/*
 * Trap: a wrong header is reported once; a later non-blocking read says EAGAIN and a blocking one waits for ever. So the first error is
 * kept and repeated.
 */
static int latch(struct kernel_rx *k, int err)
{
	const char *words = error_words(err);

	if (err == -EAGAIN || err == -EINTR)
		return err;
	k->dead = err;
	return words ? errmsg_set(k->env->err, err, "%s", words) : err;
}

/* Trap: without room for the record type the kernel answers EIO to a control record. There is always room here. */
static ssize_t kernel_recv_record(struct path_rx *p, void *buf, size_t len, uint8_t *type, bool *eor)
{
	struct kernel_rx *k = kernel(p);
	ssize_t n;

	if (k->dead)
		return k->dead;
	n = kernel_recv(k->env->sys, k->env->fd, buf, len, 0, type, eor);
	return n < 0 ? latch(k, (int)n) : n;
}

/*
 * Trap: splice() answers EINVAL to a control record, which stays queued, and also to a malformed header, which is reported that one time
 * only. A look at the queue tells them apart.
 */
static int control_or_malformed(struct kernel_rx *k)
{
	uint8_t byte, type;
	bool eor;
	ssize_t n = kernel_recv(k->env->sys, k->env->fd, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT, &type, &eor);

	if (n > 0)
		return -ENOMSG;
	return latch(k, n == -EAGAIN ? -EINVAL : n ? (int)n : -EINVAL);
}

static ssize_t kernel_splice(struct path_rx *p, int pipe_fd, size_t len)
{
	struct kernel_rx *k = kernel(p);
	ssize_t n;

	if (!k->can_splice)
		return -EOPNOTSUPP;
	if (k->dead)
		return k->dead;
	n = k->env->sys->splice(k->env->fd, NULL, pipe_fd, NULL, len, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	if (n >= 0)
		return n;
	return errno == EINVAL ? control_or_malformed(k) : latch(k, -errno);
}

/* poll() shows what the kernel holds. */
static bool kernel_has_buffered(const struct path_rx *p)
{
	(void)p;
	return false;
}

static int records(struct kernel_rx *k, uint64_t *this_key, uint64_t *total)
{
	uint64_t seq;
	int ret = kernel_seq_get(k->env->sys, k->env->fd, KERNEL_RX, &k->keys, &seq);

	if (ret)
		return ret;
	*this_key = seq - k->keys.seq;
	*total = k->earlier_records + *this_key;
	return 0;
}

static int kernel_records(struct path_rx *p, uint64_t *this_key, uint64_t *total)
{
	return records(kernel(p), this_key, total);
}

static void remember_keys(struct kernel_rx *k, const struct tls_keys *keys)
{
	k->keys = *keys;
	secret_wipe(k->keys.key, sizeof(k->keys.key));
	secret_wipe(k->keys.iv, sizeof(k->keys.iv));
}

static int kernel_rekey(struct path_rx *p, const struct tls_keys *keys)
{
	struct kernel_rx *k = kernel(p);
	uint64_t this_key = 0, total = k->earlier_records;
	int ret = records(k, &this_key, &total);

	if (!ret)
		ret = kernel_keys_set(k->env->sys, k->env->fd, KERNEL_RX, keys);
	if (ret)
		return errmsg_set(k->env->err, ret, "changing the receiving key in the kernel failed: %s",
				  kernel_explain("keys", ret));
	k->earlier_records = total;
	remember_keys(k, keys);
	return 0;
}

static bool kernel_rx_can_rekey(const struct path_rx *p)
{
	(void)p;
	return kernel_can_rekey() != 0;
}

static void kernel_free(struct path_rx *p)
{
	struct kernel_rx *k = kernel(p);

	secret_wipe(k, sizeof(*k));
	free(k);
}

static const struct path_rx_ops kernel_rx_ops = {
	.name = "kernel",
	.recv = kernel_recv_record,
	.splice = kernel_splice,
	.has_buffered = kernel_has_buffered,
	.rekey = kernel_rekey,
	.can_rekey = kernel_rx_can_rekey,
	.records = kernel_records,
	.free = kernel_free,
};

int path_kernel_rx_new(struct path_rx **out, const struct path_env *env)
{
	struct kernel_rx *k = calloc(1, sizeof(*k));
	struct utsname u;

	if (!k)
		return -ENOMEM;
	k->base.ops = &kernel_rx_ops;
	k->env = env;
	k->can_splice = uname(&u) == 0 && kernel_rx_splice_is_safe(u.release, u.version);
	*out = &k->base;
	return 0;
}

int path_kernel_rx_attach(struct path_rx *p, const char **why)
{
	struct kernel_rx *k = kernel(p);
	int ret = kernel_ulp_attach(k->env->sys, k->env->fd);

	if (ret)
		*why = kernel_explain("ulp", ret);
	return ret;
}

int path_kernel_rx_install(struct path_rx *p, const struct tls_keys *keys, const char **why)
{
	struct kernel_rx *k = kernel(p);
	int ret = kernel_keys_set(k->env->sys, k->env->fd, KERNEL_RX, keys);

	if (ret) {
		*why = kernel_explain("keys", ret);
		return ret;
	}
	remember_keys(k, keys);
	return 0;
}
