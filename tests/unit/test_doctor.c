/* SPDX-License-Identifier: MIT */
/* What ktlsctl doctor knows of the system: versions, defects, switches, processes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "system/agent.h"
#include "system/defects.h"
#include "system/module_rules.h"
#include "system/process.h"
#include "system/tls_switch.h"
#include "system/tlslib.h"
#include "system/version.h"

/* --- versions ---------------------------------------------------------------- */

static void test_version_compare(void **state)
{
	static const struct {
		const char *a, *b;
		int sign;
	} rows[] = {
		{ "6.1.192-2", "6.1.192-2", 0 },	{ "6.1.192-2", "6.1.192-10", -1 },
		{ "6.1.9-1", "6.1.10-1", -1 },		{ "6.12.48-1", "6.12.48-1~bpo12+1", 1 },
		{ "6.12.48-1", "6.12.48-1+deb13u1", -1 }, { "6.8.0-45", "6.8.0-45.45", -1 },
		{ "6.8.0-100", "6.8.0-45", 1 },		{ "5.14.0-503.11.1.el9_5", "5.14.0-503.9.1.el9_5", 1 },
		{ "5.14.0-503.11.1.el9_5", "5.14.0-570.el9_6", -1 }, { "1.0~rc1", "1.0", -1 },
		{ "007", "7", 0 },			{ "", "", 0 },
		{ "1", "", 1 },				{ "1.a", "1.-", -1 },
		{ "99999999999999999999998", "99999999999999999999999", -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const int there = version_compare(rows[i].a, rows[i].b), back = version_compare(rows[i].b, rows[i].a);

		assert_int_equal((there > 0) - (there < 0), rows[i].sign);
		assert_int_equal((back > 0) - (back < 0), -rows[i].sign);
	}
}

static void test_kernel_version_parse(void **state)
{
	static const struct {
		const char *release, *version;
		struct kernel_version v;
	} rows[] = {
		{ "6.1.0-56-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-09-01)", { KERNEL_DEBIAN, 6, 1, 192, "6.1.192-2" } },
		{ "6.12.95+deb12-cloud-amd64", "#1 SMP Debian 6.12.95-1~bpo12+1 (2026-08-01)", { KERNEL_DEBIAN, 6, 12, 95, "6.12.95-1" } },
		{ "7.3.4", "#1 SMP Tue Nov 3", { KERNEL_UPSTREAM, 7, 3, 4, "" } },
		{ "7.4-rc1", "#1 SMP", { KERNEL_UPSTREAM, 7, 4, 0, "" } },
		{ "5.15.0-130-generic", "#140-Ubuntu SMP Wed Dec 18", { KERNEL_UBUNTU, 5, 15, 0, "5.15.0-130.140" } },
		{ "6.8.0-45-generic", "#45~22.04.1-Ubuntu SMP PREEMPT_DYNAMIC", { KERNEL_UBUNTU, 6, 8, 0, "6.8.0-45.45" } },
		{ "6.8.0-45-lowlatency-64k", "#45.1~22.04-Ubuntu SMP", { KERNEL_UBUNTU, 6, 8, 0, "6.8.0-45.45.1" } },
		{ "5.15.0-73-fips", "#80+fips1-Ubuntu SMP", { KERNEL_UBUNTU, 5, 15, 0, "5.15.0-73.80" } },
		{ "6.8.0-1041-aws", "#43-Ubuntu SMP", { KERNEL_UBUNTU, 6, 8, 0, "6.8.0-1041.43" } },
		{ "6.8.0-45-generic", "Ubuntu", { KERNEL_UBUNTU, 6, 8, 0, "6.8.0-45" } },
		{ "5.14.0-503.11.1.el9_5.x86_64", "#1 SMP", { KERNEL_RHEL, 5, 14, 0, "5.14.0-503.11.1.el9_5" } },
		{ "6.12.0-55.9.1.el10_0.aarch64+64k", "#1 SMP", { KERNEL_RHEL, 6, 12, 0, "6.12.0-55.9.1.el10_0" } },
		/* ELRepo's kernels are upstream's. */
		{ "6.12.9-1.el9.elrepo.x86_64", "#1 SMP", { KERNEL_UPSTREAM, 6, 12, 9, "" } },
	};
	struct kernel_version v;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(kernel_version_parse(rows[i].release, rows[i].version, &v), 0);
		assert_int_equal(v.vendor, rows[i].v.vendor);
		assert_int_equal(v.major, rows[i].v.major);
		assert_int_equal(v.minor, rows[i].v.minor);
		assert_int_equal(v.patch, rows[i].v.patch);
		assert_string_equal(v.package, rows[i].v.package);
	}
	assert_int_equal(kernel_version_parse("six", "", &v), -EINVAL);
	assert_int_equal(kernel_version_parse("6", "", &v), -EINVAL);
}

/* --- defects ------------------------------------------------------------------- */

static const char list[] =
	"# a comment\n"
	"[CVE-1]\n"
	"title = one\n"
	"affected = 6.0\n"
	"fixed = 6.1.149 6.12.44\n"
	"  6.17\n"
	"debian = 6.1.153-1 6.12.48-1\n"
	"ubuntu = 6.8.0-86.87\n"
	"rhel = 5.14.0-570.46.1.el9_6 5.14.0-503.50.1.el9_5 6.12.0-55.37.1.el10_0\n"
	"avoid = nothing\n"
	"[two]\n"
	"title = two\n"
	"fixed = 6.14\n"
	"avoid = first line\n"
	"  second line\n"
	"[three]\n"
	"title = three, which came with a fix\n"
	"affected = 6.1.84 6.6.18 6.8\n"
	"fixed = 6.1.169 6.6.135 7.0\n"
	"debian = 6.1.170-1\n"
	"ubuntu = 5.4.0-230.250\n"
	"avoid = nothing\n";

static enum defect_answer ask(size_t i, const char *release, const char *version)
{
	struct defects_error error;
	struct kernel_version v;
	struct defects d;
	enum defect_answer answer;

	assert_int_equal(defects_parse(list, &d, &error), 0);
	assert_int_equal(d.n, 3);
	assert_int_equal(kernel_version_parse(release, version, &v), 0);
	answer = defect_concerns(&d.list[i], &v);
	defects_free(&d);
	return answer;
}

static void test_defects_upstream(void **state)
{
	(void)state;
	assert_int_equal(ask(0, "5.15.200", ""), DEFECT_NO);
	assert_int_equal(ask(0, "6.0.0", ""), DEFECT_YES);
	assert_int_equal(ask(0, "6.1.148", ""), DEFECT_YES);
	assert_int_equal(ask(0, "6.1.149", ""), DEFECT_NO);
	assert_int_equal(ask(0, "6.12.43", ""), DEFECT_YES);
	assert_int_equal(ask(0, "6.12.100", ""), DEFECT_NO);
	/* A series that never got the fix. */
	assert_int_equal(ask(0, "6.15.9", ""), DEFECT_YES);
	assert_int_equal(ask(0, "6.17.0", ""), DEFECT_NO);
	assert_int_equal(ask(0, "7.0-rc1", ""), DEFECT_NO);
	assert_int_equal(ask(1, "4.19.1", ""), DEFECT_YES);
	assert_int_equal(ask(1, "6.13.9", ""), DEFECT_YES);
	assert_int_equal(ask(1, "6.14.0", ""), DEFECT_NO);
}

/* A defect that came with a fix starts in the middle of stable series. */
static void test_defects_from_stable(void **state)
{
	(void)state;
	assert_int_equal(ask(2, "5.15.200", ""), DEFECT_NO);
	assert_int_equal(ask(2, "6.1.83", ""), DEFECT_NO);
	assert_int_equal(ask(2, "6.1.84", ""), DEFECT_YES);
	assert_int_equal(ask(2, "6.1.169", ""), DEFECT_NO);
	assert_int_equal(ask(2, "6.7.9", ""), DEFECT_NO);
	assert_int_equal(ask(2, "6.8.1", ""), DEFECT_YES);
	assert_int_equal(ask(2, "6.19.3", ""), DEFECT_YES);
	assert_int_equal(ask(2, "7.0.1", ""), DEFECT_NO);
	assert_int_equal(ask(2, "6.1.0-18-amd64", "#1 SMP Debian 6.1.76-1 (2024)"), DEFECT_NO);
	assert_int_equal(ask(2, "6.1.0-32-amd64", "#1 SMP Debian 6.1.129-1 (2025)"), DEFECT_YES);
	assert_int_equal(ask(2, "6.1.0-45-amd64", "#1 SMP Debian 6.1.170-1 (2026)"), DEFECT_NO);
	/* Ubuntu may have taken that fix alone. */
	assert_int_equal(ask(2, "5.15.0-130-generic", "#140-Ubuntu SMP"), DEFECT_UNKNOWN);
	assert_int_equal(ask(2, "5.4.0-216-generic", "#236-Ubuntu SMP"), DEFECT_YES);
	assert_int_equal(ask(2, "7.0.0-14-generic", "#14-Ubuntu SMP"), DEFECT_NO);
}

static void test_defects_of_distributions(void **state)
{
	(void)state;
	assert_int_equal(ask(0, "6.1.0-40-amd64", "#1 SMP Debian 6.1.153-1 (2025)"), DEFECT_NO);
	/* Debian's own word goes before upstream's. */
	assert_int_equal(ask(0, "6.1.0-39-amd64", "#1 SMP Debian 6.1.150-1 (2025)"), DEFECT_YES);
	assert_int_equal(ask(0, "6.12.48", "#1 SMP Debian 6.12.48-1~bpo12+1 (2025)"), DEFECT_NO);
	assert_int_equal(ask(0, "6.16.3", "#1 SMP Debian 6.16.3-1 (2025)"), DEFECT_YES);
}

static void test_defects_of_ubuntu(void **state)
{
	(void)state;
	assert_int_equal(ask(0, "6.8.0-45-generic", "#45-Ubuntu SMP"), DEFECT_YES);
	assert_int_equal(ask(0, "6.8.0-86-generic", "#86-Ubuntu SMP"), DEFECT_YES);
	assert_int_equal(ask(0, "6.8.0-86-generic", "#87-Ubuntu SMP"), DEFECT_NO);
	/* The same kernel for the release before. */
	assert_int_equal(ask(0, "6.8.0-86-generic", "#87~22.04.1-Ubuntu SMP"), DEFECT_NO);
	assert_int_equal(ask(0, "6.8.0-86-lowlatency", "#87.1-Ubuntu SMP"), DEFECT_NO);
	assert_int_equal(ask(0, "6.8.0-90-generic", "#91-Ubuntu SMP"), DEFECT_NO);
	/* Kernels for clouds and boards count by themselves, from 1000. */
	assert_int_equal(ask(0, "6.8.0-1010-aws", "#10-Ubuntu SMP"), DEFECT_UNKNOWN);
	assert_int_equal(ask(0, "6.11.0-29-generic", "#29~24.04.1-Ubuntu SMP"), DEFECT_UNKNOWN);
	assert_int_equal(ask(0, "6.17.0-5-generic", "#5-Ubuntu SMP"), DEFECT_NO);
	/* They are made from stable series, so what came later is not in them. */
	assert_int_equal(ask(0, "5.15.0-130-generic", "#140-Ubuntu SMP"), DEFECT_NO);
	assert_int_equal(ask(1, "5.15.0-130-generic", "#140-Ubuntu SMP"), DEFECT_UNKNOWN);
}

static void test_defects_of_rhel(void **state)
{
	(void)state;
	assert_int_equal(ask(0, "5.14.0-570.46.1.el9_6.x86_64", "#1 SMP"), DEFECT_NO);
	assert_int_equal(ask(0, "5.14.0-570.9.1.el9_6.x86_64", "#1 SMP"), DEFECT_YES);
	assert_int_equal(ask(0, "5.14.0-611.5.1.el9_7.x86_64", "#1 SMP"), DEFECT_NO);
	/* A minor release that is kept up for longer: its fixes have numbers of their own. */
	assert_int_equal(ask(0, "5.14.0-503.19.1.el9_5.x86_64", "#1 SMP"), DEFECT_YES);
	assert_int_equal(ask(0, "5.14.0-503.50.1.el9_5.x86_64+rt", "#1 SMP"), DEFECT_NO);
	assert_int_equal(ask(0, "5.14.0-427.90.1.el9_4.x86_64", "#1 SMP"), DEFECT_UNKNOWN);
	/* CentOS Stream runs ahead of the minor releases and is not fixed with them. */
	assert_int_equal(ask(0, "5.14.0-600.el9.x86_64", "#1 SMP"), DEFECT_UNKNOWN);
	assert_int_equal(ask(0, "6.12.0-55.9.1.el10_0.x86_64", "#1 SMP"), DEFECT_YES);
	assert_int_equal(ask(0, "6.12.0-124.8.1.el10_1.x86_64", "#1 SMP"), DEFECT_NO);
	/* Oracle's own kernel has other numbers. */
	assert_int_equal(ask(0, "6.12.0-100.28.2.el9uek.x86_64", "#2 SMP"), DEFECT_UNKNOWN);
	assert_int_equal(ask(0, "6.12.0-100.28.2.el10uek.x86_64", "#2 SMP"), DEFECT_UNKNOWN);
	/* Their features come from later series than their number says. */
	assert_int_equal(ask(0, "4.18.0-553.el8.x86_64", "#1 SMP"), DEFECT_UNKNOWN);
}

static void test_defects_text_and_advice(void **state)
{
	struct defects_error error;
	struct kernel_version v;
	struct defects d;
	char sound[64];

	(void)state;
	assert_int_equal(defects_parse(list, &d, &error), 0);
	assert_string_equal(d.list[0].fixed, "6.1.149 6.12.44 6.17");
	assert_string_equal(d.list[1].avoid, "first line second line");
	kernel_version_parse("6.1.100", "", &v);
	assert_int_equal(defect_sound_version(&d.list[0], &v, sound, sizeof(sound)), 1);
	assert_string_equal(sound, "6.1.149");
	kernel_version_parse("6.1.0-9", "Debian 6.1.100-1 (x)", &v);
	assert_int_equal(defect_sound_version(&d.list[0], &v, sound, sizeof(sound)), 1);
	assert_string_equal(sound, "6.1.153-1");
	kernel_version_parse("6.15.1", "", &v);
	assert_int_equal(defect_sound_version(&d.list[0], &v, sound, sizeof(sound)), 0);
	kernel_version_parse("5.14.0-503.19.1.el9_5.x86_64", "", &v);
	assert_int_equal(defect_sound_version(&d.list[0], &v, sound, sizeof(sound)), 1);
	assert_string_equal(sound, "5.14.0-503.50.1.el9_5");
	defects_free(&d);
}

static void test_defects_mistakes_have_a_line(void **state)
{
	static const struct {
		const char *text;
		int line;
		const char *word;
	} rows[] = {
		{ "title = x\n", 1, "before the first section" },
		{ "[a]\ntitle = x\ncolour = red\n", 3, "'colour'" },
		{ "[a]\ntitle = x\navoid = z\ntitle = y\n", 4, "second time" },
		{ "[a]\nfixed = 6.1 soon\n", 2, "'soon' is no version" },
		{ "[a]\naffected = six\n", 2, "'six' is no version" },
		{ "[a]\ntitle = x\n[b]\ntitle = y\n[a]\ntitle = z\n", 6, "second time" },
		{ "[a]\nnonsense\n", 2, "" },
		{ "[a\ntitle = x\n", 1, "" },
		{ "[a]\ntitle = x\nfixed = 6.1\n", 0, "(avoid)" },
		{ "[a]\ntitle = x\navoid = y\n", 0, "in which versions" },
	};
	struct defects_error error;
	struct defects d;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(defects_parse(rows[i].text, &d, &error), -EINVAL);
		assert_int_equal(error.line, rows[i].line);
		assert_non_null(strstr(error.text, rows[i].word));
		assert_null(d.list);
	}
	assert_int_equal(defects_load("/nonexistent/list", &d, &error), -ENOENT);
}

/* The list that is installed is well-formed, and knows what kernel-series it speaks of. */
static void test_defects_of_the_source(void **state)
{
	const char *source = getenv("KTLS_SOURCE_DIR");
	struct defects_error error;
	struct defects d;
	char path[4096];

	(void)state;
	snprintf(path, sizeof(path), "%s/data/kernel-defects.ini", source ? source : ".");
	if (defects_load(path, &d, &error) == -ENOENT)
		skip();
	assert_int_equal(error.line, 0);
	assert_string_equal(error.text, "");
	assert_true(d.n >= 35);
	defects_free(&d);
}

/* --- rules ----------------------------------------------------------------------- */

static void test_module_install_forbids(void **state)
{
	(void)state;
	assert_true(module_install_forbids("/bin/false"));
	assert_true(module_install_forbids("/usr/bin/true"));
	assert_true(module_install_forbids("  false  "));
	assert_false(module_install_forbids("/sbin/modprobe --ignore-install tls"));
	assert_false(module_install_forbids("/bin/true; modprobe -i tls"));
	assert_false(module_install_forbids("/bin/falsehood"));
	assert_false(module_install_forbids(""));
}

static void test_module_list(void **state)
{
	static const char text[] = "# tls\n; tls\n  loop  \naesni-intel\ntls";

	(void)state;
	assert_true(module_list_has(text, strlen(text), "tls"));
	assert_true(module_list_has(text, strlen(text), "aesni_intel"));
	assert_false(module_list_has(text, strlen(text) - 3, "tls"));
	assert_false(module_list_has(text, strlen(text), "oop"));
}

/* --- switches -------------------------------------------------------------------- */

static enum tls_switch_state openssl(const char *text)
{
	int line;

	return tls_switch_parse_openssl(text, strlen(text), &line);
}

static void test_switch_openssl(void **state)
{
#define HEAD "openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\n"
	int line;

	(void)state;
	assert_int_equal(openssl(HEAD "Options = KTLS\n"), TLS_SWITCH_ON);
	assert_int_equal(openssl(HEAD "Options = ServerPreference, +ktls\n"), TLS_SWITCH_ON);
	assert_int_equal(openssl(HEAD "Options = KTLS,-KTLS\n"), TLS_SWITCH_OFF);
	assert_int_equal(openssl(HEAD "1.Options = -KTLS\n2.options = KTLS\n"), TLS_SWITCH_ON);
	assert_int_equal(openssl(HEAD "Options = NoKTLS\nMinProtocol = TLSv1.2\n"), TLS_SWITCH_UNSET);
	assert_int_equal(openssl("[c]\nOptions = KTLS\n"), TLS_SWITCH_UNSET);
	assert_int_equal(openssl("openssl_conf = a\n[a]\nssl_conf = missing\n"), TLS_SWITCH_UNSET);
	assert_int_equal(openssl(""), TLS_SWITCH_UNSET);
	assert_int_equal(tls_switch_parse_openssl("x = 1\n[y\n", 9, &line), TLS_SWITCH_UNKNOWN);
	assert_int_equal(line, 2);
#undef HEAD
}

static void test_switch_gnutls(void **state)
{
	int line;

	(void)state;
	assert_int_equal(tls_switch_parse_gnutls("[global]\nktls = true\n", &line), TLS_SWITCH_ON);
	assert_int_equal(tls_switch_parse_gnutls("[global]\nktls = false\n", &line), TLS_SWITCH_OFF);
	assert_int_equal(tls_switch_parse_gnutls("[overrides]\nktls = true\n", &line), TLS_SWITCH_UNSET);
	assert_int_equal(tls_switch_parse_gnutls("[global]\nktls = true\nwhat\n", &line), TLS_SWITCH_UNKNOWN);
	assert_int_equal(line, 3);
}

/* --- programs --------------------------------------------------------------------- */

static void scan(const char *text, size_t len, struct tlslib *t)
{
	*t = (struct tlslib){ 0 };
	tlslib_scan(text, len, t);
}

static void test_tlslib_openssl(void **state)
{
	static const char text[] = "uses OpenSSL if\0OpenSSL 3.0.19 27 Jan 2026\0SSL_sendfile";
	struct tlslib t;

	(void)state;
	scan(text, sizeof(text), &t);
	assert_true(t.has[TLSLIB_OPENSSL]);
	assert_string_equal(t.version[TLSLIB_OPENSSL], "3.0.19");
	assert_true(t.has_sendfile);
	assert_false(t.openssl_refuses);
	scan("OpenSSL 3.0 or later is wanted", 30, &t);
	assert_false(t.has[TLSLIB_OPENSSL]);
	scan("can't call ktls_sendfile(), ktls disabled", 41, &t);
	assert_true(t.openssl_refuses);
}

static void test_tlslib_others(void **state)
{
	static const char go[] = "\xff Go buildinf:\x08\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x08" "go1.22.1\0crypto/tls.(*Conn).Handshake";
	static const char rust[] = "/home/x/registry/src/rustls-webpki-0.102/src/x\0/src/rustls-0.23.12/src/conn.rs";
	struct tlslib t;

	(void)state;
	scan(go, sizeof(go), &t);
	assert_true(t.has[TLSLIB_GO]);
	assert_string_equal(t.version[TLSLIB_GO], "1.22.1");
	scan(go, 20, &t);
	assert_false(t.has[TLSLIB_GO]);
	scan(rust, sizeof(rust), &t);
	assert_true(t.has[TLSLIB_RUSTLS]);
	assert_string_equal(t.version[TLSLIB_RUSTLS], "0.23.12");
	scan("LibreSSL 3.9.2", 15, &t);
	assert_true(t.has[TLSLIB_LIBRESSL]);
	scan("OPENSSL_internal BoringSSL", 26, &t);
	assert_true(t.has[TLSLIB_BORINGSSL]);
	assert_int_equal(tlslib_openssl_receives_13("3.1.9"), 0);
	assert_int_equal(tlslib_openssl_receives_13("3.2.0"), 1);
	assert_int_equal(tlslib_openssl_receives_13("4.0.0"), 1);
	assert_int_equal(tlslib_openssl_receives_13(""), -1);
}

static void test_process_maps(void **state)
{
	static const char text[] =
		"5500-5600 r-xp 00000000 08:01 11                         /usr/sbin/nginx\n"
		"7f00-7f01 r-xp 00000000 08:01 12                         /usr/lib/libssl.so.3\n"
		"7f01-7f02 r--p 00001000 08:01 12                         /usr/lib/libssl.so.3\n"
		"7f02-7f03 r-xp 00000000 08:01 13                         /usr/lib/a b/libcrypto.so.3 (deleted)\n"
		"7f03-7f04 rw-p 00000000 00:00 0                          [heap]\n"
		"7f04-7f05 rw-p 00000000 00:00 0\n";
	struct process_maps maps;

	(void)state;
	process_maps_parse(text, strlen(text), &maps);
	assert_string_equal(maps.file[PROCESS_LIBSSL], "/usr/lib/libssl.so.3");
	assert_false(maps.deleted[PROCESS_LIBSSL]);
	assert_string_equal(maps.file[PROCESS_LIBCRYPTO], "/usr/lib/a b/libcrypto.so.3");
	assert_true(maps.deleted[PROCESS_LIBCRYPTO]);
	assert_string_equal(maps.file[PROCESS_LIBGNUTLS], "");
}

static void test_process_environ_and_status(void **state)
{
	static const char env[] = "XOPENSSL_CONF=no\0OPENSSL_CONF=/x.cnf\0LAST=1";
	static const char status[] = "Name:\tx\nCapEff:\t0000000000001000\n", none[] = "CapEff:\t0000000000000fff\n";
	char value[32], tiny[4];

	(void)state;
	assert_true(process_environ_get(env, sizeof(env) - 1, "OPENSSL_CONF", value, sizeof(value)));
	assert_string_equal(value, "/x.cnf");
	assert_true(process_environ_get(env, sizeof(env) - 1, "LAST", value, sizeof(value)));
	assert_string_equal(value, "1");
	assert_false(process_environ_get(env, sizeof(env) - 1, "OPENSSL_CONF", tiny, sizeof(tiny)));
	assert_false(process_environ_get(env, sizeof(env) - 1, "NONE", value, sizeof(value)));
	assert_int_equal(process_status_net_admin(status, strlen(status)), 1);
	assert_int_equal(process_status_net_admin(none, strlen(none)), 0);
	assert_int_equal(process_status_net_admin("Name: x\n", 8), -1);
}

static void test_netlink_count(void **state)
{
	static const char text[] =
		"sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n"
		"0000000000000000 0   1234       00000111 0        0        0     2        0        100\n"
		"0000000000000000 16  1234       00000010 0        0        0     2        0        101\n"
		"0000000000000000 16  99         80000000 0        0        0     2        0        102\n";

	(void)state;
	assert_int_equal(netlink_count(text, strlen(text), 5), 1);
	assert_int_equal(netlink_count(text, strlen(text), 32), 1);
	assert_int_equal(netlink_count(text, strlen(text), 1), 0);
	assert_int_equal(netlink_count(text, strlen(text), 33), -ERANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_version_compare),
		cmocka_unit_test(test_kernel_version_parse),
		cmocka_unit_test(test_defects_upstream),
		cmocka_unit_test(test_defects_from_stable),
		cmocka_unit_test(test_defects_of_distributions),
		cmocka_unit_test(test_defects_of_ubuntu),
		cmocka_unit_test(test_defects_of_rhel),
		cmocka_unit_test(test_defects_text_and_advice),
		cmocka_unit_test(test_defects_mistakes_have_a_line),
		cmocka_unit_test(test_defects_of_the_source),
		cmocka_unit_test(test_module_install_forbids),
		cmocka_unit_test(test_module_list),
		cmocka_unit_test(test_switch_openssl),
		cmocka_unit_test(test_switch_gnutls),
		cmocka_unit_test(test_tlslib_openssl),
		cmocka_unit_test(test_tlslib_others),
		cmocka_unit_test(test_process_maps),
		cmocka_unit_test(test_process_environ_and_status),
		cmocka_unit_test(test_netlink_count),
	};

	return cmocka_run_group_tests_name("doctor", tests, NULL, NULL);
}
