/* SPDX-License-Identifier: MIT */
/* What is looked at before the kernel gets the receiving keys, and when it gets them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/secret.h"
#include "conn/conn.h"
#include "kernel/kernel.h"
#include "kernel/uapi.h"
#include "record/record.h"

/* What waits in the socket. */
enum queued {
	NOTHING,
	A_RECORD,
	HALF_A_RECORD,
	ANOTHER_KEYS_RECORD,
	NO_TLS,
	AN_ALERT,
};

/* --- a scripted kernel */

static struct {
	int ulp;			/* errno, 0: taken */
	uint8_t wire[200];
	size_t len;
	char asked[200];		/* what came, in order */
} script;

static void note(const char *what)
{
	const size_t len = strlen(script.asked);

	snprintf(script.asked + len, sizeof(script.asked) - len, "%s ", what);
}

static int script_setsockopt(int fd, int level, int name, const void *val, socklen_t len)
{
	(void)fd;
	(void)val;
	(void)len;
	if (level == IPPROTO_TCP && name == TCP_ULP) {
		note("ulp");
		errno = script.ulp;
		return script.ulp ? -1 : 0;
	}
	assert_int_equal(level, SOL_TLS);
	assert_int_equal(name, TLS_RX);
	note("rx");
	return 0;
}

static ssize_t script_recv(int fd, void *buf, size_t len, int flags)
{
	(void)fd;
	assert_int_equal(flags, MSG_PEEK | MSG_DONTWAIT);
	note("peek");
	errno = EAGAIN;
	if (!script.len)
		return -1;
	len = MIN(len, script.len);
	memcpy(buf, script.wire, len);
	return (ssize_t)len;
}

static const struct sys_ops scripted = {
	.setsockopt = script_setsockopt,
	.recv = script_recv,
};

/* --- */

static const struct check_case {
	const char *name;
	enum ktls_want want;
	int ulp;
	enum queued queued;
	int ret;			/* expected, as all below */
	const char *path, *asked, *words;
} cases[] = {
	{ "nothing is there to check", KTLS_AUTO, 0, NOTHING, 0, "kernel", "ulp peek rx ", "the kernel took the keys" },
	{ "a record that opens", KTLS_AUTO, 0, A_RECORD, 0, "kernel", "ulp peek rx ", "the kernel took the keys" },
	{ "a record that is not whole", KTLS_AUTO, 0, HALF_A_RECORD, 0, "kernel", "ulp peek rx ", "the kernel took the keys" },
	{ "a record of other keys", KTLS_AUTO, 0, ANOTHER_KEYS_RECORD, 0, "engine", "ulp peek ", "the self-check failed" },
	{ "no record at all", KTLS_AUTO, 0, NO_TLS, 0, "engine", "ulp peek ", "the self-check failed" },
	{ "a record of other keys, and the kernel demanded", KTLS_ON, 0, ANOTHER_KEYS_RECORD, -EOPNOTSUPP, NULL, "ulp peek ",
	  "the self-check failed" },
	{ "no kernel TLS, so nothing to check", KTLS_AUTO, ENOENT, A_RECORD, 0, "engine", "ulp ", "kernel has no ULP" },
	{ "no kernel TLS, and demanded", KTLS_ON, ENOENT, A_RECORD, -EOPNOTSUPP, NULL, "ulp peek ", "kernel has no ULP" },
	{ "no kernel TLS, and demanded, of a peer that went", KTLS_ON, ENOTCONN, AN_ALERT, -EOPNOTSUPP, NULL, "ulp peek ",
	  "the peer's last word: alert certificate_required" },
	{ "the engine", KTLS_OFF, 0, ANOTHER_KEYS_RECORD, 0, "engine", "", "the engine was asked for" },
};

static void queue(enum queued what, const struct tls_keys *keys)
{
	static const uint8_t alert[2] = { TLS_ALERT_FATAL, 116 };
	struct tls_keys used = *keys;
	struct record *r;
	size_t taken;
	ssize_t n;

	if (what == NOTHING)
		return;
	if (what == NO_TLS) {
		script.len = (size_t)snprintf((char *)script.wire, sizeof(script.wire), "HTTP/1.1 400 Bad Request");
		return;
	}
	used.key[5] ^= what == ANOTHER_KEYS_RECORD;
	assert_int_equal(record_new(&r, &used), 0);
	if (what == AN_ALERT)
		n = record_seal(r, TLS_CT_ALERT, alert, sizeof(alert), 100, script.wire, sizeof(script.wire), &taken);
	else
		n = record_seal(r, TLS_CT_DATA, (const uint8_t *)"early", 5, 100, script.wire, sizeof(script.wire), &taken);
	record_free(r);
	assert_true(n > 0);
	script.len = what == HALF_A_RECORD ? (size_t)n / 2 : (size_t)n;
}

static void test_self_check(void **state)
{
	const struct check_case *t = *state;
	const struct tls_keys keys = { .version = TLS_1_3, .cipher = tls_cipher_by_id("aes-128-gcm"), .key = { 1, 2 } };
	const struct ktls_conn_opts opts = { .want = { [KTLS_TX] = KTLS_OFF, [KTLS_RX] = t->want } };
	const struct handover ho = { .version = TLS_1_3, .cipher = keys.cipher, .tx = keys, .rx = keys };
	struct ktls_conn *c = secret_alloc(sizeof(*c));
	struct errmsg err = { 0 };

	assert_non_null(c);
	memset(&script, 0, sizeof(script));
	script.ulp = t->ulp;
	queue(t->queued, &keys);
	c->env = (struct path_env){ .sys = &scripted, .fd = -1, .err = &c->err, .max_payload = TLS_MAX_PLAINTEXT };
	c->version = TLS_1_3;
	c->cipher = keys.cipher;
	assert_int_equal(conn_choose_paths(c, &ho, &opts, &err), t->ret);
	assert_string_equal(script.asked, t->asked);
	if (t->path)
		assert_string_equal(c->rx.path->ops->name, t->path);
	if (!strstr(t->ret ? err.text : c->rx.reason, t->words))
		fail_msg("'%s' is not in '%s'", t->words, t->ret ? err.text : c->rx.reason);
	ktls_conn_free(c);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(cases)];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		tests[i] = (struct CMUnitTest){ cases[i].name, test_self_check, NULL, NULL, (void *)(uintptr_t)&cases[i] };
	return cmocka_run_group_tests_name("self-check", tests, NULL, NULL);
}
