/* SPDX-License-Identifier: MIT */
/* What a handshake negotiated, read from libssl while it is still there. */
#ifndef SESSION_NEGOTIATED_H
#define SESSION_NEGOTIATED_H

#include <openssl/ssl.h>

#include "session/psk.h"
#include "session/session.h"

void session_read_negotiated(SSL *ssl, struct session_info *info);

/* The handshake of @ssl rests on @psk, which stands for a certificate. After session_read_negotiated(). */
void session_read_psk(const struct session_psk *psk, SSL *ssl, struct session_info *info);

#endif
