/* SPDX-License-Identifier: MIT */
/* What a process gives up before it reads the first byte of a peer. */
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "sandbox/drop.h"
#include "sandbox/filter.h"
#include "sandbox/sandbox.h"

const char *sandbox_impossible(void)
{
#if WITH_SANITIZERS
	return "built with sanitizers, which need what a filter forbids";
#else
	return NULL;
#endif
}

static void explain(struct sandbox_state *state, const char *what, const char *why)
{
	if (!state->why[0])
		snprintf(state->why, sizeof(state->why), "%s: %s", what, why);
}

void sandbox_skip(struct sandbox_state *state)
{
	state->no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
}

static void give_up_rights(struct sandbox_state *state)
{
	int ret;

	if (state->capabilities_dropped)
		return;
	/* glibc reads /etc/localtime at the first question about time, UTC's too: libssl asks how old a certificate is. */
	tzset();
	/* Without it, the kernel takes a filter from nobody but the administrator. */
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	sandbox_skip(state);
	ret = sandbox_drop_capabilities();
	state->capabilities_dropped = ret == 0;
	if (ret)
		explain(state, "capabilities are kept", strerror(-ret));
}

static void filter(struct sandbox_state *state, enum sandbox_stage stage, const struct sandbox_needs *needs)
{
	int ret;

	if ((stage == SANDBOX_HANDSHAKE && needs->unfiltered) || sandbox_impossible())
		return;
	ret = sandbox_filter(stage, needs);
	if (!ret)
		state->seccomp = true;
	else
		explain(state, "system calls are not filtered", strerror(-ret));
}

void sandbox_enter(struct sandbox_state *state, enum sandbox_stage stage, const struct sandbox_needs *needs)
{
	state->entered = true;
	give_up_rights(state);
	filter(state, stage, needs);
}
