/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "net/url.h"

static char why[1536];

static void test_url_parts(void **state)
{
	static const struct {
		const char *text, *host, *authority, *path, *whole;
		uint16_t port;
	} cases[] = {
		{ "https://localhost:8443/big.bin", "localhost", "localhost:8443", "/big.bin", "https://localhost:8443/big.bin", 8443 },
		{ "https://localhost", "localhost", "localhost", "/", "https://localhost:443/", 443 },
		{ "HTTPS://Host/a/b?c=d", "Host", "Host", "/a/b?c=d", "https://Host:443/a/b?c=d", 443 },
		{ "https://h?c", "h", "h", "/?c", "https://h:443/?c", 443 },
		{ "https://[::1]", "::1", "[::1]", "/", "https://[::1]:443/", 443 },
		{ "https://[::1]:444/", "::1", "[::1]:444", "/", "https://[::1]:444/", 444 },
		{ "https://[fe80::1%eth0]/x", "fe80::1%eth0", "[fe80::1]", "/x", "https://[fe80::1%eth0]:443/x", 443 },
		{ "localhost:4433", "localhost", "localhost:4433", "/", "https://localhost:4433/", 4433 },
		{ "[::1]:4433/x", "::1", "[::1]:4433", "/x", "https://[::1]:4433/x", 4433 },
		{ "h:1/x?u=http://y", "h", "h:1", "/x?u=http://y", "https://h:1/x?u=http://y", 1 },
	};
	struct net_url u;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(net_parse_url(&u, cases[i].text, why, sizeof(why)), 0);
		assert_string_equal(u.addr.host, cases[i].host);
		assert_int_equal(u.addr.port, cases[i].port);
		assert_string_equal(u.authority, cases[i].authority);
		assert_string_equal(u.path, cases[i].path);
		assert_string_equal(u.text, cases[i].whole);
	}
}

static void test_url_mistakes(void **state)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
		{ "http://h/", "must begin with https://" },
		{ "ftp://h/", "must begin with https://" },
		{ "h", "no port" },
		{ "[::1]/x", "no port" },
		{ "https://", "the host is empty" },
		{ "https:///x", "the host is empty" },
		{ "https://h:/", "the port is empty" },
		{ "https://h:0/", "port 0" },
		{ "https://h:65536/", "above 65535" },
		{ "https://me@h/", "a user" },
		{ "https://h/#x", "a fragment" },
		{ "https://h#x", "a fragment" },
		{ "https://::1/", "in brackets" },
		{ "https://[::1/", "not closed" },
		{ "https://h/a b", "visible ASCII" },
		{ "https://h/a\r\nX: y", "visible ASCII" },
		{ "https://h\xc3\xa4/", "visible ASCII" },
		{ "", "no port" },
	};
	struct net_url u = { .path = "untouched" };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		why[0] = '\0';
		assert_int_equal(net_parse_url(&u, cases[i].text, why, sizeof(why)), -EINVAL);
		if (!strstr(why, cases[i].words))
			fail_msg("'%s': %s", cases[i].text, why);
	}
	assert_string_equal(u.path, "untouched");
}

/* The longest path that there is room for, and one byte more. */
static void test_url_longest(void **state)
{
	char text[NET_PATH_LEN + 32];
	struct net_url u;

	(void)state;
	for (int more = 0; more < 2; more++) {
		const int n = snprintf(text, sizeof(text), "https://h");

		memset(text + n, '/', NET_PATH_LEN);
		text[n + NET_PATH_LEN - 1 + more] = '\0';
		assert_int_equal(net_parse_url(&u, text, why, sizeof(why)), more ? -EINVAL : 0);
	}
	assert_non_null(strstr(why, "longer than 1023 bytes"));
	assert_int_equal(strlen(u.path), NET_PATH_LEN - 1);
	memset(text, 'h', NET_PATH_LEN);
	memcpy(text, "https://", 8);
	text[NET_PATH_LEN] = '\0';
	assert_int_equal(net_parse_url(&u, text, why, sizeof(why)), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_url_parts),
		cmocka_unit_test(test_url_mistakes),
		cmocka_unit_test(test_url_longest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
