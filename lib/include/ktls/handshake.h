/* SPDX-License-Identifier: MIT */
/**
 * The handshake: libssl completes it over a BIO of libktls that never reads beyond a record and counts every record,
 * so that the keys and sequence numbers are exact when the connection is handed over.
 */
#ifndef KTLS_HANDSHAKE_H
#define KTLS_HANDSHAKE_H

#include <openssl/ssl.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct ktls_handshake;

/**
 * Prepares an SSL_CTX. Call once per context, after the application's own settings and before the first SSL_new().
 * Chains the key-log callback (one that is set already keeps being called), switches read-ahead, renegotiation,
 * compression and libssl's own kernel TLS off, and leaves everything else alone. A server that changes the context in
 * its server-name callback calls it for each of them.
 *
 * Returns 0, -ENOMEM, or -EINVAL for NULL. Since 0.1.
 */
int ktls_handshake_setup(SSL_CTX *ctx);

/**
 * Makes a handshake of @ssl on the connected TCP socket @fd. The role is the one set by SSL_set_connect_state() or
 * SSL_set_accept_state(); the handshake must not have begun. @ssl and @fd stay the caller's; @ssl gets libktls's BIO
 * and must not be used for reading or writing by anybody else. Post-handshake authentication is not offered: nobody
 * could answer the request. Blocking and non-blocking sockets both work.
 *
 * Returns 0 and *@out (release with ktls_handshake_free()), -EINVAL (no role set, a handshake begun, DTLS, or
 * ktls_handshake_setup() was not called on the SSL_CTX), -ENOMEM. Since 0.1.
 */
int ktls_handshake_new(struct ktls_handshake **out, SSL *ssl, int fd);

/**
 * Goes on with the handshake.
 *
 * Returns 0 when it is complete and everything libssl had to say is in the socket; -EAGAIN when the socket is not
 * ready: poll for ktls_handshake_events() and call again; -EINTR when a signal came: call again; -EKEYREJECTED when the
 * peer's certificate did not verify (see SSL_get_verify_result()); -ECONNRESET when the peer closed in mid-handshake;
 * -EPROTO for every other TLS failure (an alert received, no common version or cipher, no TLS at all); other negative
 * errnos from the socket. After an error other than -EAGAIN and -EINTR every later call repeats it. Since 0.1.
 */
int ktls_handshake_step(struct ktls_handshake *hs);

/** Poll events that ktls_handshake_step() waits for: POLLIN or POLLOUT; 0 once it is complete. Since 0.1. */
short ktls_handshake_events(const struct ktls_handshake *hs);

/** One line for people about the last failure; "" if there is none. Valid until the next call on @hs. Since 0.1. */
const char *ktls_handshake_error(const struct ktls_handshake *hs);

/**
 * Wipes and frees; @hs may be NULL. The SSL keeps a BIO of its own that fails every read and write, so SSL_free() is
 * safe (before or after), and SSL_shutdown() writes nothing. The session of a complete handshake stays fit for
 * resumption. Since 0.1.
 */
void ktls_handshake_free(struct ktls_handshake *hs);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
