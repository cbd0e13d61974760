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
#include "record/record.h"
#include "tls/cipher.h"
#include "tls/protocol.h"

static int answer(struct ktls_probe_result *res, enum ktls_answer a, int err, const char *fmt, ...) ATTR_PRINTF(4, 5);

static int answer(struct ktls_probe_result *res, enum ktls_answer a, int err, const char *fmt, ...)
{
	va_list ap;

	res->answer = a;
	res->err = err < 0 ? -err : err;
	va_start(ap, fmt);
	vsnprintf(res->why, sizeof(res->why), fmt, ap);
	va_end(ap);
	return 0;
}

static int answer_yes(struct ktls_probe_result *res)
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
		return answer(res, KTLS_UNKNOWN, ENOENT, "the module tls is not loaded; asking the kernel could load it");
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	ret = kernel_ulp_attach(&sys_linux, fd);
	close(fd);
	if (ret == 0 || ret == -ENOTCONN)
		return answer_yes(res);
	return answer(res, KTLS_NO, ret, "%s", kernel_explain("ulp", ret));
}

/* 0 to go on; 1 when the ULP's answer already is the answer. */
static int ulp_is_missing(unsigned flags, struct ktls_probe_result *res)
{
	int ret = ktls_probe_ulp(flags, res);

	return ret ? ret : res->answer != KTLS_YES;
}

/* --- ciphers --------------------------------------------------------------- */

/* Whether /proc/crypto lists @aead: then the kernel need not load or build anything to answer. */
static bool crypto_is_listed(const char *aead)
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

static void throw_away_keys(const struct tls_cipher *c, uint16_t version, struct tls_keys *keys)
{
	*keys = (struct tls_keys){ .version = version, .cipher = c };
	/* Keys that protect one byte on a connection to ourselves: their quality does not matter. */
	if (RAND_bytes(keys->key, sizeof(keys->key)) != 1 || RAND_bytes(keys->iv, sizeof(keys->iv)) != 1)
		memset(keys->key, 0x5a, sizeof(keys->key));
}

enum {
	TRIAL_WIRE = 128,
};

/* The kernel seals at one end, user space opens at the other. */
static int trial_tx(const int fds[2], struct record *r)
{
	uint8_t wire[TRIAL_WIRE], plain[TRIAL_WIRE];
	struct record_opened res;
	ssize_t n, want;

	if (send(fds[0], "k", 1, MSG_NOSIGNAL) != 1)
		return -errno;
	want = (ssize_t)record_wire_len(r, 1);
	n = recv(fds[1], wire, (size_t)want, MSG_WAITALL);
	if (n < 0)
		return -errno;
	if (n != want || record_open(r, wire, (size_t)n, plain, sizeof(plain), &res) || res.plain != 1 || plain[0] != 'k')
		return -EBADMSG;
	return 0;
}

/* User space seals at one end, the kernel opens at the other. */
static int trial_rx(const int fds[2], struct record *r)
{
	uint8_t wire[TRIAL_WIRE], plain[TRIAL_WIRE], type = 0;
	size_t taken;
	bool eor;
	ssize_t n = record_seal(r, TLS_CT_DATA, (const uint8_t *)"k", 1, TLS_MAX_PLAINTEXT, wire, sizeof(wire), &taken);

	if (n < 0)
		return (int)n;
	if (send(fds[1], wire, (size_t)n, MSG_NOSIGNAL) != n)
		return -errno;
	n = kernel_recv(&sys_linux, fds[0], plain, sizeof(plain), 0, &type, &eor);
	if (n < 0)
		return (int)n;
	return n == 1 && plain[0] == 'k' && type == TLS_CT_DATA ? 0 : -EBADMSG;
}

/* Installs the keys at fds[0]. 0 or negative errno with the answer given. */
static int install(const int fds[2], enum ktls_dir dir, const struct tls_keys *keys, struct ktls_probe_result *res)
{
	int ret = kernel_ulp_attach(&sys_linux, fds[0]);

	if (ret) {
		answer(res, KTLS_NO, ret, "%s", kernel_explain("ulp", ret));
		return ret;
	}
	ret = kernel_keys_set(&sys_linux, fds[0], dir == KTLS_TX ? KERNEL_TX : KERNEL_RX, keys);
	if (ret)
		answer(res, KTLS_NO, ret, "%s", kernel_explain("keys", ret));
	return ret;
}

static int pass_one_record(const int fds[2], enum ktls_dir dir, const struct tls_keys *keys, struct ktls_probe_result *res)
{
	struct record *r = NULL;
	int ret = record_new(&r, keys);

	/* libcrypto lacks SM4-GCM and ARIA at times: then the kernel's word must do. */
	if (ret)
		return answer(res, KTLS_YES, 0, "the kernel took the key; libcrypto has no such cipher to check a record with");
	ret = dir == KTLS_TX ? trial_tx(fds, r) : trial_rx(fds, r);
	record_free(r);
	if (ret)
		return answer(res, KTLS_NO, ret, "the kernel took the key, but a record did not get through: %s", strerror(-ret));
	return answer_yes(res);
}

static int try_cipher(uint16_t version, const struct tls_cipher *c, enum ktls_dir dir, struct ktls_probe_result *res)
{
	struct tls_keys keys;
	int fds[2], ret = loopback_pair(fds);

	if (ret)
		return ret;
	throw_away_keys(c, version, &keys);
	if (!install(fds, dir, &keys, res))
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
		return answer(res, KTLS_NO, EINVAL, "%s does not exist for %s", c->name, tls_version_name(version));
	ret = ulp_is_missing(flags, res);
	if (ret)
		return ret < 0 ? ret : 0;
	if (!(flags & KTLS_PROBE_MAY_LOAD) && !crypto_is_listed(c->kernel_aead))
		return answer(res, KTLS_UNKNOWN, ENOENT, "/proc/crypto does not list %s yet; asking the kernel could load modules",
			      c->kernel_aead);
	return try_cipher(version, c, dir, res);
}

/* --- features ------------------------------------------------------------- */

/* The cipher that every kernel with TLS 1.3 has. */
static const struct tls_cipher *common_cipher(void)
{
	return tls_cipher_by_id("aes-128-gcm");
}

/* 0 to go on with a loopback pair that has a TLS 1.3 key installed at fds[0]; 1 when the answer is given. */
static int prepare(enum ktls_dir dir, unsigned flags, struct ktls_probe_result *res, int fds[2], struct tls_keys *keys)
{
	int ret = ulp_is_missing(flags, res);

	if (ret)
		return ret;
	if (!(flags & KTLS_PROBE_MAY_LOAD) && !crypto_is_listed(common_cipher()->kernel_aead)) {
		answer(res, KTLS_UNKNOWN, ENOENT, "/proc/crypto does not list %s yet; asking the kernel could load modules",
		       common_cipher()->kernel_aead);
		return 1;
	}
	ret = loopback_pair(fds);
	if (ret)
		return ret;
	throw_away_keys(common_cipher(), TLS_1_3, keys);
	if (install(fds, dir, keys, res)) {
		loopback_close(fds);
		return 1;
	}
	return 0;
}

int ktls_probe_rekey(enum ktls_dir dir, unsigned flags, struct ktls_probe_result *res)
{
	struct tls_keys keys = { 0 };
	int fds[2], ret = prepare(dir, flags, res, fds, &keys);

	if (ret)
		return ret < 0 ? ret : 0;
	ret = kernel_keys_set(&sys_linux, fds[0], dir == KTLS_TX ? KERNEL_TX : KERNEL_RX, &keys);
	loopback_close(fds);
	secret_wipe(&keys, sizeof(keys));
	return ret ? answer(res, KTLS_NO, ret, "%s", kernel_explain("keys", ret)) : answer_yes(res);
}

int ktls_probe_max_payload(unsigned flags, struct ktls_probe_result *res)
{
	struct tls_keys keys = { 0 };
	uint16_t got = 0;
	int fds[2], ret = prepare(KTLS_TX, flags, res, fds, &keys);

	if (ret)
		return ret < 0 ? ret : 0;
	ret = kernel_max_payload_set(&sys_linux, fds[0], 512);
	if (!ret)
		ret = kernel_max_payload_get(&sys_linux, fds[0], &got);
	if (!ret && got != 512)
		ret = -EIO;
	loopback_close(fds);
	secret_wipe(&keys, sizeof(keys));
	if (ret == -ENOPROTOOPT)
		return answer(res, KTLS_NO, ret, "this kernel has no TLS_TX_MAX_PAYLOAD_LEN (Linux 6.19 has)");
	return ret ? answer(res, KTLS_NO, ret, "%s", kernel_explain("keys", ret)) : answer_yes(res);
}
