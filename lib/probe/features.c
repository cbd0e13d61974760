/* SPDX-License-Identifier: MIT */
/* What the kernel can do besides carrying records, each tried with TLS 1.3 and the cipher that every kernel has. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include <ktls/probe.h>

#include "base/secret.h"
#include "kernel/kernel.h"
#include "probe/loopback.h"
#include "probe/trial.h"
#include "tls/cipher.h"

/* A loopback pair whose fds[0] has keys in one direction; @record does the same in user space for fds[1]. */
struct feature_trial {
	int fds[2];
	struct tls_keys keys;
	struct record *record;
};

static void finish(struct feature_trial *t)
{
	record_free(t->record);
	secret_wipe(&t->keys, sizeof(t->keys));
	loopback_close(t->fds);
}

/* 0 to go on, then finish(); 1 when the answer is given; or negative errno. */
static int begin(struct feature_trial *t, enum ktls_dir dir, unsigned flags, struct ktls_probe_result *res)
{
	const struct tls_cipher *c = tls_cipher_by_id("aes-128-gcm");
	int ret = trial_ulp_is_missing(flags, res);

	*t = (struct feature_trial){ .fds = { -1, -1 } };
	if (ret)
		return ret;
	if (!(flags & KTLS_PROBE_MAY_LOAD) && !trial_crypto_is_listed(c->kernel_aead)) {
		trial_answer(res, KTLS_UNKNOWN, ENOENT, "/proc/crypto does not list %s yet; asking the kernel could load modules",
			     c->kernel_aead);
		return 1;
	}
	ret = loopback_pair(t->fds);
	if (ret)
		return ret;
	trial_keys(c, TLS_1_3, &t->keys);
	ret = record_new(&t->record, &t->keys);
	if (!ret)
		ret = trial_install(t->fds, dir, &t->keys, res) ? 1 : 0;
	if (ret)
		finish(t);
	return ret;
}

/* @do_it gives the answer, or returns what kept it from trying, which kernel_explain() knows as @what. */
static int try_feature(enum ktls_dir dir, unsigned flags, struct ktls_probe_result *res,
		       int (*do_it)(struct feature_trial *t, struct ktls_probe_result *res), const char *what)
{
	struct feature_trial t;
	int ret = begin(&t, dir, flags, res);

	if (ret)
		return ret < 0 ? ret : 0;
	ret = do_it(&t, res);
	finish(&t);
	return ret ? trial_answer(res, KTLS_NO, ret, "%s", kernel_explain(what, ret)) : 0;
}

/* --- keys and sizes -------------------------------------------------------- */

static int replace_tx(struct feature_trial *t, struct ktls_probe_result *res)
{
	int ret = kernel_keys_set(&sys_linux, t->fds[0], KERNEL_TX, &t->keys);

	return ret ? ret : trial_answer_yes(res);
}

static int replace_rx(struct feature_trial *t, struct ktls_probe_result *res)
{
	int ret = kernel_keys_set(&sys_linux, t->fds[0], KERNEL_RX, &t->keys);

	return ret ? ret : trial_answer_yes(res);
}

int ktls_probe_rekey(enum ktls_dir dir, unsigned flags, struct ktls_probe_result *res)
{
	return try_feature(dir, flags, res, dir == KTLS_TX ? replace_tx : replace_rx, "keys");
}

static int limit_payload(struct feature_trial *t, struct ktls_probe_result *res)
{
	uint16_t got = 0;
	int ret = kernel_max_payload_set(&sys_linux, t->fds[0], 512);

	if (!ret)
		ret = kernel_max_payload_get(&sys_linux, t->fds[0], &got);
	if (!ret && got != 512)
		ret = -EIO;
	return ret ? ret : trial_answer_yes(res);
}

int ktls_probe_max_payload(unsigned flags, struct ktls_probe_result *res)
{
	return try_feature(KTLS_TX, flags, res, limit_payload, "max payload");
}

/* --- data that is not copied ------------------------------------------------- */

/* For what the options allow, and the record then shows that it works. */
static int settle(int err, struct ktls_probe_result *res)
{
	return err ? trial_answer(res, KTLS_NO, err, "the kernel took it, but a record did not get through: %s", strerror(-err)) :
		     trial_answer_yes(res);
}

static int send_from_file(struct feature_trial *t)
{
	static const char byte = TRIAL_BYTE;
	int fd = memfd_create("ktls-probe", MFD_CLOEXEC), ret = 0;
	off_t from = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, &byte, 1) != 1 || sendfile(t->fds[0], fd, &from, 1) != 1)
		ret = -errno;
	close(fd);
	return ret ? ret : trial_open_one(t->fds[1], t->record);
}

static int try_zero_copy(struct feature_trial *t, struct ktls_probe_result *res)
{
	int ret = kernel_zero_copy_set(&sys_linux, t->fds[0], true);

	if (ret)
		return ret;
	ret = send_from_file(t);
	if (ret)
		return settle(ret, res);
	return trial_answer(res, KTLS_YES, 0, "without a copy only where a network card encrypts; else as if the option were off");
}

int ktls_probe_zero_copy(unsigned flags, struct ktls_probe_result *res)
{
	return try_feature(KTLS_TX, flags, res, try_zero_copy, "zero copy");
}

static int try_no_pad(struct feature_trial *t, struct ktls_probe_result *res)
{
	int ret = kernel_no_pad_set(&sys_linux, t->fds[0], true);

	if (ret)
		return ret;
	ret = trial_seal_one(t->fds[1], t->record);
	return settle(ret ? ret : trial_receive_one(t->fds[0]), res);
}

int ktls_probe_no_pad(unsigned flags, struct ktls_probe_result *res)
{
	return try_feature(KTLS_RX, flags, res, try_no_pad, "no pad");
}

/* The length is exact: with more the kernel would keep the record open. */
static int splice_tx(struct feature_trial *t, const int pipe[2])
{
	static const char byte = TRIAL_BYTE;

	if (write(pipe[1], &byte, 1) != 1 || splice(pipe[0], NULL, t->fds[0], NULL, 1, 0) != 1)
		return -errno;
	return trial_open_one(t->fds[1], t->record);
}

static int splice_rx(struct feature_trial *t, const int pipe[2])
{
	int ret = trial_seal_one(t->fds[1], t->record);
	char byte = 0;

	if (ret)
		return ret;
	if (splice(t->fds[0], NULL, pipe[1], NULL, 1, 0) != 1 || read(pipe[0], &byte, 1) != 1)
		return -errno;
	return byte == TRIAL_BYTE ? 0 : -EBADMSG;
}

static int with_pipe(struct feature_trial *t, struct ktls_probe_result *res, int (*move)(struct feature_trial *, const int[2]))
{
	int fds[2], ret;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	ret = move(t, fds);
	close(fds[0]);
	close(fds[1]);
	return ret ? trial_answer(res, KTLS_NO, ret, "splice() did not move a record: %s", strerror(-ret)) : trial_answer_yes(res);
}

static int try_splice_tx(struct feature_trial *t, struct ktls_probe_result *res)
{
	return with_pipe(t, res, splice_tx);
}

static int try_splice_rx(struct feature_trial *t, struct ktls_probe_result *res)
{
	return with_pipe(t, res, splice_rx);
}

int ktls_probe_splice(enum ktls_dir dir, unsigned flags, struct ktls_probe_result *res)
{
	return try_feature(dir, flags, res, dir == KTLS_TX ? try_splice_tx : try_splice_rx, "keys");
}
