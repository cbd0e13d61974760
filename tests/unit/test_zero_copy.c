/* SPDX-License-Identifier: MIT */
/* Wishes that the kernel may refuse, zero copy and short records: what it is asked, and that its answer is told. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/secret.h"
#include "conn/conn.h"
#include "kernel/kernel.h"
#include "kernel/uapi.h"
#include "unit/variants.h"

enum {
	BULK = 40000,		/* what sockets hold without a reader */
};

static uint8_t sent[BULK], got[BULK + TLS_MAX_PLAINTEXT];

/* --- a scripted kernel */

static struct {
	int ulp, tx, max_payload, zero_copy;	/* errno of each option, 0: taken */
	char asked[200];			/* what came, in order */
} script;

static int answer(int err)
{
	errno = err;
	return err ? -1 : 0;
}

static void note(const char *what, unsigned value)
{
	const size_t len = strlen(script.asked);

	snprintf(script.asked + len, sizeof(script.asked) - len, "%s=%u ", what, value);
}

static int script_setsockopt(int fd, int level, int name, const void *val, socklen_t len)
{
	uint16_t two;
	unsigned four;

	(void)fd;
	if (level == IPPROTO_TCP && name == TCP_ULP) {
		note("ulp", len);
		return answer(script.ulp);
	}
	assert_int_equal(level, SOL_TLS);
	switch (name) {
	case TLS_TX:
		note("tx", len);
		return answer(script.tx);
	case TLS_TX_MAX_PAYLOAD_LEN:
		assert_int_equal(len, sizeof(two));
		memcpy(&two, val, sizeof(two));
		note("max_payload", two);
		return answer(script.max_payload);
	case TLS_TX_ZEROCOPY_RO:
		assert_int_equal(len, sizeof(four));
		memcpy(&four, val, sizeof(four));
		note("zero_copy", four);
		return answer(script.zero_copy);
	default:
		fail_msg("option %d", name);
		return -1;
	}
}

static int script_getsockopt(int fd, int level, int name, void *val, socklen_t *len)
{
	(void)fd;
	assert_int_equal(level, IPPROTO_TCP);
	assert_int_equal(name, TCP_INFO);
	memset(val, 0, *len);
	return 0;
}

static int script_ioctl(int fd, unsigned long req, int *val)
{
	(void)fd;
	(void)req;
	*val = 0;
	return 0;
}

static const struct sys_ops scripted = {
	.setsockopt = script_setsockopt,
	.getsockopt = script_getsockopt,
	.ioctl_int = script_ioctl,
};

static const struct wish_case {
	const char *name;
	enum ktls_want want;
	size_t max_payload;		/* 0: 16384 */
	bool wish;
	int ulp, max_payload_err, zero_copy_err;
	bool zero_copy;			/* expected, as all below */
	const char *asked, *reason;
} cases[] = {
	{ "nothing is wished", KTLS_ON, 0, false, 0, 0, 0, false, "ulp=3 tx=40 ",
	  "the kernel took the keys, TLS 1.3 AES-128-GCM" },
	{ "taken", KTLS_ON, 0, true, 0, 0, 0, true, "ulp=3 tx=40 zero_copy=1 ",
	  "the kernel took the keys, TLS 1.3 AES-128-GCM; zero copy where a network card encrypts" },
	{ "before 5.19", KTLS_ON, 0, true, 0, 0, ENOPROTOOPT, false, "ulp=3 tx=40 zero_copy=1 ",
	  "the kernel took the keys, TLS 1.3 AES-128-GCM; "
	  "no zero copy: this kernel has no TLS_TX_ZEROCOPY_RO (Linux 5.19 has)" },
	{ "forbidden", KTLS_AUTO, 0, true, 0, 0, EPERM, false, "ulp=3 tx=40 zero_copy=1 ",
	  "the kernel took the keys, TLS 1.3 AES-128-GCM; "
	  "no zero copy: the system forbids it (seccomp, security module or BPF)" },
	{ "short records by the kernel", KTLS_ON, 512, true, 0, 0, 0, true, "ulp=3 tx=40 max_payload=512 zero_copy=1 ",
	  "the kernel took the keys, TLS 1.3 AES-128-GCM; zero copy where a network card encrypts" },
	/* Where records are cut here, files are read here: the option would change nothing. */
	{ "short records before 6.19", KTLS_ON, 512, true, 0, ENOPROTOOPT, 0, false, "ulp=3 tx=40 max_payload=512 ",
	  "the kernel took the keys, TLS 1.3 AES-128-GCM; records cut in user space: this kernel has no "
	  "TLS_TX_MAX_PAYLOAD_LEN (Linux 6.19 has); no zero copy: what is cut passes through user space" },
	{ "very short records", KTLS_ON, 10, false, 0, EINVAL, 0, false, "ulp=3 tx=40 max_payload=10 ",
	  "the kernel took the keys, TLS 1.3 AES-128-GCM; records cut in user space: the kernel's least is 64 bytes "
	  "(TLS 1.3: 63)" },
	{ "the engine", KTLS_OFF, 512, true, 0, 0, 0, false, "",
	  "the engine was asked for; records by LEAF; no zero copy: the engine has none" },
	{ "the engine, not wished", KTLS_OFF, 0, false, 0, 0, 0, false, "", "the engine was asked for; records by LEAF" },
	{ "the engine instead of the kernel", KTLS_AUTO, 0, true, ENOENT, 0, 0, false, "ulp=3 ",
	  "kernel has no ULP \"tls\" (CONFIG_TLS is not set, or the module tls is not loaded and may not be loaded by this "
	  "user); records by LEAF; no zero copy: the engine has none" },
};

/* As far as ktls_conn_new() has come when it chooses the paths. */
static struct ktls_conn *conn_of(const struct wish_case *w, struct handover *ho)
{
	struct ktls_conn *c = secret_alloc(sizeof(*c));
	const struct tls_keys keys = { .version = TLS_1_3, .cipher = tls_cipher_by_id("aes-128-gcm"), .key = { 1, 2 } };

	assert_non_null(c);
	*ho = (struct handover){ .version = TLS_1_3, .cipher = keys.cipher, .tx = keys, .rx = keys };
	c->env = (struct path_env){
		.sys = &scripted,
		.fd = -1,
		.err = &c->err,
		.max_payload = w->max_payload ? w->max_payload : TLS_MAX_PLAINTEXT,
		.zero_copy = w->wish,
	};
	c->version = TLS_1_3;
	c->cipher = keys.cipher;
	return c;
}

/* @expected with the leaf of this CPU for LEAF. */
static void check_reason(const struct ktls_conn *c, const char *expected)
{
	const char *leaf = strstr(expected, "LEAF");
	char full[CONN_REASON_LEN];

	if (leaf)
		snprintf(full, sizeof(full), "%.*s%s%s", (int)(leaf - expected), expected,
			 path_engine_tx_leaf(c->tx.path), leaf + 4);
	else
		snprintf(full, sizeof(full), "%s", expected);
	assert_string_equal(c->tx.reason, full);
}

static void test_wish(void **state)
{
	const struct wish_case *w = *state;
	const struct ktls_conn_opts opts = { .want = { [KTLS_TX] = w->want, [KTLS_RX] = KTLS_OFF } };
	struct handover ho;
	struct ktls_conn *c = conn_of(w, &ho);

	memset(&script, 0, sizeof(script));
	script.ulp = w->ulp;
	script.max_payload = w->max_payload_err;
	script.zero_copy = w->zero_copy_err;
	assert_int_equal(conn_choose_paths(c, &ho, &opts, &c->err), 0);
	assert_string_equal(script.asked, w->asked);
	assert_int_equal(c->tx.zero_copy, w->zero_copy);
	check_reason(c, w->reason);
	/* The other direction has no part in it. */
	assert_null(strstr(c->rx.reason, "zero copy"));
	assert_string_equal(ktls_conn_error(c), "");
	ktls_conn_free(c);
}

/* A refused key ends it when the kernel is demanded, and nothing more is asked. */
static void test_wish_without_a_key(void **state)
{
	const struct ktls_conn_opts opts = { .want = { [KTLS_TX] = KTLS_ON, [KTLS_RX] = KTLS_OFF } };
	const struct wish_case w = { .wish = true };
	struct handover ho;
	struct ktls_conn *c = conn_of(&w, &ho);

	(void)state;
	memset(&script, 0, sizeof(script));
	script.tx = ENOENT;
	assert_int_equal(conn_choose_paths(c, &ho, &opts, &c->err), -EOPNOTSUPP);
	assert_string_equal(script.asked, "ulp=3 tx=40 ");
	ktls_conn_free(c);
}

/* --- the real one */

static bool option_is_on(int fd)
{
	unsigned value = 0;
	socklen_t len = sizeof(value);

	assert_int_equal(getsockopt(fd, SOL_TLS, TLS_TX_ZEROCOPY_RO, &value, &len), 0);
	return value;
}

static void send_from_file_and_pipe(struct pair *p)
{
	FILE *f = tmpfile();
	off_t off = 0;
	int fds[2];

	assert_non_null(f);
	assert_int_equal(fwrite(sent, 1, BULK - 5000, f), BULK - 5000);
	assert_int_equal(fflush(f), 0);
	while (off < BULK - 5000)
		assert_true(ktls_conn_send_file(p->conn, fileno(f), &off, BULK) > 0);
	fclose(f);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], sent + BULK - 5000, 5000), 5000);
	close(fds[1]);
	for (ssize_t n; (n = ktls_conn_send_pipe(p->conn, fds[0], BULK)) != 0;)
		assert_true(n > 0);
	close(fds[0]);
}

static void peer_reads_the_same(struct pair *p)
{
	pair_peer_expect(p, sent, BULK, got, sizeof(got));
}

/* Every kernel of the matrix has the option, takes it without such a card, and then sends as ever. */
static void test_wish_is_the_kernels(void **state)
{
	for (int wish = 0; wish <= 1; wish++) {
		struct pair_opts o = opts_for(*state);
		const bool by_kernel = o.conn.want[KTLS_TX] == KTLS_ON;
		struct ktls_conn_info info;
		struct pair p;

		o.conn.zero_copy = wish;
		make(&p, &o);
		ktls_conn_get_info(p.conn, &info);
		assert_int_equal(info.dir[KTLS_TX].zero_copy, wish && by_kernel);
		assert_false(info.dir[KTLS_RX].zero_copy);
		assert_int_equal(strstr(info.dir[KTLS_TX].reason, "zero copy") != NULL, wish);
		assert_int_equal(strstr(info.dir[KTLS_TX].reason, "no zero copy") != NULL, wish && !by_kernel);
		if (by_kernel)
			assert_int_equal(option_is_on(p.fd), wish);
		pattern(sent, BULK, 11);
		send_from_file_and_pipe(&p);
		peer_reads_the_same(&p);
		pair_free(&p);
	}
}

/* Short records are the kernel's or ours, and only the kernel's go without a copy. */
static void test_wish_with_short_records(void **state)
{
	struct pair_opts o = opts_for(*state);
	struct ktls_conn_info info;
	struct pair p;
	uint16_t limit;
	bool cut;

	o.conn.zero_copy = true;
	o.conn.max_payload = 1000;
	make(&p, &o);
	cut = kernel_max_payload_get(&sys_linux, p.fd, &limit) != 0;
	ktls_conn_get_info(p.conn, &info);
	assert_int_equal(info.dir[KTLS_TX].zero_copy, !cut);
	assert_int_equal(option_is_on(p.fd), !cut);
	assert_int_equal(strstr(info.dir[KTLS_TX].reason, "records cut in user space") != NULL, cut);
	pattern(sent, BULK, 12);
	send_from_file_and_pipe(&p);
	peer_reads_the_same(&p);
	pair_free(&p);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		ONCE(test_wish_without_a_key),
		EACH(test_wish_is_the_kernels),
		ON(test_wish_with_short_records, ON_KERNEL),
		ON(test_wish_with_short_records, ON_KERNEL_TX),
	};
	static struct CMUnitTest all[ARRAY_SIZE(cases) + ARRAY_SIZE(others)];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		all[i] = (struct CMUnitTest){ cases[i].name, test_wish, NULL, NULL, (void *)(uintptr_t)&cases[i] };
	memcpy(all + ARRAY_SIZE(cases), others, sizeof(others));
	return cmocka_run_group_tests_name("zero_copy", all, NULL, NULL);
}
