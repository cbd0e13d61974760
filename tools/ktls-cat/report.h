/* SPDX-License-Identifier: MIT */
/* What a run did: lines for people, a document for programs. */
#ifndef KTLS_CAT_REPORT_H
#define KTLS_CAT_REPORT_H

#include <jansson.h>

#include "cli/failure.h"
#include "net/addr.h"
#include "sandbox/sandbox.h"
#include "session/session.h"

struct report {
	bool is_server;
	bool has_peer, has_session, has_conn;	/* how far the run came */
	struct net_peer peer;			/* what the socket is connected to */
	const char *proxy, *starttls;		/* NULL: none */
	struct session_info session;
	struct ktls_conn_info conn;		/* valid while the connection is */
	int command_status;			/* of --exec; -1: there is none */
	unsigned attempts;			/* to connect */
	struct sandbox_state sandbox;		/* since there is a peer */
	double handshake_seconds, seconds;	/* -1: it did not come to that */
};

/* --verbose: what was negotiated, and who carries each direction. Before data flows. */
void report_negotiated(const struct report *r);

/* The JSON document of --json; schema in ktls-cat(1). NULL when out of memory. */
json_t *report_document(const struct report *r, const struct cli_failure *f);

#endif
