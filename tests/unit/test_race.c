/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "net/race.h"

enum {
	/* A test that hangs is ended; nothing here takes long otherwise. */
	PATIENCE = 60,
	FILLERS = 4,
};

/* An address on loopback, and what keeps it as it is. */
struct place {
	struct sockaddr_in sa;
	struct addrinfo ai;
	int listener, fillers[FILLERS];
};

static void listen_at(struct place *p, int backlog)
{
	socklen_t len = sizeof(p->sa);

	*p = (struct place){ .sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) }, .fillers = { -1, -1, -1, -1 } };
	p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(p->listener >= 0);
	assert_int_equal(bind(p->listener, (struct sockaddr *)&p->sa, len), 0);
	assert_int_equal(listen(p->listener, backlog), 0);
	assert_int_equal(getsockname(p->listener, (struct sockaddr *)&p->sa, &len), 0);
	p->ai = (struct addrinfo){ .ai_family = AF_INET, .ai_socktype = SOCK_STREAM, .ai_addr = (struct sockaddr *)&p->sa, .ai_addrlen = len };
}

/* Whoever else dials it waits: the kernel answers nobody who does not fit. */
static void make_full(struct place *p)
{
	listen_at(p, 0);
	for (int i = 0; i < FILLERS; i++) {
		p->fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		assert_true(p->fillers[i] >= 0);
		connect(p->fillers[i], (struct sockaddr *)&p->sa, sizeof(p->sa));
	}
}

static void make_refusing(struct place *p)
{
	listen_at(p, 1);
	close(p->listener);
	p->listener = -1;
}

static void leave(struct place *p)
{
	if (p->listener >= 0)
		close(p->listener);
	for (int i = 0; i < FILLERS; i++)
		if (p->fillers[i] >= 0)
			close(p->fillers[i]);
}

static struct addrinfo *chain(struct place *places, size_t n)
{
	for (size_t i = 0; i + 1 < n; i++)
		places[i].ai.ai_next = &places[i + 1].ai;
	return &places[0].ai;
}

static unsigned descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static struct cli_wait no_signals(int64_t ms)
{
	struct cli_wait w = { .signal_fd = -1, .option = "--wait" };

	cli_wait_limit(&w, ms);
	return w;
}

static int run(struct place *places, size_t n, int64_t ms, struct net_sources *sources, struct net_peer *peer)
{
	struct cli_wait w = no_signals(ms);
	const unsigned before = descriptors();
	int fd = -1, ret;

	alarm(PATIENCE);
	ret = net_race(chain(places, n), sources, &w, &fd, peer);
	alarm(0);
	assert_int_equal(descriptors(), ret ? before : before + 1);
	if (!ret)
		close(fd);
	return ret;
}

/* Without a deadline: the kernel alone would give the silent ones two minutes each. */
static void test_silent_ones_are_passed(void **state)
{
	struct net_sources anywhere = { .list = NULL };
	struct place places[3];
	struct net_peer peer;

	(void)state;
	make_full(&places[0]);
	make_full(&places[1]);
	listen_at(&places[2], 1);
	assert_int_equal(run(places, 3, -1, &anywhere, &peer), 0);
	assert_int_equal(peer.port, ntohs(places[2].sa.sin_port));
	assert_string_equal(peer.address, "127.0.0.1");
	for (int i = 0; i < 3; i++)
		leave(&places[i]);
}

static void test_refusals_are_passed(void **state)
{
	struct net_sources anywhere = { .list = NULL };
	struct place places[3];
	struct net_peer peer;

	(void)state;
	make_refusing(&places[0]);
	make_refusing(&places[1]);
	listen_at(&places[2], 1);
	assert_int_equal(run(places, 3, -1, &anywhere, &peer), 0);
	assert_int_equal(peer.port, ntohs(places[2].sa.sin_port));
	leave(&places[2]);
	assert_int_equal(run(places, 3, -1, &anywhere, &peer), -ECONNREFUSED);
	assert_false(anywhere.told);
}

static void test_first_is_enough(void **state)
{
	struct net_sources anywhere = { .list = NULL };
	struct place places[2];
	struct net_peer peer;

	(void)state;
	listen_at(&places[0], 1);
	listen_at(&places[1], 1);
	assert_int_equal(run(places, 2, -1, &anywhere, &peer), 0);
	assert_int_equal(peer.port, ntohs(places[0].sa.sin_port));
	/* Nobody was at the other one. */
	assert_int_equal(poll(&(struct pollfd){ .fd = places[1].listener, .events = POLLIN }, 1, 0), 0);
	leave(&places[0]);
	leave(&places[1]);
}

static void test_time_is_up(void **state)
{
	struct net_sources anywhere = { .list = NULL };
	struct place places[2];
	struct net_peer peer;

	(void)state;
	make_full(&places[0]);
	make_full(&places[1]);
	assert_int_equal(run(places, 2, 600, &anywhere, &peer), -ETIMEDOUT);
	leave(&places[1]);
	/* A refusal says more than silence only when it comes first. */
	make_refusing(&places[1]);
	assert_int_equal(run(places, 2, 600, &anywhere, &peer), -ETIMEDOUT);
	leave(&places[0]);
	make_refusing(&places[0]);
	assert_int_equal(run(places, 2, 600, &anywhere, &peer), -ECONNREFUSED);
}

/* The family that has no source says nothing of the server; a source that is not ours does, of itself. */
static void test_sources(void **state)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct addrinfo from6 = { .ai_family = AF_INET6, .ai_addr = (struct sockaddr *)&v6, .ai_addrlen = sizeof(v6) };
	struct sockaddr_in foreign = { .sin_family = AF_INET };
	struct addrinfo from = { .ai_family = AF_INET, .ai_addr = (struct sockaddr *)&foreign, .ai_addrlen = sizeof(foreign) };
	struct net_sources sources = { .list = &from6 };
	struct place place;
	struct net_peer peer;

	(void)state;
	listen_at(&place, 1);
	assert_int_equal(run(&place, 1, -1, &sources, &peer), -EAFNOSUPPORT);
	assert_true(sources.told);
	foreign.sin_addr.s_addr = htonl(0xc0000201);	/* 192.0.2.1 */
	sources = (struct net_sources){ .list = &from };
	assert_int_equal(run(&place, 1, -1, &sources, &peer), -EADDRNOTAVAIL);
	assert_true(sources.told);
	foreign.sin_addr.s_addr = htonl(0x7f000002);
	sources = (struct net_sources){ .list = &from };
	assert_int_equal(run(&place, 1, -1, &sources, &peer), 0);
	leave(&place);
}

static void test_order(void **state)
{
	static const struct {
		const char *list, *order;	/* a digit each: the family; letters keep them apart */
	} cases[] = {
		{ "6a6b6c4d4e", "6a4d6b4e6c" },
		{ "4a4b6c", "4a6c4b" },
		{ "6a6b", "6a6b" },
		{ "4a", "4a" },
		{ "6a4b4c4d", "6a4b4c4d" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const size_t n = strlen(cases[i].list) / 2;
		const struct addrinfo *order[8];
		struct addrinfo list[8] = { { 0 } };

		for (size_t k = 0; k < n; k++) {
			list[k].ai_family = cases[i].list[2 * k] == '6' ? AF_INET6 : AF_INET;
			list[k].ai_next = k + 1 < n ? &list[k + 1] : NULL;
		}
		net_interleave(list, order, n);
		for (size_t k = 0; k < n; k++)
			assert_int_equal(cases[i].list[2 * (order[k] - list) + 1], cases[i].order[2 * k + 1]);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_silent_ones_are_passed),
		cmocka_unit_test(test_refusals_are_passed),
		cmocka_unit_test(test_first_is_enough),
		cmocka_unit_test(test_time_is_up),
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
