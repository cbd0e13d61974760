/* SPDX-License-Identifier: MIT */
/* ktlsctl probe with a scripted libktls: what is asked, what is concluded, how it is shown. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ctl.h"
#include "out/json.h"
#include "probe.h"

/* --- a libktls that says what a test wants --------------------------------- */

static const struct ktls_cipher_info ciphers[] = {
	{ .name = "AES-128-GCM", .id = "aes-128-gcm", .kernel_aead = "gcm(aes)", .engine_leaf = "aesni-pclmul",
	  .kernel_type = 51, .suite13 = 0x1301, .key_bits = 128, .tls12 = true, .tls13 = true, .kernel_since = "4.13" },
	{ .name = "ChaCha20-Poly1305", .id = "chacha20-poly1305", .kernel_aead = "rfc7539(chacha20,poly1305)",
	  .engine_leaf = "evp", .kernel_type = 54, .suite13 = 0x1303, .key_bits = 256, .tls12 = true, .tls13 = true,
	  .kernel_since = "5.11" },
	{ .name = "ARIA-128-GCM", .id = "aria-128-gcm", .kernel_aead = "gcm(aria)", .engine_leaf = "evp", .kernel_type = 57,
	  .suite13 = 0, .key_bits = 128, .tls12 = true, .tls13 = false, .kernel_since = "6.1" },
};

static const struct ktls_probe_result yes = { .answer = KTLS_YES };
static const struct ktls_probe_result no_crypto = { .answer = KTLS_NO, .err = ENOENT, .why = "no such cipher" };
static const struct ktls_probe_result not_loaded = { .answer = KTLS_UNKNOWN, .err = ENOENT, .why = "not asked" };
static const struct ktls_probe_result busy = { .answer = KTLS_NO, .err = EBUSY, .why = "cannot replace keys" };

static struct {
	struct ktls_probe_result ulp, cipher[3], rekey, max_payload, zero_copy, no_pad, splice;
	int ulp_ret, cipher_ret;
	unsigned asked, flags;
} script;

static int fake_cipher_at(size_t i, struct ktls_cipher_info *info)
{
	if (i >= sizeof(ciphers) / sizeof(ciphers[0]))
		return -ENOENT;
	*info = ciphers[i];
	return 0;
}

static int fake_ulp(unsigned flags, struct ktls_probe_result *res)
{
	script.flags = flags;
	*res = script.ulp;
	return script.ulp_ret;
}

static int fake_cipher(uint16_t version, size_t cipher, enum ktls_dir dir, unsigned flags, struct ktls_probe_result *res)
{
	assert_true(version == 0x0303 || (version == 0x0304 && ciphers[cipher].tls13));
	assert_true(dir == KTLS_TX || dir == KTLS_RX);
	assert_int_equal(flags, script.flags);
	script.asked++;
	*res = script.cipher[cipher];
	return script.cipher_ret;
}

static int fake_rekey(enum ktls_dir dir, unsigned flags, struct ktls_probe_result *res)
{
	(void)dir;
	assert_int_equal(flags, script.flags);
	script.asked++;
	*res = script.rekey;
	return 0;
}

static int fake_max_payload(unsigned flags, struct ktls_probe_result *res)
{
	assert_int_equal(flags, script.flags);
	script.asked++;
	*res = script.max_payload;
	return 0;
}

static int fake_answer(const struct ktls_probe_result *from, unsigned flags, struct ktls_probe_result *res)
{
	assert_int_equal(flags, script.flags);
	script.asked++;
	*res = *from;
	return 0;
}

static int fake_zero_copy(unsigned flags, struct ktls_probe_result *res)
{
	return fake_answer(&script.zero_copy, flags, res);
}

static int fake_no_pad(unsigned flags, struct ktls_probe_result *res)
{
	return fake_answer(&script.no_pad, flags, res);
}

static int fake_splice(enum ktls_dir dir, unsigned flags, struct ktls_probe_result *res)
{
	(void)dir;
	return fake_answer(&script.splice, flags, res);
}

static const struct probe_ops fake = {
	.cipher_at = fake_cipher_at,
	.ulp = fake_ulp,
	.cipher = fake_cipher,
	.rekey = fake_rekey,
	.max_payload = fake_max_payload,
	.zero_copy = fake_zero_copy,
	.no_pad = fake_no_pad,
	.splice = fake_splice,
};

static struct kernel_view view;
static struct probe_report report;

static int all_is_well(void **state)
{
	(void)state;
	memset(&script, 0, sizeof(script));
	script.ulp = script.cipher[0] = script.cipher[1] = script.cipher[2] = script.rekey = script.max_payload = yes;
	script.zero_copy = script.no_pad = script.splice = yes;
	view = (struct kernel_view){ .release = "7.3.4", .module_state = MODULE_LOADED, .stat_err = -ENOENT };
	return 0;
}

/* --- conclusions ------------------------------------------------------------ */

static void test_probe_asks_what_exists(void **state)
{
	(void)state;
	probe_gather(&fake, KTLS_PROBE_MAY_LOAD, false, &view, &report);
	assert_int_equal(script.flags, KTLS_PROBE_MAY_LOAD);
	/* Two ciphers of both versions and one of one, both ways; rekey both ways; max payload. */
	assert_int_equal(script.asked, 2 * 4 + 2 + 2 + 1);
	assert_int_equal(report.verdict.exit_code, CTL_OK);
	assert_string_equal(report.verdict.name, "available");
	assert_string_equal(report.verdict.advice, "");
}

static void test_probe_one_cipher_is_enough(void **state)
{
	(void)state;
	script.cipher[0] = no_crypto;
	script.cipher[2] = not_loaded;
	probe_gather(&fake, 0, false, &view, &report);
	assert_int_equal(report.verdict.exit_code, CTL_OK);
}

static void test_probe_without_a_known_cipher_is_partly(void **state)
{
	(void)state;
	script.cipher[0] = script.cipher[1] = script.cipher[2] = not_loaded;
	probe_gather(&fake, 0, false, &view, &report);
	assert_int_equal(report.verdict.exit_code, CTL_PARTLY);
	assert_string_equal(report.verdict.name, "partly");
	assert_non_null(strstr(report.verdict.advice, "--load"));
}

static void test_probe_without_ulp_asks_no_more(void **state)
{
	(void)state;
	script.ulp = not_loaded;
	view.module_state = MODULE_LOADABLE;
	probe_gather(&fake, 0, false, &view, &report);
	assert_int_equal(script.asked, 0);
	assert_int_equal(report.verdict.exit_code, CTL_UNAVAILABLE);
	assert_string_equal(report.verdict.name, "loadable");
	assert_non_null(strstr(report.verdict.advice, "modprobe tls"));
	assert_int_equal(report.ciphers[0].result[1][KTLS_RX].answer, KTLS_UNKNOWN);
	assert_string_equal(report.max_payload.why, "not asked");
}

static void test_probe_module_that_does_not_load(void **state)
{
	(void)state;
	script.ulp = no_crypto;
	view.module_state = MODULE_LOADABLE;
	probe_gather(&fake, KTLS_PROBE_MAY_LOAD, false, &view, &report);
	assert_int_equal(report.verdict.exit_code, CTL_UNAVAILABLE);
	assert_string_equal(report.verdict.name, "unavailable");
	assert_non_null(strstr(report.verdict.headline, "no such cipher"));
	assert_non_null(strstr(report.verdict.advice, "modprobe -v tls"));
}

static void test_probe_knows_that_nothing_can_be_loaded(void **state)
{
	(void)state;
	script.ulp = not_loaded;
	view.module_state = MODULE_ABSENT;
	view.config_tls = KCONFIG_NO;
	probe_gather(&fake, 0, false, &view, &report);
	assert_int_equal(report.ulp.answer, KTLS_NO);
	assert_string_equal(report.ulp.why, "this kernel was built without CONFIG_TLS");
	assert_int_equal(report.verdict.exit_code, CTL_UNAVAILABLE);
	view.config_tls = KCONFIG_MODULE;
	probe_gather(&fake, 0, false, &view, &report);
	assert_string_equal(report.ulp.why, "no module tls is installed for this kernel");
}

static void test_probe_files_say_loaded_kernel_says_no(void **state)
{
	(void)state;
	script.ulp = (struct ktls_probe_result){ .answer = KTLS_NO, .err = EPERM, .why = "the system forbids it" };
	probe_gather(&fake, 0, false, &view, &report);
	assert_int_equal(report.verdict.exit_code, CTL_UNAVAILABLE);
	assert_string_equal(report.verdict.headline, "not available: the system forbids it");
}

static void test_probe_reports_unknown_when_sockets_are_denied(void **state)
{
	(void)state;
	script.cipher_ret = -EACCES;
	probe_gather(&fake, 0, false, &view, &report);
	assert_int_equal(report.ciphers[0].result[0][KTLS_TX].answer, KTLS_UNKNOWN);
	assert_int_equal(report.ciphers[0].result[0][KTLS_TX].err, EACCES);
	assert_non_null(strstr(report.ciphers[0].result[0][KTLS_TX].why, "127.0.0.1"));
	assert_int_equal(report.verdict.exit_code, CTL_PARTLY);
	script.ulp_ret = -EACCES;
	probe_gather(&fake, 0, false, &view, &report);
	assert_int_equal(report.ulp.answer, KTLS_UNKNOWN);
	assert_int_equal(report.verdict.exit_code, CTL_UNAVAILABLE);
}

static void test_probe_full_asks_more(void **state)
{
	(void)state;
	script.splice = busy;
	probe_gather(&fake, 0, true, &view, &report);
	assert_int_equal(script.asked, 2 * 4 + 2 + 2 + 1 + 1 + 1 + 2);
	assert_int_equal(report.zero_copy.answer, KTLS_YES);
	assert_int_equal(report.splice[KTLS_RX].answer, KTLS_NO);
	script.ulp = not_loaded;
	probe_gather(&fake, 0, true, &view, &report);
	assert_int_equal(report.no_pad.answer, KTLS_UNKNOWN);
}

static enum ktls_answer condition(size_t cipher, size_t version, bool tx, bool rx)
{
	const struct probe_question q = { .cipher = cipher, .version = version, .dir = { tx, rx } };

	script.asked = 0;
	return probe_ask(&fake, 0, &view, &q);
}

static void test_probe_ask(void **state)
{
	(void)state;
	script.cipher[1] = not_loaded;
	script.cipher[2] = no_crypto;
	assert_int_equal(condition(0, 1, true, false), KTLS_YES);
	assert_int_equal(script.asked, 1);
	assert_int_equal(condition(0, 1, false, false), KTLS_YES);
	assert_int_equal(script.asked, 2);
	assert_int_equal(condition(1, PROBE_ANY, true, true), KTLS_UNKNOWN);
	assert_int_equal(condition(2, 0, true, false), KTLS_NO);
	/* There is no ARIA in TLS 1.3. */
	assert_int_equal(condition(2, 1, true, false), KTLS_NO);
	assert_int_equal(script.asked, 0);
	assert_int_equal(condition(PROBE_ANY, PROBE_ANY, false, false), KTLS_YES);
	script.cipher[0] = no_crypto;
	assert_int_equal(condition(PROBE_ANY, PROBE_ANY, false, false), KTLS_UNKNOWN);
	script.ulp = not_loaded;
	assert_int_equal(condition(0, 1, true, false), KTLS_UNKNOWN);
	view.module_state = MODULE_ABSENT;
	assert_int_equal(condition(0, 1, true, false), KTLS_NO);
}

/* --- text -------------------------------------------------------------------- */

static char *text_of(int (*print)(const struct probe_report *r, struct out *o))
{
	struct out o = { 0 };
	char *text = NULL;
	size_t len;

	o.to = open_memstream(&text, &len);
	assert_non_null(o.to);
	assert_int_equal(print(&report, &o), 0);
	fclose(o.to);
	return text;
}

static void test_probe_text_has_each_reason_once(void **state)
{
	char *text;

	(void)state;
	script.cipher[1] = not_loaded;
	script.cipher[2] = no_crypto;
	script.rekey = script.max_payload = busy;
	probe_gather(&fake, 0, false, &view, &report);
	text = text_of(probe_print_text);
	assert_string_equal(text,
		"kernel TLS: available\n"
		"\n"
		"cipher             1.2 TX      1.2 RX      1.3 TX      1.3 RX      engine\n"
		"AES-128-GCM        yes         yes         yes         yes         aesni-pclmul\n"
		"ChaCha20-Poly1305  unknown(1)  unknown(1)  unknown(1)  unknown(1)  evp\n"
		"ARIA-128-GCM       no(2)       no(2)       -           -           evp\n"
		"\n"
		"feature                 TX     RX\n"
		"TLS 1.3 key update      no(3)  no(3)\n"
		"max payload of records  no(3)  -\n"
		"\n"
		"(1) ENOENT: not asked\n"
		"(2) ENOENT: no such cipher\n"
		"(3) EBUSY: cannot replace keys\n");
	free(text);
}

static void test_probe_text_of_nothing_is_a_verdict(void **state)
{
	char *text;

	(void)state;
	script.ulp = not_loaded;
	view.module_state = MODULE_UNKNOWN;
	probe_gather(&fake, 0, false, &view, &report);
	text = text_of(probe_print_text);
	assert_int_equal(strncmp(text, "kernel TLS: not available", 25), 0);
	assert_non_null(strstr(text, "modprobe tls"));
	assert_null(strstr(text, "AES-128-GCM"));
	free(text);
}

/* --- JSON --------------------------------------------------------------------- */

static json_t *json_of(void)
{
	char *text = text_of(probe_print_json);
	json_t *root = json_loads(text, 0, NULL);

	assert_non_null(root);
	free(text);
	return root;
}

/* The answer at .ciphers[@i].@version.@dir */
static json_t *cipher_answer(json_t *root, size_t i, const char *version, const char *dir)
{
	json_t *cipher = json_array_get(json_object_get(root, "ciphers"), i);

	return json_object_get(json_object_get(cipher, version), dir);
}

static void test_probe_json_answers(void **state)
{
	json_t *root, *answer;

	(void)state;
	script.cipher[1] = not_loaded;
	script.cipher[2] = no_crypto;
	probe_gather(&fake, 0, false, &view, &report);
	root = json_of();
	assert_int_equal(json_integer_value(json_object_get(root, "schema")), 1);
	assert_string_equal(json_string_value(json_object_get(root, "state")), "available");
	assert_true(json_is_null(json_object_get(root, "advice")));
	assert_int_equal(json_array_size(json_object_get(root, "ciphers")), 3);

	answer = cipher_answer(root, 0, "tls13", "rx");
	assert_true(json_is_true(json_object_get(answer, "supported")));
	assert_true(json_is_null(json_object_get(answer, "errno")));
	assert_true(json_is_null(json_object_get(answer, "why")));

	answer = cipher_answer(root, 1, "tls12", "tx");
	assert_true(json_is_null(json_object_get(answer, "supported")));
	assert_string_equal(json_string_value(json_object_get(answer, "why")), "not asked");

	answer = cipher_answer(root, 2, "tls12", "tx");
	assert_true(json_is_false(json_object_get(answer, "supported")));
	assert_int_equal(json_integer_value(json_object_get(answer, "errno")), ENOENT);

	assert_null(cipher_answer(root, 2, "tls13", "tx"));
	assert_true(json_is_true(json_object_get(json_object_get(root, "max_payload"), "supported")));
	json_decref(root);
}

static void test_probe_json_has_one_shape(void **state)
{
	json_t *with, *without;
	const char *key;
	json_t *value;

	(void)state;
	probe_gather(&fake, 0, false, &view, &report);
	with = json_of();
	script.ulp = not_loaded;
	probe_gather(&fake, 0, false, &view, &report);
	without = json_of();
	assert_int_equal(json_object_size(with), json_object_size(without));
	json_object_foreach(with, key, value)
		assert_non_null(json_object_get(without, key));
	assert_true(json_is_null(json_object_get(cipher_answer(without, 0, "tls12", "tx"), "supported")));
	json_decref(with);
	json_decref(without);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_probe_asks_what_exists, all_is_well),
		cmocka_unit_test_setup(test_probe_one_cipher_is_enough, all_is_well),
		cmocka_unit_test_setup(test_probe_without_a_known_cipher_is_partly, all_is_well),
		cmocka_unit_test_setup(test_probe_without_ulp_asks_no_more, all_is_well),
		cmocka_unit_test_setup(test_probe_module_that_does_not_load, all_is_well),
		cmocka_unit_test_setup(test_probe_knows_that_nothing_can_be_loaded, all_is_well),
		cmocka_unit_test_setup(test_probe_files_say_loaded_kernel_says_no, all_is_well),
		cmocka_unit_test_setup(test_probe_reports_unknown_when_sockets_are_denied, all_is_well),
		cmocka_unit_test_setup(test_probe_full_asks_more, all_is_well),
		cmocka_unit_test_setup(test_probe_ask, all_is_well),
		cmocka_unit_test_setup(test_probe_text_has_each_reason_once, all_is_well),
		cmocka_unit_test_setup(test_probe_text_of_nothing_is_a_verdict, all_is_well),
		cmocka_unit_test_setup(test_probe_json_answers, all_is_well),
		cmocka_unit_test_setup(test_probe_json_has_one_shape, all_is_well),
	};

	return cmocka_run_group_tests_name("ctl", tests, NULL, NULL);
}
