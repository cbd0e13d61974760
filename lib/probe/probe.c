/* SPDX-License-Identifier: MIT */
/* What the kernel can do, found by doing the smallest real thing. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <ktls/probe.h>
#include <openssl/rand.h>

#include "aead/aead.h"
#include "base/attr.h"
#include "base/secret.h"
#include "kernel/kernel.h"
#include "probe/loopback.h"
#include "probe/trial.h"
#include "record/record.h"
#include "tls/cipher.h"
#include "tls/protocol.h"

int trial_answer(struct ktls_probe_result *res, enum ktls_answer a, int err, const char *fmt, ...)
{
	va_list ap;

	res->answer = a;
	res->err = err < 0 ? -err : err;
	va_start(ap, fmt);
	vsnprintf(res->why, sizeof(res->why), fmt, ap);
	va_end(ap);
	return 0;
}

int trial_answer_yes(struct ktls_probe_result *res)
{
	*res = (struct ktls_probe_result){ .answer = KTLS_YES };
	return 0;
}

int ktls_cipher_at(size_t i, struct ktls_cipher_info *info)
{
	const struct tls_cipher *c = tls_cipher_at(i);

	if (!c)
		return -ENOENT;
	*info = (struct ktls_cipher_info){
		.name = c->name,
		.id = c->id,
		.kernel_aead = c->kernel_aead,
		.engine_leaf = aead_leaf_for(c, 0),
		.kernel_type = c->kernel_type,
		.suite13 = c->suite13,
		.key_bits = 8u * c->key_len,
		.tls12 = c->tls12,
		.tls13 = c->tls13,
		.kernel_since = c->kernel_since,
		.kernel_salt_len = c->salt_len,
		.kernel_iv_len = c->kernel_iv_len,
		.tag_len = TLS_TAG_LEN,
		.explicit_len12 = c->explicit_len_12,
	};
	return 0;
}

/* --- the ULP -------------------------------------------------------------- */

/* The file is there exactly when the module is: built in or loaded. */
static bool module_is_there(void)
{
	return access("/proc/net/tls_stat", F_OK) == 0;
}

/*
 * On a socket that is not connected: ENOTCONN says that the ULP was found. Asking can make the kernel load the module, so without
 * permission to load nothing is asked unless it is there.
 */
int ktls_probe_ulp(unsigned flags, struct ktls_probe_result *res)
{
	int fd, ret;

	if (!(flags & KTLS_PROBE_MAY_LOAD) && !module_is_there())
		return trial_answer(res, KTLS_UNKNOWN, ENOENT, "the module tls is not loaded; asking the kernel could load it");
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	ret = kernel_ulp_attach(&sys_linux, fd);
	close(fd);
	if (ret != 0 && ret != -ENOTCONN)
		return trial_answer(res, KTLS_NO, ret, "%s", kernel_explain("ulp", ret));
	/* Now that the file is there; connections need not open it any more. */
	kernel_can_rekey();
	return trial_answer_yes(res);
}

int trial_ulp_is_missing(unsigned flags, struct ktls_probe_result *res)
{
	int ret = ktls_probe_ulp(flags, res);

	return ret ? ret : res->answer != KTLS_YES;
}

/* --- ciphers --------------------------------------------------------------- */

bool trial_crypto_is_listed(const char *aead)
{
	char line[256], name[200];
	bool found = false;
	FILE *f = fopen("/proc/crypto", "re");

	if (!f)
		return false;
	while (!found && fgets(line, sizeof(line), f))
		found = sscanf(line, "name : %199s", name) == 1 && strcmp(name, aead) == 0;
	fclose(f);
	return found;
}

void trial_keys(const struct tls_cipher *c, uint16_t version, struct tls_keys *keys)
{
	*keys = (struct tls_keys){ .version = version, .cipher = c };
	/* Keys that protect one byte on a connection to ourselves: their quality does not matter. */
	if (RAND_bytes(keys->key, sizeof(keys->key)) != 1 || RAND_bytes(keys->iv, sizeof(keys->iv)) != 1)
		memset(keys->key, 0x5a, sizeof(keys->key));
}

int trial_open_one(int fd, struct record *r)
{
	uint8_t wire[TRIAL_WIRE], plain[TRIAL_WIRE];
	struct record_opened res;
	const ssize_t want = (ssize_t)record_wire_len(r, 1), n = recv(fd, wire, (size_t)want, MSG_WAITALL);

	if (n < 0)
		return -errno;
	if (n != want || record_open(r, wire, (size_t)n, plain, sizeof(plain), &res) || res.plain != 1 || plain[0] != TRIAL_BYTE)
		return -EBADMSG;
	return 0;
}

int trial_seal_one(int fd, struct record *r)
{
	static const uint8_t byte = TRIAL_BYTE;
	uint8_t wire[TRIAL_WIRE];
	size_t taken;
	ssize_t n = record_seal(r, TLS_CT_DATA, &byte, 1, TLS_MAX_PLAINTEXT, wire, sizeof(wire), &taken);

	if (n < 0)
		return (int)n;
	return send(fd, wire, (size_t)n, MSG_NOSIGNAL) == n ? 0 : -errno;
}

/* The kernel seals at one end, user space opens at the other. */
static int trial_tx(const int fds[2], struct record *r)
{
	static const uint8_t byte = TRIAL_BYTE;

	return send(fds[0], &byte, 1, MSG_NOSIGNAL) == 1 ? trial_open_one(fds[1], r) : -errno;
}

int trial_receive_one(int fd)
{
	uint8_t plain[TRIAL_WIRE], type = 0;
	bool eor;
	ssize_t n = kernel_recv(&sys_linux, fd, plain, sizeof(plain), 0, &type, &eor);

	if (n < 0)
		return (int)n;
	return n == 1 && plain[0] == TRIAL_BYTE && type == TLS_CT_DATA ? 0 : -EBADMSG;
}

/* User space seals at one end, the kernel opens at the other. */
static int trial_rx(const int fds[2], struct record *r)
{
	int ret = trial_seal_one(fds[1], r);

	return ret ? ret : trial_receive_one(fds[0]);
}

int trial_install(const int fds[2], enum ktls_dir dir, const struct tls_keys *keys, struct ktls_probe_result *res)
{
	int ret = kernel_ulp_attach(&sys_linux, fds[0]);

	if (ret) {
		trial_answer(res, KTLS_NO, ret, "%s", kernel_explain("ulp", ret));
		return ret;
	}
	ret = kernel_keys_set(&sys_linux, fds[0], dir == KTLS_TX ? KERNEL_TX : KERNEL_RX, keys);
	if (ret)
		trial_answer(res, KTLS_NO, ret, "%s", kernel_explain("keys", ret));
	return ret;
}

static int pass_one_record(const int fds[2], enum ktls_dir dir, const struct tls_keys *keys, struct ktls_probe_result *res)
{
	struct record *r = NULL;
	int ret = record_new(&r, keys);

	/* libcrypto lacks SM4-GCM and ARIA at times: then the kernel's word must do. */
	if (ret)
		return trial_answer(res, KTLS_YES, 0, "the kernel took the key; libcrypto has no such cipher to check a record with");
	ret = dir == KTLS_TX ? trial_tx(fds, r) : trial_rx(fds, r);
	record_free(r);
	if (ret)
		return trial_answer(res, KTLS_NO, ret, "the kernel took the key, but a record did not get through: %s", strerror(-ret));
	return trial_answer_yes(res);
}

static int try_cipher(uint16_t version, const struct tls_cipher *c, enum ktls_dir dir, struct ktls_probe_result *res)
{
	struct tls_keys keys;
	int fds[2], ret = loopback_pair(fds);

	if (ret)
		return ret;
	trial_keys(c, version, &keys);
	if (!trial_install(fds, dir, &keys, res))
		pass_one_record(fds, dir, &keys, res);
	secret_wipe(&keys, sizeof(keys));
	loopback_close(fds);
	return 0;
}

int ktls_probe_cipher(uint16_t version, size_t cipher, enum ktls_dir dir, unsigned flags, struct ktls_probe_result *res)
{
	const struct tls_cipher *c = tls_cipher_at(cipher);
	int ret;

	if (!c || (version != TLS_1_2 && version != TLS_1_3))
		return -EINVAL;
	if (!(version == TLS_1_3 ? c->tls13 : c->tls12))
		return trial_answer(res, KTLS_NO, EINVAL, "%s does not exist for %s", c->name, tls_version_name(version));
	ret = trial_ulp_is_missing(flags, res);
	if (ret)
		return ret < 0 ? ret : 0;
	if (!(flags & KTLS_PROBE_MAY_LOAD) && !trial_crypto_is_listed(c->kernel_aead))
		return trial_answer(res, KTLS_UNKNOWN, ENOENT, "/proc/crypto does not list %s yet; asking the kernel could load modules",
			      c->kernel_aead);
	return try_cipher(version, c, dir, res);
}
