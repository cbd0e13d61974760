/* SPDX-License-Identifier: MIT */
/* What a run gives up before it reads the peer's first byte, and after the handshake. */
#include <stdio.h>

#include <ktls/probe.h>

#include "cli/say.h"
#include "ktls-cat/guard.h"
#include "session/provider.h"

enum {
	WHY_LEN = 128,
};

/*
 * The kernel loads its module for who has CAP_NET_ADMIN alone: when it is asked for at the hand-over, nobody has. And whether it can change keys is in
 * a file.
 */
static void load_module(const struct cat_options *o)
{
	struct ktls_probe_result ignored;

	if (o->session.conn.want[KTLS_TX] != KTLS_OFF || o->session.conn.want[KTLS_RX] != KTLS_OFF)
		ktls_probe_ulp(KTLS_PROBE_MAY_LOAD, &ignored);
}

/* Why the handshake cannot be filtered, in @why; else false. */
static bool is_unfiltered(const struct cat_options *o, char why[WHY_LEN])
{
	const char *provider = session_foreign_provider();

	if (provider)
		snprintf(why, WHY_LEN, "libssl's provider '%s' may take part in it", provider);
	else if (o->flow.retries && (o->session.keylog || o->session.sess_out))
		snprintf(why, WHY_LEN, "each attempt opens the %s", o->session.keylog ? "key log" : "session's file");
	return *why;
}

static void prepare_handshake(const struct cat_options *o, struct sandbox_needs *needs)
{
	char why[WHY_LEN] = "";

	load_module(o);
	needs->unfiltered = is_unfiltered(o, why);
	if (needs->unfiltered && o->verbose)
		cli_say("sandbox: the handshake is not filtered, as %s", why);
}

void guard_enter(struct connection *c, enum sandbox_stage stage)
{
	struct sandbox_state *state = &c->report.sandbox;
	struct sandbox_needs needs = {
		.redial = !c->o->listen && c->o->flow.retries,
		.remove_file = c->sink.created,
		.replace_file = c->o->session.sess_out,
		.child = c->exec.exists ? c->exec.pid : 0,
	};
	const bool told = state->why[0];

	if (c->o->no_sandbox) {
		sandbox_skip(state);
		return;
	}
	/* An attempt after the first one. */
	if (stage == SANDBOX_HANDSHAKE && state->entered)
		return;
	if (stage == SANDBOX_HANDSHAKE)
		prepare_handshake(c->o, &needs);
	sandbox_enter(state, stage, &needs);
	if (c->o->verbose && state->why[0] && !told)
		cli_say("sandbox: %s", state->why);
}
