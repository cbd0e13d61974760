/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ktls-bench/peer_http.h"

static struct http_answer a;

/* In pieces of @step bytes, each in memory of its own size: the bytes that belonged to the answer, or the mistake. */
static ssize_t feed(const char *text, size_t len, size_t step)
{
	size_t done = 0;

	while (done < len && !http_is_complete(&a)) {
		const size_t piece = len - done < step ? len - done : step;
		char *copy = malloc(piece);
		ssize_t n;

		memcpy(copy, text + done, piece);
		n = http_take(&a, copy, piece);
		free(copy);
		if (n < 0)
			return n;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

static void test_http_answers(void **state)
{
	static const struct {
		const char *text;
		int status;
		uint64_t body;
		bool keeps, needs_end, is_bodyless;
	} cases[] = {
		{ "HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n", 204, 0, true, false, false },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, 5, true, false, false },
		{ "HTTP/1.1 200 OK\r\ncontent-length:  5 \t\r\ncontent-length: 5\r\n\r\nhello", 200, 5, true, false, false },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", 200, 0, false, false, false },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: x , Close\r\n\r\n1", 200, 1, false, false, false },
		{ "HTTP/1.1 200\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n", 200, 15, true, false, false },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1 \r\nx\r\n000\r\nChecksum: 5\r\n\r\n", 200, 1, true, false, false },
		{ "HTTP/1.0 200 ok\r\nContent-type: text/plain\r\n\r\nall until the end\r\n", 200, 19, false, true, false },
		{ "HTTP/1.0 200 ok\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\n\r\n", 200, 2, true, false, false },
		{ "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\nx", 200, 1, false, true, false },
		{ "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nContent-Length: 7\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
		  200, 1, true, false, false },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 5000000000\r\n\r\n", 200, 0, true, false, true },
		{ "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, 0, true, false, false },
		{ "HTTP/1.1 404 Not Found\r\nX:\r\nContent-Length: 3\r\n\r\n404", 404, 3, true, false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const size_t len = strlen(cases[i].text);

		for (size_t step = 1; step <= len; step++) {
			http_expect(&a, cases[i].is_bodyless);
			assert_int_equal(feed(cases[i].text, len, step), len);
			assert_int_equal(http_is_complete(&a), !cases[i].needs_end);
			assert_int_equal(http_end(&a), 0);
			assert_true(http_is_complete(&a) && http_has_head(&a));
			assert_int_equal(a.status, cases[i].status);
			assert_int_equal(a.body, cases[i].body);
			assert_int_equal(a.keeps, cases[i].keeps);
		}
	}
}

/* The next answer is left for whoever asked for it. */
static void test_http_takes_its_own(void **state)
{
	static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 404 Not Found\r\n";

	(void)state;
	http_expect(&a, false);
	assert_int_equal(http_take(&a, text, sizeof(text) - 1), strlen("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
	assert_true(http_is_complete(&a));
	assert_int_equal(http_take(&a, text, sizeof(text) - 1), 0);
}

static void test_http_cut(void **state)
{
	static const char *const texts[] = {
		"", "HTTP/1.1 20", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", "HTTP/1.1 100 Continue\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		http_expect(&a, false);
		assert_int_equal(http_take(&a, texts[i], strlen(texts[i])), strlen(texts[i]));
		assert_int_equal(http_end(&a), -ECONNABORTED);
	}
}

static void test_http_mistakes(void **state)
{
	static const char *const texts[] = {
		"SSH-2.0-OpenSSH_9.2\r\n",
		"HTTP/2 200\r\n",
		"HTTP/1.1 20 OK\r\n",
		"HTTP/1.1 2000 OK\r\n",
		"HTTP/1.1 600 What\r\n",
		"HTTP/1.1 200 OK\n",
		"HTTP/1.1 200 O\rK\r\n",
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
		"HTTP/1.1 200 OK\r\n folded\r\n",
		"HTTP/1.1 200 OK\r\nName : x\r\n",
		"HTTP/1.1 200 OK\r\nno colon\r\n",
		"HTTP/1.1 200 OK\r\nX: \x1b[2J\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: \r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 1234567890123456789\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
		"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1234567890123456\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		for (size_t step = 1; step <= strlen(texts[i]); step += strlen(texts[i]) - 1) {
			http_expect(&a, false);
			if (feed(texts[i], strlen(texts[i]), step) != -EPROTO)
				fail_msg("taken: %s", texts[i]);
			assert_non_null(a.why);
		}
}

/* One byte repeated, or lines without an end: memory and patience are bounded. */
static void test_http_bounds(void **state)
{
	static const char status[] = "HTTP/1.1 200 OK\r\n", field[] = "X: y\r\n", interim[] = "HTTP/1.1 100 Continue\r\n\r\n";
	ssize_t n = 0;
	size_t total = 0;

	(void)state;
	http_expect(&a, false);
	while ((n = http_take(&a, "x", 1)) > 0)
		total += (size_t)n;
	assert_int_equal(n, -EPROTO);
	assert_int_equal(total, HTTP_LINE_MAX);

	http_expect(&a, false);
	n = http_take(&a, status, strlen(status));
	for (total = 0; n > 0; total += strlen(field))
		n = http_take(&a, field, strlen(field));
	assert_int_equal(n, -EPROTO);
	assert_in_range(total, HTTP_HEAD_MAX - 64, HTTP_HEAD_MAX + 64);

	http_expect(&a, false);
	for (total = 0; (n = http_take(&a, interim, strlen(interim))) > 0;)
		total++;
	assert_int_equal(n, -EPROTO);
	assert_int_equal(total, HTTP_INTERIM_MAX);
}

static void test_http_judge(void **state)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
		{ "HTTP/1.1 200 OK\r\n\r\n", NULL },
		{ "HTTP/1.1 204 No Content\r\n\r\n", NULL },
		{ "HTTP/1.1 404 Not Found\r\n\r\n", "the server answers \"HTTP/1.1 404 Not Found\"" },
		{ "HTTP/1.1 413 Request Entity Too Large\r\nLocation: x\r\n\r\n", "the server answers \"HTTP/1.1 413 Request Entity Too Large\"" },
		{ "HTTP/1.1 301 Moved Permanently\r\nLocation: https://h/x\r\n\r\n",
		  "the server answers \"HTTP/1.1 301 Moved Permanently\": redirects are not followed, name https://h/x itself" },
		{ "HTTP/1.1 304 Not Modified\r\n\r\n", "the server answers \"HTTP/1.1 304 Not Modified\"" },
	};
	char why[512];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		why[0] = '\0';
		http_expect(&a, true);
		assert_int_equal(http_take(&a, cases[i].text, strlen(cases[i].text)), strlen(cases[i].text));
		assert_int_equal(http_judge(&a, why, sizeof(why)), cases[i].words ? -EIO : 0);
		assert_string_equal(why, cases[i].words ? cases[i].words : "");
	}
}

static void test_http_request(void **state)
{
	struct net_url u;
	size_t n;
	char buf[HTTP_REQUEST_MAX], why[256], path[NET_PATH_LEN + 32] = "https://h/";

	(void)state;
	assert_int_equal(net_parse_url(&u, "https://[::1]:8443/a?b", why, sizeof(why)), 0);
	n = http_request(buf, "GET", &u, "X: y\r\n");
	assert_int_equal(n, strlen(buf));
	assert_non_null(strstr(buf, "GET /a?b HTTP/1.1\r\nHost: [::1]:8443\r\n"));
	assert_non_null(strstr(buf, "\r\nX: y\r\n\r\n"));
	/* The longest. */
	memset(path + strlen(path), 'x', NET_PATH_LEN - 2);
	assert_int_equal(net_parse_url(&u, path, why, sizeof(why)), 0);
	n = http_request(buf, "POST", &u, "Transfer-Encoding: chunked\r\n");
	assert_int_equal(n, strlen(buf));
	assert_string_equal(buf + strlen(buf) - 4, "\r\n\r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_http_answers),
		cmocka_unit_test(test_http_takes_its_own),
		cmocka_unit_test(test_http_cut),
		cmocka_unit_test(test_http_mistakes),
		cmocka_unit_test(test_http_bounds),
		cmocka_unit_test(test_http_judge),
		cmocka_unit_test(test_http_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
