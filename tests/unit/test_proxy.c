/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "prelude/proxy_kind.h"
#include "unit/script.h"

static char why[1024];
static struct cli_failure f;

static void test_url_parts(void **state)
{
	static const struct {
		const char *url, *scheme, *text, *user, *pass;
		bool has_user;
	} cases[] = {
		{ "http://p.test", "http", "p.test:3128", "", "", false },
		{ "HTTP://p.test:8080/", "http", "p.test:8080", "", "", false },
		{ "socks4a://p.test", "socks4a", "p.test:1080", "", "", false },
		{ "socks4a://me@[::1]", "socks4a", "[::1]:1080", "me", "", true },
		{ "socks5://me:secret@[::1]:99", "socks5", "[::1]:99", "me", "secret", true },
		{ "socks5h://me:@p.test", "socks5h", "p.test:1080", "me", "", true },
		{ "http://a%40b:%2f%3A:x@y@p.test:1", "http", "p.test:1", "a@b", "/::x@y", true },
	};
	struct proxy p;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (proxy_parse(&p, cases[i].url, why, sizeof(why)))
			fail_msg("%s: %s", cases[i].url, why);
		assert_string_equal(p.kind->scheme, cases[i].scheme);
		assert_string_equal(p.text, cases[i].text);
		assert_string_equal(p.user, cases[i].user);
		assert_string_equal(p.pass, cases[i].pass);
		assert_int_equal(p.has_user, cases[i].has_user);
	}
	proxy_wipe(&p);
	assert_string_equal(p.pass, "");
}

static void test_url_mistakes(void **state)
{
	static char long_user[400];
	static const struct {
		const char *url, *words;
	} cases[] = {
		{ "p.test:3128", "a proxy is named by http://HOST" },
		{ "", "a proxy is named by http://HOST" },
		{ "https://p.test", "'https' is no kind of proxy" },
		{ "://p.test", "'' is no kind of proxy" },
		{ "http://", "the host is empty" },
		{ "http://secret@", "the host is empty" },
		{ "http://p.test:", "the port is empty" },
		{ "http://p.test:0", "port 0" },
		{ "http://::1", "in brackets" },
		{ "http://p.test/x", "nothing may stand behind the host" },
		{ "http://me:secret/x@p.test", "nothing may stand behind the host" },
		{ "http://@p.test", "the user of the proxy is empty" },
		{ "http://:secret@p.test", "the user of the proxy is empty" },
		{ "http://me:secret%@p.test", "the password of the proxy has a '%'" },
		{ "http://me:secret%4@p.test", "the password of the proxy has a '%'" },
		{ "http://me%zz:secret@p.test", "the user of the proxy has a '%'" },
		{ "http://me:secret%00@p.test", "the password of the proxy has a '%'" },
		{ "http://me%3ayou:secret@p.test", "cannot have any of ':'" },
		{ "socks4a://me:secret@p.test", "socks4a has no passwords" },
		{ long_user, "the user of the proxy is longer than 255 bytes" },
	};
	struct proxy p = { .text = "untouched" };

	(void)state;
	snprintf(long_user, sizeof(long_user), "http://%0256d:secret@p.test", 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		why[0] = '\0';
		assert_int_equal(proxy_parse(&p, cases[i].url, why, sizeof(why)), -EINVAL);
		if (!strstr(why, cases[i].words) || strstr(why, "secret"))
			fail_msg("%s: %s", cases[i].url, why);
	}
	assert_string_equal(p.text, "untouched");
}

static void test_password_hidden(void **state)
{
	static const struct {
		const char *url, *hidden;
	} cases[] = {
		{ "http://me:secret@p.test:1/", "http://me:******@p.test:1/" },
		{ "http://me:a@b:c@p.test", "http://me:*****@p.test" },
		{ "http://me:@p.test", "http://me:@p.test" },
		{ "http://me@p.test:12", "http://me@p.test:12" },
		{ "http://p.test:12/x@y", "http://p.test:12/x@y" },
		{ "me:secret", "me:secret" },
		{ "", "" },
	};
	char url[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(url, sizeof(url), "%s", cases[i].url);
		proxy_hide_password(url);
		assert_string_equal(url, cases[i].hidden);
	}
}

#define HTTP_ASKS	"CONNECT a.test:1 HTTP/1.1\r\nHost: a.test:1\r\n"
#define SOCKS4_NAME(user)	"\x04\x01\0\x01\0\0\0\x01" user "\0a.test\0"
#define SOCKS5_NAME	"\x05\x01\0\x03\x06" "a.test\0\x01"
#define SOCKS5_DONE	"\x05\0\0\x01\0\0\0\0\0\0"

/* By which proxy, to which host at port 1. */
static const struct {
	const char *proxy, *host;
	struct step steps[SCRIPT_STEPS];
} good[] = {
	{ "http://p.test", "a.test", { STEP("", HTTP_ASKS "\r\n"), STEP("HTTP/1.1 200 Connection established\r\n\r\n", "") } },
	{ "http://me@p.test", "a.test",
	  { STEP("", HTTP_ASKS "Proxy-Authorization: Basic bWU6\r\n\r\n"), STEP("HTTP/1.0 200\nContent-Length: 10\n\n", "") } },
	{ "http://me:secret@p.test", "a.test",
	  { STEP("", HTTP_ASKS "Proxy-Authorization: Basic bWU6c2VjcmV0\r\n\r\n"),
	    STEP("HTTP/1.1 103 Early\r\nA: b\r\n\r\nHTTP/1.1 204 x\r\nVia: y\r\n\r\n", "") } },
	{ "http://p.test", "::1",
	  { STEP("", "CONNECT [::1]:1 HTTP/1.1\r\nHost: [::1]:1\r\n\r\n"), STEP("HTTP/1.1 200 OK\r\n\r\n", "") } },
	{ "socks4a://p.test", "a.test", { STEP("", SOCKS4_NAME("")), STEP("\0\x5a" "xxxxxx", "") } },
	{ "socks4a://me@p.test", "a.test", { STEP("", SOCKS4_NAME("me")), STEP("\0\x5a" "xxxxxx", "") } },
	{ "socks4a://p.test", "192.0.2.7", { STEP("", "\x04\x01\0\x01\xc0\0\x02\x07\0"), STEP("\0\x5a" "xxxxxx", "") } },
	{ "socks5://p.test", "a.test", { STEP("", "\x05\x01\0"), STEP("\x05\0", SOCKS5_NAME), STEP(SOCKS5_DONE, "") } },
	{ "socks5://p.test", "192.0.2.7",
	  { STEP("", "\x05\x01\0"), STEP("\x05\0", "\x05\x01\0\x01\xc0\0\x02\x07\0\x01"), STEP("\x05\0\0\x03\x02" "xxyy", "") } },
	{ "socks5://p.test", "::2",
	  { STEP("", "\x05\x01\0"), STEP("\x05\0", "\x05\x01\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x02\0\x01"),
	    STEP("\x05\0\0\x04" "xxxxxxxxxxxxxxxxyy", "") } },
	{ "socks5://me:secret@p.test", "a.test",
	  { STEP("", "\x05\x02\0\x02"), STEP("\x05\x02", "\x01\x02me\x06secret"), STEP("\x01\0", SOCKS5_NAME), STEP(SOCKS5_DONE, "") } },
	/* Nobody is asked who has a name to say. */
	{ "socks5h://me:secret@p.test", "a.test", { STEP("", "\x05\x02\0\x02"), STEP("\x05\0", SOCKS5_NAME), STEP(SOCKS5_DONE, "") } },
};

enum {
	GOOD = sizeof(good) / sizeof(good[0]),
};

/* The code of asking; what else there is to know is in f. */
static int ask(struct script *s, const char *url, const char *host)
{
	struct cli_wait wait = { .signal_fd = -1, .option = "--wait" };
	struct net_addr target;
	struct wire w;
	struct proxy p;
	int code;

	assert_int_equal(proxy_parse(&p, url, why, sizeof(why)), 0);
	assert_int_equal(net_parse_addr(&target, host, "1", false, why, sizeof(why)), 0);
	cli_wait_limit(&wait, 30000);
	f = (struct cli_failure){ .code = 0 };
	script_start(s);
	w = (struct wire){ .fd = s->ours, .wait = &wait, .where = p.addr.text, .doing = "asking", .code = CLI_IO, .f = &f };
	code = p.kind->ask(&w, &p, &target);
	script_end(s);
	assert_int_equal(code, f.code);
	return code;
}

static void must_fail(int got, int code, const char *words)
{
	if (got != code || strncmp(f.text, "proxy p.test:", 13) != 0 || !strstr(f.text, words) || strstr(f.text, "secret"))
		fail_msg("%d, not %d with '%s': %s", got, code, words, f.text);
}

/* What is behind the answer comes from the other end, and is its greeting perhaps. */
static void test_whole_and_split_at_each_byte(void **state)
{
	char next[8];

	(void)state;
	for (size_t i = 0; i < GOOD; i++) {
		for (int split = 0; split < script_len(good[i].steps); split++) {
			struct script s = { .steps = good[i].steps, .split = split ? split : NEVER, .cut = NEVER, .behind = "220 x" };

			if (ask(&s, good[i].proxy, good[i].host))
				fail_msg("%s (%zu), split at %d: %s", good[i].proxy, i, split, f.text);
			assert_false(s.misheard);
			assert_int_equal(recv(s.ours, next, sizeof(next), MSG_DONTWAIT), 5);
			assert_memory_equal(next, "220 x", 5);
			script_close(&s);
		}
	}
}

static void test_cut_short_at_each_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < GOOD; i++) {
		for (int cut = 0; cut < script_len(good[i].steps); cut++) {
			struct script s = { .steps = good[i].steps, .split = NEVER, .cut = cut, .closes = true };

			must_fail(ask(&s, good[i].proxy, good[i].host), CLI_IO, "the connection was closed while asking");
			script_close(&s);
		}
	}
}

static const struct {
	const char *proxy, *host, *words;
	struct step steps[SCRIPT_STEPS];
} bad[] = {
	{ "http://p.test", "a.test", "does not connect to a.test:1: HTTP/1.1 403 Filtered\\x1b",
	  { STEP("", HTTP_ASKS), STEP("HTTP/1.1 403 Filtered\x1b\r\nX: y\r\n\r\nbody", "") } },
	{ "http://p.test", "a.test", "wants a user and a password (--proxy http://USER@p.test:3128, --proxy-pass-file): HTTP/1.1 407 Who",
	  { STEP("", HTTP_ASKS), STEP("HTTP/1.1 407 Who?\r\n\r\n", "") } },
	{ "http://me:secret@p.test", "a.test", "does not take this user and password (in Basic authentication): HTTP/1.1 407",
	  { STEP("", HTTP_ASKS), STEP("HTTP/1.1 407 No\r\n\r\n", "") } },
	{ "http://me:secret@p.test", "a.test", "does not take this user and password", { STEP("HTTP/1.0 401 Unauthorized\r\n\r\n", "") } },
	{ "http://p.test", "a.test", "this is no answer of HTTP: SSH-2.0", { STEP("SSH-2.0\r\n", "") } },
	{ "http://p.test", "a.test", "this is no answer of HTTP: HTTP/1.1 2000", { STEP("HTTP/1.1 2000 x\r\n", "") } },
	{ "http://p.test", "a.test", "this is no answer of HTTP: HTTP/1.1 20", { STEP("HTTP/1.1 20\r\n", "") } },
	{ "http://p.test", "a.test", "this is no answer of HTTP: HTTP/1.", { STEP("HTTP/1.\r\n", "") } },
	{ "socks4a://p.test", "a.test", "does not connect to a.test:1: request rejected or failed (reply 91)", { STEP("\0\x5b" "xxxxxx", "") } },
	{ "socks4a://p.test", "a.test", "for a reason of its own (reply 1)", { STEP("\0\x01" "xxxxxx", "") } },
	{ "socks4a://p.test", "a.test", "this is no answer of SOCKS: HTTP/1.1", { STEP("HTTP/1.1 400\r\n", "") } },
	{ "socks4a://p.test", "::1", "SOCKS 4 has no IPv6 addresses", { STEP("", "") } },
	{ "socks5://p.test", "a.test", "wants a user and a password (--proxy socks5://USER@p.test:1080", { STEP("\x05\xff", "") } },
	{ "socks5://me@p.test", "a.test", "takes neither nobody nor a user with a password", { STEP("\x05\xff", "") } },
	/* One that was not offered. */
	{ "socks5://p.test", "a.test", "this is no answer of SOCKS: \\x05\\x02", { STEP("\x05\x02", "") } },
	{ "socks5://p.test", "a.test", "this is no answer of SOCKS: \\x04\\x00", { STEP("\x04\0", "") } },
	{ "socks5://me:secret@p.test", "a.test", "does not take this user and password", { STEP("\x05\x02\x01\x01", "") } },
	{ "socks5://p.test", "a.test", "does not connect to a.test:1: connection not allowed by ruleset (reply 2)",
	  { STEP("\x05\0\x05\x02\0\x01", "") } },
	{ "socks5://p.test", "a.test", "for a reason of its own (reply 200)", { STEP("\x05\0\x05\xc8\0\x01", "") } },
	{ "socks5://p.test", "a.test", "this is no answer of SOCKS: \\x06", { STEP("\x05\0\x06\0\0\x01", "") } },
	{ "socks5://p.test", "a.test", "this is no answer of SOCKS: \\x02", { STEP("\x05\0\x05\0\0\x02", "") } },
};

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct script s = { .steps = bad[i].steps, .split = NEVER, .cut = NEVER, .closes = true };

		must_fail(ask(&s, bad[i].proxy, bad[i].host), CLI_IO, bad[i].words);
		assert_false(s.misheard);
		script_close(&s);
	}
}

static void test_too_long_or_too_many(void **state)
{
	static char line[WIRE_LINE_LEN + 100], lines[8 * (WIRE_LINES_MAX + 1)];
	struct step steps[SCRIPT_STEPS] = { { line, sizeof(line), "", 0 } };
	struct script s = { .steps = steps, .split = NEVER, .cut = NEVER };

	(void)state;
	memset(line, 'x', sizeof(line));
	memcpy(line, "HTTP/1.1 200 OK\r\n", 17);
	must_fail(ask(&s, "http://p.test", "a.test"), CLI_IO, "a line of more than 8191 bytes came");
	script_close(&s);
	for (size_t i = 0; i < sizeof(lines); i += 8)
		memcpy(lines + i, "Xx: y \r\n", 8);
	memcpy(lines, "HTTP/1.1 200 OK\n", 16);
	steps[0] = (struct step){ lines, sizeof(lines), "", 0 };
	must_fail(ask(&s, "http://p.test", "a.test"), CLI_IO, "more than 256 lines came");
	script_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_url_parts),
		cmocka_unit_test(test_url_mistakes),
		cmocka_unit_test(test_password_hidden),
		cmocka_unit_test(test_whole_and_split_at_each_byte),
		cmocka_unit_test(test_cut_short_at_each_byte),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_too_long_or_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
