/* SPDX-License-Identifier: MIT */
/* The table of system calls: which of them a stage has, and why. */
#ifndef SANDBOX_RULES_H
#define SANDBOX_RULES_H

#include <seccomp.h>
#include <stddef.h>

#include "sandbox/sandbox.h"

enum rule_action {
	RULE_ALLOW,
	RULE_ABSENT,	/* as in a kernel that does not have it: libraries use an older call */
	RULE_KILL,	/* nothing here ever does this: somebody else has the process, and it ends */
};

/* A rule holds where one of its bits is among those that hold for a run. */
enum rule_when {
	WHEN_HANDSHAKE = 1,
	WHEN_RELAY = 2,
	WHEN_REDIAL = 4,	/* the handshake, and another connection after it */
	WHEN_NO_REDIAL = 8,	/* all else */
	WHEN_REMOVE = 16,
	WHEN_CHILD = 32,
	WHEN_REPLACE = 64,
	WHEN_ALWAYS = WHEN_HANDSHAKE | WHEN_RELAY,
};

struct sandbox_rule {
	int call;			/* SCMP_SYS(); negative where the architecture lacks it */
	enum rule_action action;
	unsigned when;			/* enum rule_when, several of them */
	unsigned args_n;
	struct scmp_arg_cmp args[2];	/* all must be true */
};

/* Row @i, NULL behind the last. */
const struct sandbox_rule *sandbox_rule_at(size_t i);

/* The bits that hold. */
unsigned sandbox_rules_for(enum sandbox_stage stage, const struct sandbox_needs *needs);

#endif
