/* SPDX-License-Identifier: MIT */
/* Whether there are sessions to resume: what a server gives its clients, and what it takes from them. */
#ifndef SESSION_TICKETS_H
#define SESSION_TICKETS_H

#include <openssl/ssl.h>

#include "session/session.h"

/* To be called when @ctx has its trust. 0, or the exit code of @f. */
int session_set_tickets(SSL_CTX *ctx, const struct session_opts *opts, bool is_server, struct cli_failure *f);

#endif
