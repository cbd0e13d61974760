/* SPDX-License-Identifier: MIT */
/**
 * The handshake: libssl completes it over a BIO of libktls that never reads beyond a record and counts every record,
 * so that the keys and sequence numbers are exact when the connection is handed over.
 */
#ifndef KTLS_HANDSHAKE_H
#define KTLS_HANDSHAKE_H

#include <sys/types.h>

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
 * A client's early data (RFC 8446 section 2.3), before the first ktls_handshake_step(). The SSL must have a session, or a PSK
 * callback that gives one, whose SSL_SESSION_get_max_early_data() is not below all that is sent so. Whoever recorded it can
 * send it to the server again: only what is harmless when it comes twice belongs here. When the handshake is complete
 * SSL_get_early_data_status() of the SSL tells whether the server took it; what it did not take is to be sent again, by
 * ktls_conn_send(), ahead of all else.
 *
 * Returns @len; -EAGAIN and -EINTR as ktls_handshake_step(): call again with the same data; -EINVAL where there can be no
 * early data: the handshake goes on without; -EPROTO when the PSK callback gave nothing; other errors as ktls_handshake_step().
 * Since 0.1.
 */
ssize_t ktls_handshake_send_early_data(struct ktls_handshake *hs, const void *buf, size_t len);

/**
 * A server's side of it, in place of the first ktls_handshake_step(): with SSL_CTX_set_max_early_data() on the context, early
 * data is taken if this is called before anything else, and until it returns 0. It may be a replay (RFC 8446 section 8) until
 * the handshake is done, for which a replayer has no keys. Who uses it sooner: SSL_CTX_set_allow_early_data_cb() and
 * SSL_OP_NO_ANTI_REPLAY.
 *
 * Returns the bytes received; 0 when no more will come: go on with ktls_handshake_step(); -EAGAIN, -EINTR and other errors
 * as that. -EINVAL for a client or too late. Since 0.1.
 */
ssize_t ktls_handshake_recv_early_data(struct ktls_handshake *hs, void *buf, size_t len);

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
