/* SPDX-License-Identifier: MIT */
/* Flushing by the kernel's path when TCP has not yet got all of it: a blocking socket waits, another says so. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/time.h>

#include <cmocka.h>

#include "base/attr.h"
#include "kernel/kernel.h"
#include "path/path.h"

/* --- a scripted kernel */

static struct {
	int late;		/* so often TCP has not got it */
	int looks, pauses;	/* what came */
	int flags;		/* of the socket */
	int timeout_ms;		/* SO_SNDTIMEO */
	int poll_err;
} script;

static int script_setsockopt(int fd, int level, int name, const void *val, socklen_t len)
{
	(void)fd;
	(void)level;
	(void)name;
	(void)val;
	(void)len;
	return 0;
}

static int script_getsockopt(int fd, int level, int name, void *val, socklen_t *len)
{
	(void)fd;
	memset(val, 0, *len);
	if (level == SOL_SOCKET && name == SO_SNDTIMEO) {
		const struct timeval t = { .tv_sec = script.timeout_ms / 1000, .tv_usec = script.timeout_ms % 1000 * 1000 };

		memcpy(val, &t, sizeof(t));
	}
	return 0;
}

/* SIOCOUTQ: nothing, when the direction begins; then, at last, more than can be missing. */
static int script_ioctl(int fd, unsigned long req, int *val)
{
	(void)fd;
	(void)req;
	*val = script.looks++ > script.late ? INT_MAX : 0;
	return 0;
}

static ssize_t script_sendmsg(int fd, const struct msghdr *msg, int flags)
{
	size_t len = 0;

	(void)fd;
	(void)flags;
	for (size_t i = 0; i < msg->msg_iovlen; i++)
		len += msg->msg_iov[i].iov_len;
	return (ssize_t)len;
}

static ssize_t script_send(int fd, const void *buf, size_t len, int flags)
{
	(void)fd;
	(void)buf;
	(void)flags;
	return (ssize_t)len;
}

static int script_getfl(int fd)
{
	(void)fd;
	return script.flags;
}

static int script_poll(struct pollfd *fds, nfds_t n, int timeout)
{
	(void)fds;
	assert_int_equal(n, 0);
	assert_int_equal(timeout, 1);
	script.pauses++;
	errno = script.poll_err;
	return script.poll_err ? -1 : 0;
}

static const struct sys_ops scripted = {
	.setsockopt = script_setsockopt,
	.getsockopt = script_getsockopt,
	.sendmsg = script_sendmsg,
	.send = script_send,
	.ioctl_int = script_ioctl,
	.fcntl_getfl = script_getfl,
	.poll = script_poll,
};

static const struct flush_case {
	const char *name;
	int late, flags, timeout_ms, poll_err;
	int ret, looks, pauses;		/* expected; a look is also taken when the direction begins */
} cases[] = {
	{ "all is there", 0, O_RDWR, 0, 0, 0, 2, 0 },
	{ "an ACK came in between", 1, O_RDWR, 0, 0, 0, 3, 0 },
	{ "a blocking socket waits", 9, O_RDWR, 0, 0, 0, 11, 8 },
	{ "for no longer than its senders do", 1000, O_RDWR, 5, 0, -EAGAIN, 8, 5 },
	{ "or until a signal comes", 1000, O_RDWR, 0, EINTR, -EINTR, 3, 1 },
	{ "another does not wait", 9, O_RDWR | O_NONBLOCK, 0, 0, -EAGAIN, 2, 0 },
};

static void test_flush(void **state)
{
	const struct flush_case *f = *state;
	const struct tls_keys keys = { .version = TLS_1_3, .cipher = tls_cipher_by_id("aes-128-gcm"), .key = { 1, 2 } };
	struct errmsg err = { 0 };
	const struct path_env env = { .sys = &scripted, .fd = -1, .err = &err, .max_payload = TLS_MAX_PLAINTEXT };
	const char *why;
	struct path_tx *tx;

	memset(&script, 0, sizeof(script));
	script.late = f->late;
	script.flags = f->flags;
	script.timeout_ms = f->timeout_ms;
	script.poll_err = f->poll_err;
	assert_int_equal(path_kernel_tx_new(&tx, &env), 0);
	assert_int_equal(path_kernel_tx_install(tx, &keys, &why), 0);
	assert_int_equal(tx->ops->send(tx, "data", 4, false), 4);
	assert_int_equal(tx->ops->flush(tx), f->ret);
	assert_int_equal(script.looks, f->looks);
	assert_int_equal(script.pauses, f->pauses);
	/* Whoever was told to come again is told when: while something is on its way. */
	assert_int_equal(tx->ops->has_unsent(tx), f->ret == -EAGAIN);
	tx->ops->free(tx);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(cases)];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		tests[i] = (struct CMUnitTest){ .name = cases[i].name, .test_func = test_flush, .initial_state = (void *)&cases[i] };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
