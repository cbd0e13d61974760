/* SPDX-License-Identifier: MIT */
/* Inside of a session: what its parts share. */
#ifndef SESSION_STATE_H
#define SESSION_STATE_H

#include "session/early.h"
#include "session/keylog.h"
#include "session/psk.h"
#include "session/resume.h"
#include "session/session.h"

struct session {
	struct session_opts opts;
	SSL_CTX *ctx;
	SSL *ssl;
	struct ktls_handshake *hs;
	struct ktls_conn *conn;
	struct session_keylog keylog;
	struct session_psk psk;
	struct session_resume resume;
	struct session_early early;
	struct session_chain chain;
	struct session_info info;
};

/* Where the handshake runs, and for how long. */
struct session_place {
	int fd;
	const char *where;	/* begins the messages */
	struct cli_wait *w;
};

/*
 * After a step of the handshake that returned @err, a negative errno: waits until there may be more to do, and returns 0; or
 * the exit code of @f.
 */
int session_await(struct session *s, int err, const struct session_place *at, struct cli_failure *f);

#endif
