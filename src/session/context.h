/* SPDX-License-Identifier: MIT */
/* Options into an SSL_CTX. */
#ifndef SESSION_CONTEXT_H
#define SESSION_CONTEXT_H

#include <openssl/ssl.h>

#include "session/session.h"

/* 0 and *@out, or the exit code of @f. */
int session_context_new(SSL_CTX **out, const struct session_opts *opts, bool is_server, struct cli_failure *f);

#endif
