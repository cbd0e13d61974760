/* SPDX-License-Identifier: MIT */
/* Looking up names: what comes of it, how long it takes at most, and that its thread does not outlive what it was for. */
#include <arpa/inet.h>
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/exit.h"
#include "net/resolve.h"

#define SLOW_US 200000

/* What the next lookup does slowly. */
static useconds_t slow_lookup_us, slow_end_us;

int __real_getaddrinfo(const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **out);
int __wrap_getaddrinfo(const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **out);
int __real_eventfd_write(int fd, eventfd_t value);
int __wrap_eventfd_write(int fd, eventfd_t value);

int __wrap_getaddrinfo(const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **out)
{
	if (slow_lookup_us)
		usleep(slow_lookup_us);
	return __real_getaddrinfo(host, port, hints, out);
}

/* The thread has told its result, and then takes its time to end. */
int __wrap_eventfd_write(int fd, eventfd_t value)
{
	useconds_t us = slow_end_us;
	int ret = __real_eventfd_write(fd, value);

	if (us)
		usleep(us);
	return ret;
}

static unsigned int threads_now(void)
{
	DIR *dir = opendir("/proc/self/task");
	const struct dirent *e;
	unsigned int n = 0;

	assert_non_null(dir);
	while ((e = readdir(dir)))
		n += e->d_name[0] != '.';
	closedir(dir);
	return n;
}

/* A thread that was waited for is gone from there a moment later. */
static unsigned int threads_within(useconds_t us)
{
	for (; threads_now() > 1 && us; us -= 1000)
		usleep(1000);
	return threads_now();
}

static int resolve(const char *host, int64_t limit_ms, struct addrinfo **out, struct cli_failure *f)
{
	struct cli_wait w = { .signal_fd = -1, .deadline = -1, .option = "--wait" };
	struct net_addr addr = { .port = 443 };

	strcpy(addr.host, host);
	strcpy(addr.text, host);
	cli_wait_limit(&w, limit_ms);
	*out = NULL;
	return net_resolve(&addr, AF_INET, 0, &w, out, f);
}

static void check_loopback(struct addrinfo *list)
{
	const struct sockaddr_in *sin;

	assert_non_null(list);
	sin = (const struct sockaddr_in *)(const void *)list->ai_addr;
	assert_int_equal(sin->sin_addr.s_addr, htonl(INADDR_LOOPBACK));
	assert_int_equal(sin->sin_port, htons(443));
	freeaddrinfo(list);
}

static void test_name(void **state)
{
	struct cli_failure f = { 0 };
	struct addrinfo *list;

	(void)state;
	assert_int_equal(resolve("localhost", 10000, &list, &f), 0);
	check_loopback(list);
}

/* A thread of the lookup that is still there @us after it would take longer than that to end. */
static void check_alone_after(const char *host, useconds_t us)
{
	struct cli_failure f = { 0 };
	struct addrinfo *list;

	slow_end_us = SLOW_US;
	assert_int_equal(resolve(host, 10000, &list, &f), 0);
	slow_end_us = 0;
	assert_int_equal(threads_within(us), 1);
	check_loopback(list);
}

static void test_thread_is_over(void **state)
{
	(void)state;
	check_alone_after("localhost", SLOW_US / 10);
}

static void test_address_needs_no_thread(void **state)
{
	(void)state;
	check_alone_after("127.0.0.1", 0);
}

static void test_unknown(void **state)
{
	struct cli_failure f = { 0 };
	struct addrinfo *list;

	(void)state;
	assert_int_equal(resolve("no-such-host.invalid", 60000, &list, &f), CLI_IO);
	assert_non_null(strstr(f.text, "no-such-host.invalid: "));
	assert_null(list);
	assert_int_equal(threads_within(SLOW_US), 1);
}

/* Nobody waits for the thread; what it holds it frees itself, which a sanitizer looks at. */
static void test_too_slow(void **state)
{
	struct cli_failure f = { 0 };
	struct addrinfo *list;

	(void)state;
	slow_lookup_us = SLOW_US;
	assert_int_equal(resolve("localhost", 20, &list, &f), CLI_TIMEOUT);
	assert_non_null(strstr(f.text, "--wait"));
	assert_null(list);
	assert_int_equal(threads_within(50 * SLOW_US), 1);
	slow_lookup_us = 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_name),
		cmocka_unit_test(test_thread_is_over),
		cmocka_unit_test(test_address_needs_no_thread),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_too_slow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
