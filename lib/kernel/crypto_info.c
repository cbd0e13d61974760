/* SPDX-License-Identifier: MIT */
/* crypto_info: the keys of a direction as the kernel takes them. */
#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/secret.h"
#include "kernel/crypto_info.h"
#include "kernel/kernel.h"
#include "kernel/uapi.h"

enum {
	REC_SEQ_LEN = 8,
	HEAD_LEN = sizeof(struct tls_crypto_info),
};

/*
 * Every cipher's struct has the same members in the same order: the head, iv, key, salt, rec_seq, without padding. So their
 * places follow from the sizes in the cipher's row.
 */
struct layout {
	size_t iv, key, salt, rec_seq, end;
};

static struct layout layout_of(const struct tls_cipher *c)
{
	struct layout l = { .iv = HEAD_LEN };

	l.key = l.iv + c->kernel_iv_len;
	l.salt = l.key + c->key_len;
	l.rec_seq = l.salt + c->salt_len;
	l.end = l.rec_seq + REC_SEQ_LEN;
	return l;
}

static int dir_option(enum kernel_dir dir)
{
	return dir == KERNEL_TX ? TLS_TX : TLS_RX;
}

static bool kernel_has_row(const struct tls_keys *k)
{
	return k->cipher->kernel_type && (k->version == TLS_1_3 ? k->cipher->tls13 : k->cipher->tls12);
}

ssize_t kernel_crypto_info_fill(struct kernel_crypto_info *info, const struct tls_keys *k)
{
	const struct tls_cipher *c = k->cipher;
	struct layout l = layout_of(c);
	const struct tls_crypto_info head = { .version = k->version, .cipher_type = c->kernel_type };

	if (!kernel_has_row(k) || l.end > sizeof(info->bytes))
		return -ENOTSUP;
	memset(info, 0, sizeof(*info));
	memcpy(info->bytes, &head, sizeof(head));
	memcpy(info->bytes + l.key, k->key, c->key_len);
	memcpy(info->bytes + l.salt, k->iv, c->salt_len);
	/*
	 * TLS 1.2 with an explicit nonce: `iv` is the nonce that goes with the next record sent. Otherwise it is what the
	 * salt left of the static IV.
	 */
	if (k->version == TLS_1_2 && c->explicit_len_12)
		memcpy(info->bytes + l.iv, k->explicit_nonce, c->kernel_iv_len);
	else
		memcpy(info->bytes + l.iv, k->iv + c->salt_len, c->kernel_iv_len);
	store_be64(info->bytes + l.rec_seq, k->seq);
	return (ssize_t)l.end;
}

int kernel_keys_set(const struct sys_ops *sys, int fd, enum kernel_dir dir, const struct tls_keys *keys)
{
	struct kernel_crypto_info info;
	ssize_t len = kernel_crypto_info_fill(&info, keys);
	int ret = 0;

	if (len < 0)
		return (int)len;
	if (sys->setsockopt(fd, SOL_TLS, dir_option(dir), info.bytes, (socklen_t)len) < 0)
		ret = -errno;
	secret_wipe(&info, sizeof(info));
	return ret;
}

int kernel_seq_get(const struct sys_ops *sys, int fd, enum kernel_dir dir, const struct tls_keys *keys, uint64_t *seq)
{
	struct layout l = layout_of(keys->cipher);
	struct kernel_crypto_info info = { 0 };
	socklen_t len = (socklen_t)l.end;
	int ret = 0;

	if (sys->getsockopt(fd, SOL_TLS, dir_option(dir), info.bytes, &len) < 0)
		ret = -errno;
	else
		*seq = load_be64(info.bytes + l.rec_seq);
	secret_wipe(&info, sizeof(info));
	return ret;
}
