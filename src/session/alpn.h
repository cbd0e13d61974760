/* SPDX-License-Identifier: MIT */
/* Application protocols (ALPN, RFC 7301): what a client offers, and what a server chooses. */
#ifndef SESSION_ALPN_H
#define SESSION_ALPN_H

#include <stdbool.h>

#include <openssl/ssl.h>

#include "cli/failure.h"

/*
 * @list has names with commas between, the best first, and must live as long as @ctx. A server chooses by its own order;
 * without a common name it refuses the handshake. 0, or the exit code of @f.
 */
int session_set_alpn(SSL_CTX *ctx, const char *list, bool is_server, struct cli_failure *f);

#endif
