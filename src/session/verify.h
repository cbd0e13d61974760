/* SPDX-License-Identifier: MIT */
/* Which name the peer must have, and what to do when its certificate does not verify. */
#ifndef SESSION_VERIFY_H
#define SESSION_VERIFY_H

#include <openssl/ssl.h>

#include "session/session.h"

/* Sets SNI and the name to verify on a client's @ssl. 0, or the exit code of @f. */
int session_expect_peer(SSL *ssl, const struct session_opts *opts, const char *host, struct cli_failure *f);

/* After a handshake that failed for the peer's certificate: stores why, and what to do about it. */
int session_fail_certificate(SSL *ssl, const char *where, struct cli_failure *f);

#endif
