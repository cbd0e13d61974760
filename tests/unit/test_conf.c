/* SPDX-License-Identifier: MIT */
/* The configuration: what it may say, and the file and line of what it may not. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "system/conf.h"

static struct conf conf;
static char mistakes[4096];

static void note(void *arg, const char *file, unsigned line, const char *text)
{
	const size_t used = strlen(mistakes);

	(void)arg;
	(void)text;
	snprintf(mistakes + used, sizeof(mistakes) - used, "%s:%u ", file, line);
}

static int set_up(void **state)
{
	(void)state;
	mistakes[0] = '\0';
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	conf_free(&conf);
	return 0;
}

/* From memory of exactly the size, so that a sanitizer sees a read beyond it. */
static int parse_bytes(const char *file, const char *text, size_t len)
{
	char *copy = malloc(len ? len : 1);
	int ret;

	assert_non_null(copy);
	memcpy(copy, text, len);
	ret = conf_parse(&conf, file, copy, len, note, NULL);
	free(copy);
	return ret;
}

static int parse(const char *text)
{
	return parse_bytes("f", text, strlen(text));
}

static const char *value_of(const char *device, const char *key)
{
	for (size_t i = 0; i < conf.n; i++)
		if (strcmp(conf.list[i].device, device) == 0 && strcmp(conf.list[i].key, key) == 0)
			return conf.list[i].value;
	return "-";
}

static void test_everything_there_is(void **state)
{
	(void)state;
	assert_int_equal(parse("# a comment\n\n[module]\nload = yes\n; another\n[nic *]\ntx=on\n[nic eth0]\ntx=off ; inline\nrx=on\nrecord=off\r\n"
			       "[sysctl]\nnet.ipv4.tcp_wmem=4096\t16384   4194304\nnet.ipv4.tcp_congestion_control=bbr\n"
			       "[exporter]\ntextfile=/var/lib/x/ktls.prom"), 0);
	assert_int_equal(conf.n, 8);
	assert_string_equal(value_of("", "load"), "yes");
	assert_string_equal(value_of("*", "tx"), "on");
	assert_string_equal(value_of("eth0", "tx"), "off");
	assert_string_equal(value_of("eth0", "record"), "off");
	assert_string_equal(value_of("", "net.ipv4.tcp_wmem"), "4096 16384 4194304");
	assert_string_equal(value_of("", "textfile"), "/var/lib/x/ktls.prom");
	assert_int_equal(conf.list[2].line, 9);
}

static void test_nothing_is_a_configuration(void **state)
{
	(void)state;
	assert_int_equal(parse(""), 0);
	assert_int_equal(parse("\n\n# only\n"), 0);
	assert_int_equal(parse("\xef\xbb\xbf[module]\nload=no\n"), 0);
	assert_int_equal(conf.n, 1);
	assert_int_equal(parse("[exporter]\ntextfile=\n"), 0);
	assert_string_equal(value_of("", "textfile"), "");
}

static void test_each_mistake_has_its_line(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
	} bad[] = {
		{ "load=yes\n", 1 },
		{ "[modul]\n", 1 },
		{ "[]\n", 1 },
		{ "[module x]\n", 1 },
		{ "\n\n[module\n", 3 },
		{ "[module]\nload\n", 2 },
		{ "[module]\nload=\n", 2 },
		{ "[module]\nload=on\n", 2 },
		{ "[module]\nLoad=yes\n", 2 },
		{ "[module]\nload=yes\nload=yes\n", 3 },
		{ "[module]\nload=yes\n  no\n", 3 },
		{ "[module]\nload=yes\n[nic a]\n[module]\nload=no\n", 5 },
		{ "[nic]\n", 1 },
		{ "[nic a b]\n", 1 },
		{ "[nic a/b]\n", 1 },
		{ "[nic ..]\n", 1 },
		{ "[nic sixteen-letters-]\n", 1 },
		{ "[nic a]\ntx=yes\n", 2 },
		{ "[nic a]\nload=yes\n", 2 },
		{ "[sysctl]\nkernel.panic=1\n", 2 },
		{ "[sysctl]\nnet.ipv4.tcp_rmem=1 2\n", 2 },
		{ "[sysctl]\nnet.ipv4.tcp_rmem=1 2 3 4\n", 2 },
		{ "[sysctl]\nnet.ipv4.tcp_rmem=3 2 1\n", 2 },
		{ "[sysctl]\nnet.ipv4.tcp_rmem=1 2 99999999999999999999\n", 2 },
		{ "[sysctl]\nnet.core.rmem_max=-1\n", 2 },
		{ "[sysctl]\nnet.core.rmem_max=0x1000\n", 2 },
		{ "[sysctl]\nnet.core.rmem_max=2147483648\n", 2 },
		{ "[sysctl]\nnet.ipv4.tcp_autocorking=2\n", 2 },
		{ "[sysctl]\nnet.ipv4.tcp_congestion_control=../x\n", 2 },
		{ "[sysctl]\nnet.ipv4.tcp_congestion_control=sixteen-letters-\n", 2 },
		{ "[exporter]\ntextfile=relative\n", 2 },
		{ "[exporter]\ntextfile=/a b\n", 2 },
		{ "[exporter]\ntextfile=/a$b\n", 2 },
		{ "[exporter]\ntextfile=/a/\n", 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char want[32];

		set_up(NULL);
		snprintf(want, sizeof(want), "f:%u ", bad[i].line);
		if (parse(bad[i].text) != 1 || strcmp(mistakes, want) != 0)
			fail_msg("'%s': %s", bad[i].text, mistakes);
		conf_free(&conf);
	}
}

static void test_bytes_that_are_no_text(void **state)
{
	static const char nul[] = "[module]\nload=y\0es\nload=no\n";
	char big[1024];

	(void)state;
	assert_int_equal(parse_bytes("f", nul, sizeof(nul) - 1), 1);
	assert_string_equal(mistakes, "f:2 ");
	assert_string_equal(value_of("", "load"), "no");
	memset(big, 'x', sizeof(big));
	memcpy(big, "[module]\nload=", 14);
	set_up(NULL);
	assert_int_equal(parse_bytes("g", big, sizeof(big)), 1);
	assert_string_equal(mistakes, "g:2 ");
}

/* The longest line that inih takes is taken, and the shortest that it does not is refused, not cut. */
static void test_lines_of_every_length(void **state)
{
	(void)state;
	for (size_t len = 20; len < 400; len++) {
		char text[512] = "[exporter]\ntextfile=/";
		size_t used = strlen(text);

		set_up(NULL);
		memset(text + used, 'a', len);
		parse_bytes("f", text, used + len);
		if (len + 1 < CONF_VALUE_MAX)
			assert_int_equal(strlen(value_of("", "textfile")), len + 1);
		else
			assert_string_equal(mistakes, "f:2 ");
		conf_free(&conf);
	}
}

static void test_later_files_replace(void **state)
{
	(void)state;
	assert_int_equal(parse_bytes("a", "[nic eth0]\ntx=on\nrx=on\n", 23), 0);
	assert_int_equal(parse_bytes("b", "[nic eth0]\ntx=off\n", 18), 0);
	assert_int_equal(conf.n, 2);
	assert_string_equal(value_of("eth0", "tx"), "off");
	assert_string_equal(value_of("eth0", "rx"), "on");
	assert_string_equal(conf.list[0].file, "b");
	assert_string_equal(conf.list[1].file, "a");
	assert_int_equal(conf.list[0].line, 2);
}

static void test_sysctl_values_and_paths(void **state)
{
	char value[CONF_VALUE_MAX], path[64];

	(void)state;
	assert_int_equal(conf_sysctl_value("net.ipv4.tcp_rmem", "4096\t131072\t6291456", value), 0);
	assert_string_equal(value, "4096 131072 6291456");
	assert_int_equal(conf_sysctl_value("net.ipv4.tcp_notsent_lowat", "4294967295", value), 0);
	assert_int_equal(conf_sysctl_value("net.ipv4.tcp_notsent_lowat", "4294967296", value), -EINVAL);
	assert_int_equal(conf_sysctl_value("kernel.panic", "1", value), -EINVAL);
	conf_sysctl_path("net.ipv4.tcp_rmem", path, sizeof(path));
	assert_string_equal(path, "/proc/sys/net/ipv4/tcp_rmem");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_everything_there_is, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nothing_is_a_configuration, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_each_mistake_has_its_line, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bytes_that_are_no_text, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_lines_of_every_length, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_later_files_replace, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_sysctl_values_and_paths, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
