/* SPDX-License-Identifier: MIT */
/* Key-log lines: only a whole and exact one counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "handshake/secrets.h"
#include "unit/from_hex.h"

#define CLIENT	"CLIENT_TRAFFIC_SECRET_0 "
#define SERVER	"SERVER_TRAFFIC_SECRET_0 "
#define RANDOM	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define SECRET	"cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7"
#define MORE	"8d9912ec18a2ef6283024dece7aabbcc"

static bool parse(const char *line, struct keylog_secret *out)
{
	uint8_t random[KEYLOG_RANDOM_LEN];

	from_hex(RANDOM, random, sizeof(random));
	memset(out, 0xee, sizeof(*out));
	return keylog_parse(line, random, out);
}

static void check_good(const char *line, bool is_server, enum tls_hash hash, const char *secret_hex)
{
	struct keylog_secret got;
	uint8_t want[48];
	size_t len = from_hex(secret_hex, want, sizeof(want));

	assert_true(parse(line, &got));
	assert_int_equal(got.is_server, is_server);
	assert_int_equal(got.secret.hash, hash);
	assert_int_equal(got.secret.len, len);
	assert_memory_equal(got.secret.data, want, len);
}

static void test_keylog_good_lines(void **state)
{
	(void)state;
	check_good(CLIENT RANDOM " " SECRET, false, TLS_HASH_SHA256, SECRET);
	check_good(SERVER RANDOM " " SECRET, true, TLS_HASH_SHA256, SECRET);
	check_good(SERVER RANDOM " " SECRET MORE, true, TLS_HASH_SHA384, SECRET MORE);
	check_good(CLIENT "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F " SECRET, false,
		   TLS_HASH_SHA256, SECRET);
}

static void test_keylog_other_lines(void **state)
{
	static const char *const lines[] = {
		"",
		" ",
		"# a comment",
		"CLIENT_TRAFFIC_SECRET_0",
		CLIENT,
		CLIENT RANDOM,
		CLIENT RANDOM " ",
		"CLIENT_TRAFFIC_SECRET_N " RANDOM " " SECRET,
		"CLIENT_TRAFFIC_SECRET_1 " RANDOM " " SECRET,
		"CLIENT_HANDSHAKE_TRAFFIC_SECRET " RANDOM " " SECRET,
		"SERVER_HANDSHAKE_TRAFFIC_SECRET " RANDOM " " SECRET,
		"EXPORTER_SECRET " RANDOM " " SECRET,
		"CLIENT_RANDOM " RANDOM " " SECRET MORE,
		"client_traffic_secret_0 " RANDOM " " SECRET,
		" " CLIENT RANDOM " " SECRET,
		CLIENT " " RANDOM " " SECRET,
		CLIENT RANDOM "  " SECRET,
		CLIENT RANDOM "\t" SECRET,
		CLIENT RANDOM " " SECRET " ",
		CLIENT RANDOM " " SECRET "\n",
		CLIENT RANDOM " " SECRET "0",
		CLIENT RANDOM " " SECRET "00",
		CLIENT RANDOM " " SECRET MORE "00",
		CLIENT RANDOM "00 " SECRET,
		CLIENT "0" RANDOM " " SECRET,
		/* Another connection's random. */
		CLIENT "010102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f " SECRET,
		CLIENT "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1e " SECRET,
		CLIENT "00010203 " SECRET,
		CLIENT RANDOM " " MORE,
		CLIENT RANDOM " xy34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7",
		CLIENT RANDOM " cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece",
		CLIENT RANDOM " 0x34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct keylog_secret out, untouched;

		if (parse(lines[i], &out))
			fail_msg("taken: %s", lines[i]);
		memset(&untouched, 0xee, sizeof(untouched));
		assert_memory_equal(&out, &untouched, sizeof(out));
	}
}

/* No prefix of a good line is one, and nothing behind its end is read. */
static void test_keylog_cut_lines(void **state)
{
	static const char line[] = SERVER RANDOM " " SECRET MORE;
	const size_t short_len = strlen(SERVER RANDOM " " SECRET);
	struct keylog_secret out;
	char cut[sizeof(line)];

	(void)state;
	for (size_t len = 0; len < sizeof(line) - 1; len++) {
		memcpy(cut, line, len);
		cut[len] = '\0';
		assert_int_equal(parse(cut, &out), len == short_len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keylog_good_lines),
		cmocka_unit_test(test_keylog_other_lines),
		cmocka_unit_test(test_keylog_cut_lines),
	};

	return cmocka_run_group_tests_name("keylog", tests, NULL, NULL);
}
