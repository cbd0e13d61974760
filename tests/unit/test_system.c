/* SPDX-License-Identifier: MIT */
/* What the kernel's files say, and what we make of it when they say something else. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "system/caps.h"
#include "system/crypto.h"
#include "system/kconfig.h"
#include "system/modules.h"
#include "system/netns.h"
#include "system/stat_state.h"
#include "system/sysroot.h"
#include "system/tls_stat.h"
#include "system/ulp.h"

/* --- /proc/net/tls_stat -------------------------------------------------- */

static void parse_stat(const char *text, struct tls_stat *stat)
{
	/* Of exactly the text's size, so that a sanitizer sees a read beyond it. */
	size_t len = strlen(text);
	char *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, text, len);
	tls_stat_parse(copy, len, stat);
	free(copy);
}

static void test_tls_stat_as_the_kernel_writes_it(void **state)
{
	struct tls_stat stat;

	(void)state;
	parse_stat("TlsCurrTxSw                     \t3\n"
		   "TlsCurrRxSw                     \t2\n"
		   "TlsCurrTxDevice                 \t1\n"
		   "TlsDecryptError                 \t0\n",
		   &stat);
	assert_int_equal(stat.n, 4);
	assert_string_equal(stat.counters[0].name, "TlsCurrTxSw");
	assert_int_equal(stat.counters[0].value, 3);
	assert_int_equal(stat.counters[0].info->kind, TLS_COUNTER_OPEN);
	assert_int_equal(stat.counters[3].info->kind, TLS_COUNTER_ERROR);
	assert_int_equal(tls_stat_get(&stat, "TlsDecryptError"), 0);
	assert_int_equal(tls_stat_get(&stat, "TlsRxSw"), -1);
	assert_int_equal(tls_stat_sending(&stat), 4);
	assert_int_equal(tls_stat_receiving(&stat), 2);
}

static void test_tls_stat_unknown_names_pass(void **state)
{
	struct tls_stat stat;

	(void)state;
	parse_stat("TlsQuantum_9 12\nTlsTxSw 1\n", &stat);
	assert_int_equal(stat.n, 2);
	assert_string_equal(stat.counters[0].name, "TlsQuantum_9");
	assert_int_equal(stat.counters[0].value, 12);
	assert_null(stat.counters[0].info);
	assert_non_null(stat.counters[1].info);
}

static void test_tls_stat_absurd_numbers_are_not_known(void **state)
{
	static const char *const absurd[] = {
		"18446744073709551615", "9223372036854775808", "99999999999999999999999", "-1", "+1", "1x", "0x1", "", "NaN",
	};
	struct tls_stat stat;
	char text[80];

	(void)state;
	for (size_t i = 0; i < sizeof(absurd) / sizeof(absurd[0]); i++) {
		snprintf(text, sizeof(text), "TlsCurrTxSw\t%s", absurd[i]);
		parse_stat(text, &stat);
		assert_int_equal(stat.n, 1);
		assert_int_equal(stat.counters[0].value, -1);
		assert_int_equal(tls_stat_sending(&stat), -1);
	}
	parse_stat("TlsCurrTxSw 9223372036854775807\nTlsCurrTxDevice 1\n", &stat);
	assert_int_equal(tls_stat_get(&stat, "TlsCurrTxSw"), INT64_MAX);
	assert_int_equal(tls_stat_sending(&stat), -1);
}

static void test_tls_stat_blanks_and_ends_do_not_matter(void **state)
{
	struct tls_stat stat;

	(void)state;
	parse_stat("\n \t TlsTxSw 5 more words\r\n\nTlsRxSw\t\t6\nTlsTxDevice", &stat);
	assert_int_equal(stat.n, 3);
	assert_int_equal(tls_stat_get(&stat, "TlsTxSw"), 5);
	assert_int_equal(tls_stat_get(&stat, "TlsRxSw"), 6);
	assert_int_equal(tls_stat_get(&stat, "TlsTxDevice"), -1);
	parse_stat("", &stat);
	assert_int_equal(stat.n, 0);
}

static void test_tls_stat_leaves_out_what_is_no_counter(void **state)
{
	struct tls_stat stat;

	(void)state;
	parse_stat("9Tls 1\nTls-Tx 2\n\033[2J 3\nTlsTxSw 4\nTlsTxSw 5\n"
		   "AVeryVeryVeryVeryVeryVeryVeryVeryVeryVeryVeryLongName 6\n",
		   &stat);
	assert_int_equal(stat.n, 1);
	assert_int_equal(tls_stat_get(&stat, "TlsTxSw"), 4);
}

static void test_tls_stat_takes_no_more_than_it_holds(void **state)
{
	static char text[TLS_STAT_MAX * 40];
	struct tls_stat stat;
	size_t used = 0;

	(void)state;
	for (int i = 0; i < 2 * TLS_STAT_MAX; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "Tls%d %d\n", i, i);
	parse_stat(text, &stat);
	assert_int_equal(stat.n, TLS_STAT_MAX);
	assert_int_equal(tls_stat_get(&stat, "Tls63"), 63);
}

/* --- network namespaces --------------------------------------------------- */

static void test_netns_paths(void **state)
{
	static const struct {
		const char *name, *path;
	} good[] = { { "blue", "/run/netns/blue" }, { "12", "/proc/12/ns/net" }, { "12a", "/run/netns/12a" }, { "./12", "./12" },
		     { "/proc/1/ns/net", "/proc/1/ns/net" } };
	static const char *const bad[] = { "", ".", ".." };
	char path[NETNS_PATH_MAX], *name = malloc(2 * NETNS_PATH_MAX);

	(void)state;
	assert_non_null(name);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(netns_path(good[i].name, path), 0);
		assert_string_equal(path, good[i].path);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(netns_path(bad[i], path), -EINVAL);
	memset(name, 'x', 2 * NETNS_PATH_MAX);
	name[NETNS_PATH_MAX - 5] = '\0';
	assert_int_equal(netns_path(name, path), -ENAMETOOLONG);
	free(name);
}

/* --- counters that are kept ---------------------------------------------- */

static int parse_state(const char *text, struct stat_state *kept)
{
	size_t len = strlen(text);
	char *copy = malloc(len ? len : 1);
	int ret;

	assert_non_null(copy);
	memcpy(copy, text, len);
	ret = stat_state_parse(copy, len, kept);
	free(copy);
	return ret;
}

static void test_stat_state_text(void **state)
{
	static const char *const bad[] = {
		"", "ktlsctl-stats 1", "ktlsctl-stats 2\nboot a\nms 1\n", "ktlsctl-stats 1\nboot\nms 1\n",
		"ktlsctl-stats 1\nboot ../x\nms 1\n", "ktlsctl-stats 1\nboot a b\nms 1\n", "ktlsctl-stats 1\nboot a\nms -1\n",
		"ktlsctl-stats 1\nboot a\nms 9223372036854775808\n", "ktlsctl-stats 1\nms 1\nboot a\n",
	};
	struct stat_state kept;

	(void)state;
	assert_int_equal(parse_state("ktlsctl-stats 1\nboot a-1\nms 77\nTlsTxSw 5\n", &kept), 0);
	assert_string_equal(kept.boot, "a-1");
	assert_int_equal(kept.ms, 77);
	assert_int_equal(tls_stat_get(&kept.stat, "TlsTxSw"), 5);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parse_state(bad[i], &kept), -EINVAL);
}

static void test_stat_state_changes(void **state)
{
	struct tls_stat before, now;
	int64_t change = 0;

	(void)state;
	parse_stat("TlsCurrTxSw 3\nTlsTxSw 9\nTlsCurrNew 9\nTlsRxSw -1\n", &before);
	parse_stat("TlsCurrTxSw 1\nTlsTxSw 4\nTlsCurrNew 8\nTlsRxSw 1\nTlsRxDevice 1\n", &now);
	assert_true(stat_state_change(&before, &now.counters[0], &change));
	assert_int_equal(change, -2);
	assert_true(stat_state_change(&before, &now.counters[1], &change));
	assert_int_equal(change, 4);
	assert_true(stat_state_change(&before, &now.counters[2], &change));
	assert_int_equal(change, -1);
	assert_false(stat_state_change(&before, &now.counters[3], &change));
	assert_false(stat_state_change(&before, &now.counters[4], &change));
}

/* --- kernel configuration ------------------------------------------------- */

static enum kconfig_value value_in(const char *text, const char *symbol)
{
	return kconfig_get(text, strlen(text), symbol);
}

static void test_kconfig_values(void **state)
{
	static const char text[] = "# Linux/x86 6.1 Kernel Configuration\n"
				   "CONFIG_TLS=m\n"
				   "CONFIG_TLS_DEVICE=y\n"
				   "# CONFIG_TLS_TOE is not set\n"
				   "CONFIG_HZ=250\n"
				   "CONFIG_OFF=n";

	(void)state;
	assert_int_equal(value_in(text, "CONFIG_TLS"), KCONFIG_MODULE);
	assert_int_equal(value_in(text, "CONFIG_TLS_DEVICE"), KCONFIG_YES);
	assert_int_equal(value_in(text, "CONFIG_TLS_TOE"), KCONFIG_NO);
	assert_int_equal(value_in(text, "CONFIG_OFF"), KCONFIG_NO);
	assert_int_equal(value_in(text, "CONFIG_HZ"), KCONFIG_UNKNOWN);
	/* Not mentioned: what it depends on is off. */
	assert_int_equal(value_in(text, "CONFIG_TL"), KCONFIG_NO);
}

static void test_kconfig_text_that_is_none(void **state)
{
	(void)state;
	assert_int_equal(value_in("", "CONFIG_TLS"), KCONFIG_UNKNOWN);
	assert_int_equal(value_in("<html>CONFIG_TLS=y</html>\n", "CONFIG_TLS"), KCONFIG_UNKNOWN);
	assert_int_equal(value_in("CONFIG_TLS", "CONFIG_TLS"), KCONFIG_NO);
	assert_int_equal(value_in("CONFIG_TLS=", "CONFIG_TLS"), KCONFIG_UNKNOWN);
}

/* Packs @len bytes of @text as gzip does. */
static size_t pack(const void *text, size_t len, unsigned char *to, size_t room)
{
	z_stream z = { .next_in = (Bytef *)text, .avail_in = (uInt)len, .next_out = to, .avail_out = (uInt)room };

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, MAX_WBITS + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return z.total_out;
}

static void test_kconfig_gunzip(void **state)
{
	unsigned char packed[256];
	size_t n = pack("CONFIG_TLS=y\n", 13, packed, sizeof(packed)), len;
	char *text;

	(void)state;
	assert_int_equal(kconfig_gunzip(packed, n, &text, &len), 0);
	assert_int_equal(len, 13);
	assert_string_equal(text, "CONFIG_TLS=y\n");
	free(text);
	for (size_t cut = 0; cut < n; cut++)
		assert_int_equal(kconfig_gunzip(packed, cut, &text, &len), -EBADMSG);
	packed[n - 6] ^= 1; /* in the checksum */
	assert_int_equal(kconfig_gunzip(packed, n, &text, &len), -EBADMSG);
	assert_int_equal(kconfig_gunzip("plain text", 10, &text, &len), -EBADMSG);
}

static void test_kconfig_gunzip_stops_at_a_bomb(void **state)
{
	const size_t len = 64 << 20, room = 1 << 17;
	unsigned char *packed = malloc(room);
	char *zeros = calloc(1, len), *text;
	size_t n, out;

	(void)state;
	assert_non_null(packed);
	assert_non_null(zeros);
	n = pack(zeros, len, packed, room);
	assert_int_equal(kconfig_gunzip(packed, n, &text, &out), -EFBIG);
	free(zeros);
	free(packed);
}

/* --- /proc/crypto --------------------------------------------------------- */

#define STANZA(name, driver, priority, more) \
	"name         : " name "\ndriver       : " driver "\nmodule       : kernel\npriority     : " priority "\n" more "\n"
#define USABLE "refcnt       : 1\nselftest     : passed\ninternal     : no\ntype         : aead\n"

static void test_crypto_highest_priority_wins(void **state)
{
	static const char text[] = STANZA("gcm(aes)", "gcm_base(ctr(aes-generic),ghash-generic)", "100", USABLE "async  : no\n")
		STANZA("gcm(aes)", "generic-gcm-aesni", "400", USABLE "async        : yes\n")
		STANZA("gcm(aes)", "same-priority", "400", USABLE)
		STANZA("ccm(aes)", "ccm", "900", USABLE);
	struct crypto_driver best;

	(void)state;
	assert_int_equal(crypto_best(text, strlen(text), "gcm(aes)", &best), 1);
	assert_string_equal(best.driver, "generic-gcm-aesni");
	assert_string_equal(best.module, "kernel");
	assert_int_equal(best.priority, 400);
	assert_true(best.async);
	assert_int_equal(crypto_best(text, strlen(text), "rfc7539(chacha20,poly1305)", &best), 0);
}

static void test_crypto_passes_over_what_connections_cannot_get(void **state)
{
	static const char text[] = STANZA("gcm(aes)", "part", "900", "selftest : passed\ninternal : yes\ntype : aead\n")
		STANZA("gcm(aes)", "untested", "900", "selftest : unknown\ninternal : no\ntype : aead\n")
		STANZA("gcm(aes)", "larva", "900", "selftest : passed\ninternal : no\ntype : larval\n")
		STANZA("gcm(aes)", "huge", "99999999999", USABLE)
		STANZA("gcm(aes)", "odd", "high", USABLE)
		STANZA("gcm(aes)", "", "900", USABLE)
		STANZA("gcm(aes)", "this one", "-5", USABLE);
	struct crypto_driver best;

	(void)state;
	assert_int_equal(crypto_best(text, strlen(text), "gcm(aes)", &best), 1);
	assert_string_equal(best.driver, "this one");
	assert_int_equal(best.priority, -5);
}

static void test_crypto_odd_texts(void **state)
{
	struct crypto_driver best;

	(void)state;
	assert_int_equal(crypto_best("", 0, "gcm(aes)", &best), 0);
	assert_int_equal(crypto_best("\n\n \n", 4, "gcm(aes)", &best), 0);
	assert_int_equal(crypto_best("name", 4, "gcm(aes)", &best), 0);
	assert_int_equal(crypto_best("name:a\npriority:-\ntype:aead\ndriver:x", 36, "a", &best), 0);
	assert_int_equal(crypto_best("name:a\npriority:2147483647\ntype:aead\ndriver:x", 45, "a", &best), 1);
	assert_int_equal(best.priority, INT32_MAX);
	assert_int_equal(crypto_best("name:a\npriority:2147483648\ntype:aead\ndriver:x", 45, "a", &best), 0);
}

static void test_crypto_speed(void **state)
{
	static const struct {
		const char *driver;
		enum crypto_speed speed;
	} rows[] = {
		{ "generic-gcm-aesni", CRYPTO_ACCELERATED },
		{ "generic-gcm-vaes-avx512", CRYPTO_ACCELERATED },
		{ "gcm_base(ctr(aes-generic),ghash-clmulni)", CRYPTO_PLAIN },
		{ "gcm_base(ctr-aes-aesni,ghash-clmulni)", CRYPTO_ACCELERATED },
		{ "ccm_base(ctr(aes-fixed-time),cbcmac(aes-fixed-time))", CRYPTO_PLAIN },
		{ "rfc7539(chacha20-simd,poly1305-simd)", CRYPTO_ACCELERATED },
		{ "gcm-aes-ce", CRYPTO_ACCELERATED },
		{ "gcm-aes-lib", CRYPTO_SPEED_UNKNOWN },
		{ "ccp-gcm", CRYPTO_SPEED_UNKNOWN },
		{ "", CRYPTO_SPEED_UNKNOWN },
		{ "(,)((", CRYPTO_SPEED_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (crypto_speed_of(rows[i].driver) != rows[i].speed)
			fail_msg("%s: %d", rows[i].driver, crypto_speed_of(rows[i].driver));
}

/* --- ULPs ----------------------------------------------------------------- */

static void test_ulp_names(void **state)
{
	struct ulp_list list;
	char many[200] = "";

	(void)state;
	ulp_parse("espintcp mptcp tls\n", 19, &list);
	assert_int_equal(list.n, 3);
	assert_true(ulp_has(&list, "tls"));
	assert_false(ulp_has(&list, "tl"));
	ulp_parse("\n", 1, &list);
	assert_int_equal(list.n, 0);
	ulp_parse("a_name_much_too_long tls", 24, &list);
	assert_int_equal(list.n, 1);
	for (int i = 0; i < 30; i++)
		strcat(many, "u ");
	ulp_parse(many, strlen(many), &list);
	assert_int_equal(list.n, ULP_MAX);
}

/* --- user namespaces ------------------------------------------------------ */

static bool is_initial(const char *map)
{
	return caps_is_initial_map(map, strlen(map));
}

static void test_caps_initial_map(void **state)
{
	(void)state;
	assert_true(is_initial("         0          0 4294967295\n"));
	assert_false(is_initial("         0       1000          1\n"));
	assert_false(is_initial("         0          0      65536\n"));
	assert_false(is_initial("0 0 4294967295\n7 7 1\n"));
	assert_false(is_initial("0 0 4294967295 1\n"));
	assert_false(is_initial(""));
}

/* --- verdict on a module -------------------------------------------------- */

static void test_module_judge(void **state)
{
	static const struct {
		struct module_facts facts;
		enum module_state verdict;
	} rows[] = {
		{ { .live = true, .tree = MODULE_TREE_HAS, .config = KCONFIG_MODULE }, MODULE_LOADED },
		{ { .live = true, .config = KCONFIG_NO }, MODULE_LOADED },
		{ { .at_work = true, .config = KCONFIG_YES }, MODULE_BUILT_IN },
		{ { .at_work = true, .tree = MODULE_TREE_BUILT_IN }, MODULE_BUILT_IN },
		/* No /sys, or an old configuration lying about. */
		{ { .at_work = true }, MODULE_LOADED },
		{ { .at_work = true, .config = KCONFIG_NO, .tree = MODULE_TREE_LACKS }, MODULE_LOADED },
		{ { .config = KCONFIG_MODULE, .tree = MODULE_TREE_HAS }, MODULE_LOADABLE },
		{ { .tree = MODULE_TREE_HAS }, MODULE_LOADABLE },
		{ { .config = KCONFIG_MODULE, .tree = MODULE_TREE_LACKS }, MODULE_ABSENT },
		{ { .config = KCONFIG_NO }, MODULE_ABSENT },
		{ { .tree = MODULE_TREE_LACKS }, MODULE_ABSENT },
		/* In a container: the host could have it, but nothing here says so. */
		{ { .config = KCONFIG_MODULE, .tree = MODULE_TREE_NONE }, MODULE_UNKNOWN },
		{ { .tree = MODULE_TREE_NONE }, MODULE_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (module_judge(&rows[i].facts) != rows[i].verdict)
			fail_msg("row %zu: %d", i, module_judge(&rows[i].facts));
}

/* --- trees ---------------------------------------------------------------- */

/* A folder with links that try to lead out of it. */
static int make_tree(void **state)
{
	static char dir[] = "/tmp/ktls-test-system.XXXXXX";
	char path[128];
	FILE *f;

	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/file", dir);
	f = fopen(path, "w");
	if (!f || fputs("inside\n", f) < 0 || fclose(f))
		return -1;
	snprintf(path, sizeof(path), "%s/absolute", dir);
	if (symlink("/file", path))
		return -1;
	snprintf(path, sizeof(path), "%s/upwards", dir);
	if (symlink("../../../../etc/hostname", path))
		return -1;
	*state = dir;
	return 0;
}

static int remove_tree(void **state)
{
	static const char *const names[] = { "/file", "/absolute", "/upwards", "" };
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", (char *)*state, names[i]);
		if (remove(path))
			return -1;
	}
	return 0;
}

static void test_sysroot_links_stay_inside(void **state)
{
	struct sysroot root;
	char *data;
	size_t len;

	assert_int_equal(sysroot_open(&root, *state), 0);
	assert_int_equal(sysroot_read(&root, "/absolute", 100, &data, &len), 0);
	assert_string_equal(data, "inside\n");
	assert_int_equal(len, 7);
	free(data);
	assert_int_equal(sysroot_read(&root, "/upwards", 100, &data, &len), -ENOENT);
	assert_int_equal(sysroot_read(&root, "/../../../../../../../../proc/self/stat", 9999, &data, &len), -ENOENT);
	assert_int_equal(sysroot_has(&root, "/file"), 1);
	assert_int_equal(sysroot_has(&root, "/etc/passwd"), 0);
	assert_int_equal(sysroot_has(&root, "/file/below"), 0);
	sysroot_close(&root);
}

static void test_sysroot_read_has_a_limit(void **state)
{
	struct sysroot root;
	char *data;
	size_t len;

	assert_int_equal(sysroot_open(&root, *state), 0);
	assert_int_equal(sysroot_read(&root, "/file", 7, &data, &len), 0);
	free(data);
	assert_int_equal(sysroot_read(&root, "/file", 6, &data, &len), -EFBIG);
	assert_int_equal(sysroot_read(&root, "/", 6, &data, &len), -EISDIR);
	sysroot_close(&root);
	assert_int_equal(sysroot_open(&root, "/no/such/place"), -ENOENT);
	assert_int_equal(sysroot_open(&root, "/proc/self/stat"), -ENOTDIR);
}

static void test_sysroot_of_the_system(void **state)
{
	char release[SYSROOT_RELEASE_MAX], *data;
	struct sysroot root;
	size_t len;

	(void)state;
	assert_int_equal(sysroot_open(&root, NULL), 0);
	assert_int_equal(sysroot_release(&root, release), 0);
	assert_int_equal(sysroot_read(&root, "/proc/sys/kernel/osrelease", 100, &data, &len), 0);
	assert_int_equal(strncmp(data, release, strlen(release)), 0);
	assert_string_equal(data + strlen(release), "\n");
	free(data);
	sysroot_close(&root);
}

static void test_sysroot_refused_to_the_privileged(void **state)
{
	(void)state;
	assert_true(sysroot_is_allowed(1000, 1000, 100, 100));
	assert_true(sysroot_is_allowed(0, 0, 0, 0));
	assert_false(sysroot_is_allowed(1000, 0, 100, 100));
	assert_false(sysroot_is_allowed(0, 1000, 100, 100));
	assert_false(sysroot_is_allowed(1000, 1000, 100, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tls_stat_as_the_kernel_writes_it),
		cmocka_unit_test(test_tls_stat_unknown_names_pass),
		cmocka_unit_test(test_netns_paths),
		cmocka_unit_test(test_stat_state_text),
		cmocka_unit_test(test_stat_state_changes),
		cmocka_unit_test(test_tls_stat_absurd_numbers_are_not_known),
		cmocka_unit_test(test_tls_stat_blanks_and_ends_do_not_matter),
		cmocka_unit_test(test_tls_stat_leaves_out_what_is_no_counter),
		cmocka_unit_test(test_tls_stat_takes_no_more_than_it_holds),
		cmocka_unit_test(test_kconfig_values),
		cmocka_unit_test(test_kconfig_text_that_is_none),
		cmocka_unit_test(test_kconfig_gunzip),
		cmocka_unit_test(test_kconfig_gunzip_stops_at_a_bomb),
		cmocka_unit_test(test_crypto_highest_priority_wins),
		cmocka_unit_test(test_crypto_passes_over_what_connections_cannot_get),
		cmocka_unit_test(test_crypto_odd_texts),
		cmocka_unit_test(test_crypto_speed),
		cmocka_unit_test(test_ulp_names),
		cmocka_unit_test(test_caps_initial_map),
		cmocka_unit_test(test_module_judge),
		cmocka_unit_test(test_sysroot_links_stay_inside),
		cmocka_unit_test(test_sysroot_read_has_a_limit),
		cmocka_unit_test(test_sysroot_of_the_system),
		cmocka_unit_test(test_sysroot_refused_to_the_privileged),
	};

	return cmocka_run_group_tests_name("system", tests, make_tree, remove_tree);
}
