/* SPDX-License-Identifier: MIT */
/* Pinned public keys: the peer must have one of them, whoever issued its certificate. */
#ifndef SESSION_PIN_H
#define SESSION_PIN_H

#include <openssl/ssl.h>

#include "session/session.h"

enum {
	SESSION_PIN_LEN = sizeof("sha256//") + 44,
};

/*
 * "sha256//BASE64", several with ";" between: SHA-256 of the peer's SubjectPublicKeyInfo (RFC 7469 section 2.4), as curl
 * writes them. To be called when @ctx has its verification mode; opts->pins must live as long as @ctx. With
 * opts->insecure the pin alone counts. 0, or the exit code of @f.
 */
int session_set_pins(SSL_CTX *ctx, const struct session_opts *opts, struct cli_failure *f);

/* Whether the key of @cert is one of @pins, which session_set_pins() found good. */
bool session_has_pin(const char *pins, X509 *cert);

/* The pin of a certificate's key; "" when out of memory. */
void session_pin_of(X509 *cert, char pin[SESSION_PIN_LEN]);

#endif
