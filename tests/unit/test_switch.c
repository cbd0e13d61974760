/* SPDX-License-Identifier: MIT */
/* ktlsctl enable and disable on a scripted system: what is planned, and what is left when a step fails. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ctl.h"
#include "switch.h"

/* --- a system that logs what is done to it, and fails where it is told to ---- */

static struct {
	char log[1024];
	const char *fails;	/* the entry of the log that fails, the first time */
	int err, may_change, may_load;
} sys;

static int note(const char *what, const char *target)
{
	char entry[128];

	snprintf(entry, sizeof(entry), "%s %s", what, target);
	snprintf(sys.log + strlen(sys.log), sizeof(sys.log) - strlen(sys.log), "%s;", entry);
	if (!sys.fails || strcmp(sys.fails, entry) != 0)
		return 0;
	sys.fails = NULL;
	return sys.err;
}

static int fake_load(const char *module)
{
	return note("load", module);
}

static int fake_unload(const char *module)
{
	return note("unload", module);
}

static int fake_write(const char *path, const char *text)
{
	(void)path;
	return note("write", strstr(text, "/bin/false") ? "deny" : strstr(text, "aesni") ? "load+aesni" : "load");
}

static int fake_remove(const char *path)
{
	return note("remove", strcmp(path, SWITCH_DENY_FILE) == 0 ? "deny" : "load");
}

static int fake_may_change(const char *path)
{
	(void)path;
	return sys.may_change;
}

static int fake_may_load(void)
{
	return sys.may_load;
}

static const struct switch_ops ops = { fake_load, fake_unload, fake_write, fake_remove, fake_may_change, fake_may_load };

static struct switch_facts facts;
static struct switch_plan plan;
static char old_deny[] = "# Written by \"ktlsctl disable --persist\"; old\ninstall tls /bin/false\n";

static int set_up(void **state)
{
	(void)state;
	memset(&sys, 0, sizeof(sys));
	sys.may_load = 1;
	sys.err = -EIO;
	facts = (struct switch_facts){ .kernel = { .module_state = MODULE_LOADABLE, .module = { .users = -1 } },
				       .verdict = { .sending = -1, .receiving = -1 },
				       .aesni = MODULE_LOADABLE,
				       .cpu_has_aes = true,
				       .deny_file = SWITCH_FILE_OURS,
				       .deny_text = old_deny };
	return 0;
}

static void run_enable(void)
{
	const struct switch_wish wish = { .persist = true };

	switch_plan_enable(&facts, &wish, &plan);
	switch_run(&ops, &plan);
}

static void run_disable(bool force)
{
	const struct switch_wish wish = { .persist = true, .force = force };

	facts.kernel.module_state = MODULE_LOADED;
	facts.deny_file = SWITCH_FILE_NONE;
	facts.deny_text = NULL;
	switch_plan_disable(&facts, &wish, &plan);
	switch_run(&ops, &plan);
}

static void test_enable_does_all_in_order(void **state)
{
	(void)state;
	run_enable();
	assert_string_equal(sys.log, "remove deny;write load+aesni;load tls;load aesni_intel;");
	assert_int_equal(plan.exit_code, CTL_OK);
	assert_string_equal(plan.refusal, "");
	assert_string_equal(plan.undo, "ktlsctl disable --persist");
}

static void test_enable_goes_back_when_loading_fails(void **state)
{
	(void)state;
	sys.fails = "load tls";
	sys.err = -EPERM;
	run_enable();
	assert_string_equal(sys.log, "remove deny;write load+aesni;load tls;remove load;write deny;");
	assert_int_equal(plan.exit_code, CTL_PERMISSION);
	assert_non_null(strstr(plan.refusal, "nothing was changed"));
	for (size_t i = 0; i < plan.n; i++)
		assert_false(plan.steps[i].done);
}

static int remove_fails(const char *path)
{
	(void)fake_remove(path);
	return -EROFS;
}

static void test_enable_says_what_could_not_be_put_back(void **state)
{
	const struct switch_wish wish = { .persist = true };
	struct switch_ops broken = ops;

	(void)state;
	broken.remove = remove_fails;
	facts.deny_file = SWITCH_FILE_NONE;
	sys.fails = "load tls";
	switch_plan_enable(&facts, &wish, &plan);
	switch_run(&broken, &plan);
	assert_string_equal(sys.log, "write load+aesni;load tls;remove load;");
	assert_non_null(strstr(plan.refusal, SWITCH_LOAD_FILE " could not be put back"));
}

static void test_enable_without_the_fast_driver_is_partly(void **state)
{
	(void)state;
	sys.fails = "load aesni_intel";
	run_enable();
	assert_int_equal(plan.exit_code, CTL_PARTLY);
	assert_string_equal(plan.refusal, "");
	assert_true(plan.steps[2].done);
	assert_false(plan.steps[3].done);
}

static void test_nothing_is_begun_without_all_rights(void **state)
{
	(void)state;
	sys.may_load = 0;
	run_enable();
	assert_string_equal(sys.log, "");
	assert_int_equal(plan.exit_code, CTL_PERMISSION);
	assert_non_null(strstr(plan.refusal, "CAP_SYS_MODULE"));
	sys.may_load = 1;
	sys.may_change = -EACCES;
	run_enable();
	assert_string_equal(sys.log, "");
	assert_int_equal(plan.exit_code, CTL_PERMISSION);
	sys.may_change = -EROFS;
	run_enable();
	assert_int_equal(plan.exit_code, CTL_FAILED);
}

static void test_enable_respects_somebody_elses_ban(void **state)
{
	(void)state;
	facts.deny_file = SWITCH_FILE_NONE;
	facts.deny_text = NULL;
	snprintf(facts.install, sizeof(facts.install), "/bin/true");
	run_enable();
	assert_string_equal(sys.log, "");
	assert_int_equal(plan.exit_code, CTL_FAILED);
	assert_non_null(strstr(plan.refusal, "install tls /bin/true"));
}

static void test_disable_goes_back_when_the_module_is_in_use_after_all(void **state)
{
	(void)state;
	sys.fails = "unload tls";
	sys.err = -EAGAIN;
	run_disable(false);
	assert_string_equal(sys.log, "write deny;unload tls;remove deny;");
	assert_int_equal(plan.exit_code, CTL_FAILED);
	assert_non_null(strstr(plan.refusal, "in use"));
}

static void test_disable_by_force_leaves_the_file(void **state)
{
	(void)state;
	facts.verdict.sending = 3;
	run_disable(false);
	assert_string_equal(sys.log, "");
	assert_int_equal(plan.exit_code, CTL_FAILED);
	sys.fails = "unload tls";
	sys.err = -EBUSY;
	run_disable(true);
	assert_string_equal(sys.log, "write deny;unload tls;");
	assert_int_equal(plan.exit_code, CTL_PARTLY);
	assert_true(plan.steps[0].done);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_enable_does_all_in_order, set_up),
		cmocka_unit_test_setup(test_enable_goes_back_when_loading_fails, set_up),
		cmocka_unit_test_setup(test_enable_says_what_could_not_be_put_back, set_up),
		cmocka_unit_test_setup(test_enable_without_the_fast_driver_is_partly, set_up),
		cmocka_unit_test_setup(test_nothing_is_begun_without_all_rights, set_up),
		cmocka_unit_test_setup(test_enable_respects_somebody_elses_ban, set_up),
		cmocka_unit_test_setup(test_disable_goes_back_when_the_module_is_in_use_after_all, set_up),
		cmocka_unit_test_setup(test_disable_by_force_leaves_the_file, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
