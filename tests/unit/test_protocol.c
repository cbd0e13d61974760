/* SPDX-License-Identifier: MIT */
/* Names of alerts and versions. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/ssl.h>

#include "tls/protocol.h"

static void test_protocol_alert_names(void **state)
{
	(void)state;
	assert_string_equal(tls_alert_name(0), "close_notify");
	assert_string_equal(tls_alert_name(40), "handshake_failure");
	assert_string_equal(tls_alert_name(46), "certificate_unknown");
	assert_string_equal(tls_alert_name(109), "missing_extension");
	assert_string_equal(tls_alert_name(116), "certificate_required");
	assert_string_equal(tls_alert_name(120), "no_application_protocol");
	assert_string_equal(tls_alert_name(121), "ech_required");
	assert_string_equal(tls_alert_name(1), "unknown");
	assert_string_equal(tls_alert_name(255), "unknown");
}

/* libssl writes some with blanks or capitals, and has no name for a few. */
static bool same_words(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if (*a != tolower(*b) && !(*a == '_' && *b == ' '))
			return false;
	return *a == *b;
}

static void test_protocol_alert_names_agree_with_libssl(void **state)
{
	int compared = 0;

	(void)state;
	for (int i = 0; i < 256; i++) {
		const char *theirs = SSL_alert_desc_string_long(i);

		if (strcmp(theirs, "unknown") == 0)
			continue;
		assert_true(same_words(tls_alert_name((uint8_t)i), theirs));
		compared++;
	}
	assert_true(compared >= 25);
}

static void test_protocol_version_names(void **state)
{
	(void)state;
	assert_string_equal(tls_version_name(TLS_1_2), "TLS 1.2");
	assert_string_equal(tls_version_name(TLS_1_3), "TLS 1.3");
	assert_string_equal(tls_version_name(0x0302), "unknown");
	assert_string_equal(tls_version_name(0), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_protocol_alert_names),
		cmocka_unit_test(test_protocol_alert_names_agree_with_libssl),
		cmocka_unit_test(test_protocol_version_names),
	};

	return cmocka_run_group_tests_name("protocol", tests, NULL, NULL);
}
