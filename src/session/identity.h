/* SPDX-License-Identifier: MIT */
/* Our own certificate, its chain and its key, from whatever libssl's stores can read. */
#ifndef SESSION_IDENTITY_H
#define SESSION_IDENTITY_H

#include <openssl/ssl.h>

#include "session/session.h"

/* PEM, DER and PKCS#12 files, and URIs of providers (pkcs11:…). 0, or the exit code of @f. */
int session_set_identity(SSL_CTX *ctx, const struct session_opts *opts, struct cli_failure *f);

#endif
