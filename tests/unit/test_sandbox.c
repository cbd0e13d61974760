/* SPDX-License-Identifier: MIT */
/* The sandbox: what a process that has entered a stage can do, and what becomes of it when it tries more. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "sandbox/rules.h"
#include "sandbox/sandbox.h"

/* A sanitizer's hook: libseccomp 2.5 does not free an architecture that is removed. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libseccomp\n";
}

enum {
	WORKS = 0,
	KILLED = -1,
	CANNOT_ENTER = 200,	/* an exit code that is no errno */
};

/* --- what is tried: 0 or errno -------------------------------------------- */

static int done(long ret)
{
	return ret < 0 ? errno : 0;
}

static int try_open(void)
{
	return done(open("/etc/passwd", O_RDONLY));
}

static int try_open_for_writing(void)
{
	return done(open("/dev/null", O_WRONLY));
}

static int try_socket(void)
{
	return done(socket(AF_INET, SOCK_STREAM, 0));
}

static int try_exec(void)
{
	char *const argv[] = { (char *)(uintptr_t)"sh", NULL };

	return done(execv("/bin/sh", argv));
}

static int try_fork(void)
{
	const pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return done(pid);
}

static int try_ptrace(void)
{
	return done(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
}

static int try_signal_to_another(void)
{
	return done(kill(getppid(), 0));
}

static int try_executable_page(void)
{
	return done(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
}

static int try_page_made_executable(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return errno;
	return done(mprotect(p, 4096, PROT_READ | PROT_EXEC));
}

static int try_typing(void)
{
	return done(ioctl(STDIN_FILENO, TIOCSTI, "x"));
}

static int try_unlink(void)
{
	return done(unlink("/nowhere/none"));
}

static int try_wait(void)
{
	return done(waitpid(-1, NULL, WNOHANG));
}

static int try_changing_user(void)
{
	return done(setuid(getuid()));
}

static atomic_int seen;

static void *in_thread(void *arg)
{
	(void)arg;
	seen = try_open();
	return NULL;
}

/* A thread can be started, and has the same filter. */
static int try_thread(void)
{
	pthread_t thread;
	int ret = pthread_create(&thread, NULL, in_thread, NULL);

	if (ret)
		return ret;
	pthread_join(thread, NULL);
	return seen == EPERM ? 0 : 199;
}

/* What memory and messages take: much of it, freed, and taken again. */
static int try_daily_life(void)
{
	struct stat st;
	char c;

	for (size_t size = 1; size < (16 << 20); size *= 3)
		free(realloc(calloc(1, size), 2 * size));
	if (fstat(STDIN_FILENO, &st) || lseek(STDIN_FILENO, 0, SEEK_CUR) < 0 || fcntl(STDIN_FILENO, F_GETFL) < 0)
		return errno;
	return read(STDIN_FILENO, &c, 0) == 0 ? 0 : errno;
}

static int try_abort(void)
{
	abort();
}

/* --- a child that enters, and tries ---------------------------------------- */

static void enter(enum sandbox_stage last, const struct sandbox_needs *needs)
{
	struct sandbox_state state = { .seccomp = false };

	sandbox_enter(&state, SANDBOX_HANDSHAKE, needs);
	if (last == SANDBOX_RELAY)
		sandbox_enter(&state, SANDBOX_RELAY, needs);
	if (!state.capabilities_dropped || !state.no_new_privs || !state.seccomp || state.why[0])
		_exit(CANNOT_ENTER);
}

/* The status that wait() has of it. */
static int status_of(enum sandbox_stage stage, const struct sandbox_needs *needs, int (*attempt)(void))
{
	const pid_t pid = fork();
	int status;

	if (pid == 0) {
		const int null = open("/dev/zero", O_RDONLY);

		dup2(null, STDIN_FILENO);
		enter(stage, needs);
		_exit(attempt());
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void expect(enum sandbox_stage stage, const struct sandbox_needs *needs, int (*attempt)(void), int result)
{
	const int status = status_of(stage, needs, attempt);

	if (result == KILLED) {
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), SIGSYS);
		return;
	}
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), result);
}

/* --- tests ----------------------------------------------------------------- */

static const struct {
	int (*attempt)(void);
	int result;
} attempts[] = {
	{ try_open, EPERM },
	{ try_open_for_writing, EPERM },
	{ try_unlink, EPERM },
	{ try_typing, EPERM },
	{ try_signal_to_another, EPERM },
	{ try_wait, EPERM },
	{ try_changing_user, EPERM },
	{ try_socket, KILLED },
	{ try_exec, KILLED },
	{ try_fork, KILLED },
	{ try_ptrace, KILLED },
	{ try_executable_page, KILLED },
	{ try_page_made_executable, KILLED },
	{ try_thread, WORKS },
	{ try_daily_life, WORKS },
};

static void test_forbidden_calls(void **state)
{
	const struct sandbox_needs nothing = { .redial = false };

	(void)state;
	for (int stage = SANDBOX_HANDSHAKE; stage <= SANDBOX_RELAY; stage++)
		for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++)
			expect((enum sandbox_stage)stage, &nothing, attempts[i].attempt, attempts[i].result);
}

static void test_redial_is_for_the_handshake_alone(void **state)
{
	const struct sandbox_needs needs = { .redial = true };

	(void)state;
	expect(SANDBOX_HANDSHAKE, &needs, try_socket, WORKS);
	expect(SANDBOX_HANDSHAKE, &needs, try_open, WORKS);
	expect(SANDBOX_HANDSHAKE, &needs, try_open_for_writing, EPERM);
	expect(SANDBOX_HANDSHAKE, &needs, try_executable_page, EPERM);
	expect(SANDBOX_HANDSHAKE, &needs, try_exec, KILLED);
	expect(SANDBOX_RELAY, &needs, try_socket, KILLED);
	expect(SANDBOX_RELAY, &needs, try_open, EPERM);
}

static void test_a_file_is_removed_by_a_failed_handshake_alone(void **state)
{
	const struct sandbox_needs needs = { .remove_file = true };

	(void)state;
	expect(SANDBOX_HANDSHAKE, &needs, try_unlink, ENOENT);
	expect(SANDBOX_HANDSHAKE, &needs, try_open, EPERM);
	expect(SANDBOX_RELAY, &needs, try_unlink, EPERM);
}

static int try_rename(void)
{
	return done(rename("/nowhere/none", "/nowhere/other"));
}

static void test_a_file_is_replaced_until_the_end(void **state)
{
	const struct sandbox_needs needs = { .replace_file = true }, nothing = { .redial = false };

	(void)state;
	expect(SANDBOX_HANDSHAKE, &needs, try_rename, ENOENT);
	expect(SANDBOX_RELAY, &needs, try_rename, ENOENT);
	expect(SANDBOX_RELAY, &needs, try_unlink, ENOENT);
	expect(SANDBOX_RELAY, &needs, try_open, EPERM);
	expect(SANDBOX_RELAY, &nothing, try_rename, EPERM);
}

static void test_one_child_is_signalled_and_no_other(void **state)
{
	const struct sandbox_needs parent_is_child = { .child = getpid() }, other = { .child = 1 };

	(void)state;
	for (int stage = SANDBOX_HANDSHAKE; stage <= SANDBOX_RELAY; stage++) {
		expect((enum sandbox_stage)stage, &parent_is_child, try_wait, ECHILD);
		expect((enum sandbox_stage)stage, &parent_is_child, try_signal_to_another, WORKS);
		expect((enum sandbox_stage)stage, &other, try_signal_to_another, EPERM);
		expect((enum sandbox_stage)stage, &other, try_open, EPERM);
	}
}

static void test_unknown_code_is_filtered_after_the_handshake(void **state)
{
	const struct sandbox_needs needs = { .unfiltered = true };
	struct sandbox_state s = { .seccomp = false };
	int status;
	pid_t pid;

	(void)state;
	pid = fork();
	if (pid == 0) {
		sandbox_enter(&s, SANDBOX_HANDSHAKE, &needs);
		_exit(!s.seccomp && s.capabilities_dropped && !s.why[0] && try_socket() == 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	expect(SANDBOX_RELAY, &needs, try_socket, KILLED);
}

static void test_abort_is_an_abort(void **state)
{
	const struct sandbox_needs nothing = { .redial = false };
	const int status = status_of(SANDBOX_RELAY, &nothing, try_abort);

	(void)state;
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

static int has_capabilities(void)
{
	cap_t none = cap_init(), now = cap_get_proc();

	return !none || !now || cap_compare(now, none) != 0;
}

static int has_bounding_set(void)
{
	for (cap_value_t cap = 0; cap_get_bound(cap) >= 0; cap++)
		if (cap_get_bound(cap) > 0)
			return 1;
	return 0;
}

/* Asked before the filter, which does not let it be asked. */
static void test_capabilities_are_gone(void **state)
{
	const struct sandbox_needs needs = { .unfiltered = true };
	const bool may = geteuid() == 0 && cap_get_bound(CAP_SETPCAP) > 0;
	int status;
	pid_t pid;

	(void)state;
	pid = fork();
	if (pid == 0) {
		struct sandbox_state s = { .seccomp = false };

		sandbox_enter(&s, SANDBOX_HANDSHAKE, &needs);
		_exit(has_capabilities() || (may && has_bounding_set()));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* The relay's filter is on top of the handshake's: a call that the first one refuses cannot come back. */
static void test_no_row_is_for_the_relay_alone(void **state)
{
	const struct sandbox_rule *rule;
	size_t n = 0;

	(void)state;
	for (; (rule = sandbox_rule_at(n)); n++)
		assert_false(rule->action == RULE_ALLOW && (rule->when & WHEN_RELAY) && !(rule->when & WHEN_HANDSHAKE));
	assert_true(n > 100);
}

static const uint32_t actions[] = {
	[RULE_ALLOW] = SCMP_ACT_ALLOW,
	[RULE_ABSENT] = SCMP_ACT_ERRNO(ENOSYS),
	[RULE_KILL] = SCMP_ACT_KILL_PROCESS,
};

/* libseccomp makes filters for other architectures, too; it cannot load them here. */
static void make_for(uint32_t arch, unsigned when)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	const int null = open("/dev/null", O_WRONLY);
	const struct sandbox_rule *rule;

	assert_non_null(ctx);
	if (arch != seccomp_arch_native()) {
		/* First: both byte orders do not go together. */
		assert_int_equal(seccomp_arch_remove(ctx, SCMP_ARCH_NATIVE), 0);
		assert_int_equal(seccomp_arch_add(ctx, arch), 0);
	}
	for (size_t i = 0; (rule = sandbox_rule_at(i)); i++) {
		const int ret = rule->when & when ? seccomp_rule_add_array(ctx, actions[rule->action], rule->call, rule->args_n, rule->args)
						  : 0;

		if (ret && ret != -EDOM)
			print_error("row %zu, architecture %08x: %s\n", i, arch, strerror(-ret));
		assert_true(ret == 0 || ret == -EDOM);
	}
	assert_int_equal(seccomp_export_bpf(ctx, null), 0);
	close(null);
	seccomp_release(ctx);
}

static void test_other_architectures(void **state)
{
	static const uint32_t archs[] = {
		SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64, SCMP_ARCH_RISCV64, SCMP_ARCH_PPC64LE, SCMP_ARCH_S390X, SCMP_ARCH_ARM, SCMP_ARCH_X86,
	};
	const struct sandbox_needs all = { .redial = true, .remove_file = true, .replace_file = true, .child = 1 };

	(void)state;
	for (size_t i = 0; i < sizeof(archs) / sizeof(archs[0]); i++) {
		make_for(archs[i], sandbox_rules_for(SANDBOX_HANDSHAKE, &all));
		make_for(archs[i], sandbox_rules_for(SANDBOX_RELAY, &all));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forbidden_calls),
		cmocka_unit_test(test_redial_is_for_the_handshake_alone),
		cmocka_unit_test(test_a_file_is_removed_by_a_failed_handshake_alone),
		cmocka_unit_test(test_a_file_is_replaced_until_the_end),
		cmocka_unit_test(test_one_child_is_signalled_and_no_other),
		cmocka_unit_test(test_unknown_code_is_filtered_after_the_handshake),
		cmocka_unit_test(test_abort_is_an_abort),
		cmocka_unit_test(test_capabilities_are_gone),
		cmocka_unit_test(test_no_row_is_for_the_relay_alone),
		cmocka_unit_test(test_other_architectures),
	};
	const struct CMUnitTest without[] = {
		cmocka_unit_test(test_capabilities_are_gone),
		cmocka_unit_test(test_no_row_is_for_the_relay_alone),
		cmocka_unit_test(test_other_architectures),
	};

	/* What the filter does can be seen where there is one. */
	if (sandbox_impossible()) {
		print_message("# %s\n", sandbox_impossible());
		return cmocka_run_group_tests(without, NULL, NULL);
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
