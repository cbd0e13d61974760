/* SPDX-License-Identifier: MIT */
/* Options into an SSL_CTX. */
#ifndef SESSION_CONTEXT_H
#define SESSION_CONTEXT_H

#include <openssl/ssl.h>

#include "session/session.h"

struct session_psk;

/* @psk must live as long as *@out. 0 and *@out, or the exit code of @f. */
int session_context_new(SSL_CTX **out, const struct session_opts *opts, bool is_server, struct session_psk *psk,
			struct cli_failure *f);

/* Only what a client trusts: the CAs of @opts or the system's, and whether it goes on without. 0 or the exit code of @f. */
int session_set_trust(SSL_CTX *ctx, const struct session_opts *opts, struct cli_failure *f);

#endif
