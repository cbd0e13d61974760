/* SPDX-License-Identifier: MIT */
/* The system call filter, from the table of rules. */
#include <errno.h>
#include <seccomp.h>
#include <stddef.h>
#include <unistd.h>

#include "sandbox/filter.h"
#include "sandbox/rules.h"

/* What is in no rule fails as if it were forbidden by the system's administrator: libraries go on without it, and users read why. */
enum {
	REFUSED = SCMP_ACT_ERRNO(EPERM),
};

static const uint32_t actions[] = {
	[RULE_ALLOW] = SCMP_ACT_ALLOW,
	[RULE_ABSENT] = SCMP_ACT_ERRNO(ENOSYS),
	[RULE_KILL] = SCMP_ACT_KILL_PROCESS,
};

static int add_rule(scmp_filter_ctx ctx, const struct sandbox_rule *rule)
{
	/* A call that this architecture does not have needs no rule. */
	const int ret = seccomp_rule_add_array(ctx, actions[rule->action], rule->call, rule->args_n, rule->args);

	return ret == -EDOM ? 0 : ret;
}

static int add_rules(scmp_filter_ctx ctx, unsigned when)
{
	const struct sandbox_rule *rule;
	int ret = 0;

	for (size_t i = 0; !ret && (rule = sandbox_rule_at(i)); i++)
		if (rule->when & when)
			ret = add_rule(ctx, rule);
	return ret;
}

static int allow_signal(scmp_filter_ctx ctx, int call, pid_t to)
{
	/* An int: the upper half of the register may hold anything. */
	const struct scmp_arg_cmp is = { 0, SCMP_CMP_MASKED_EQ, 0xffffffff, (uint32_t)to };

	return seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, call, 1, &is);
}

/* abort() sends one to ourselves; a command and its group get theirs. */
static int allow_signals(scmp_filter_ctx ctx, pid_t child)
{
	int ret = allow_signal(ctx, SCMP_SYS(tgkill), getpid());

	if (!ret && child)
		ret = allow_signal(ctx, SCMP_SYS(kill), child);
	if (!ret && child)
		ret = allow_signal(ctx, SCMP_SYS(kill), -child);
	return ret;
}

static int set_attributes(scmp_filter_ctx ctx)
{
	static const struct {
		enum scmp_filter_attr attr;
		uint32_t value;
	} wanted[] = {
		{ SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS },
		{ SCMP_FLTATR_CTL_TSYNC, 1 },
		/* A tree: the price of a call does not depend on its place in the table. */
		{ SCMP_FLTATR_CTL_OPTIMIZE, 2 },
		/* The kernel's errno, not libseccomp's summary of it. */
		{ SCMP_FLTATR_API_SYSRAWRC, 1 },
	};
	int ret = 0;

	for (size_t i = 0; !ret && i < sizeof(wanted) / sizeof(wanted[0]); i++)
		ret = seccomp_attr_set(ctx, wanted[i].attr, wanted[i].value);
	return ret;
}

int sandbox_filter(enum sandbox_stage stage, const struct sandbox_needs *needs)
{
	scmp_filter_ctx ctx = seccomp_init((uint32_t)REFUSED);
	int ret;

	if (!ctx)
		return -ENOMEM;
	ret = set_attributes(ctx);
	if (!ret)
		ret = add_rules(ctx, sandbox_rules_for(stage, needs));
	if (!ret)
		ret = allow_signals(ctx, needs->child);
	if (!ret)
		ret = seccomp_load(ctx);
	seccomp_release(ctx);
	/* A thread that cannot be filtered is told by its number. */
	return ret > 0 ? -EBUSY : ret;
}
