/* SPDX-License-Identifier: MIT */
/**
 * The connection: application data over a TCP socket whose records are carried, each direction for itself, by the kernel
 * or by libktls's engine. Alerts, close_notify, tickets and KeyUpdate are dealt with inside.
 *
 * A connection is not thread safe. On a non-blocking socket every call may return -EAGAIN; then poll for
 * ktls_conn_events(). On a blocking one only a timeout of the socket (SO_RCVTIMEO, SO_SNDTIMEO) brings it. Errors are
 * negative errnos, and ktls_conn_error() says in words what happened:
 *
 *   -EAGAIN        nothing could be done now
 *   -ECONNABORTED  the peer's FIN came without close_notify: what was received may be cut (RFC 8446 section 6.1)
 *   -EREMOTEIO     the peer sent a fatal alert; ktls_conn_get_info() has its number
 *   -EBADMSG, -EINVAL, -EMSGSIZE   a record that does not verify or is malformed
 *   -EPROTO        a message that the protocol does not allow here
 *   -EKEYEXPIRED   keys must change and cannot: the kernel is too old to rekey (before 6.14), or TLS 1.2 used its key up
 *   -EPIPE, -ECONNRESET, -ETIMEDOUT …   from TCP
 *
 * After an error other than -EAGAIN that direction stays dead and repeats the error. Programs must ignore SIGPIPE:
 * sendfile() and splice() on a connection that the peer reset raise it, and have no flag against it.
 */
#ifndef KTLS_CONN_H
#define KTLS_CONN_H

#include <stdbool.h>
#include <sys/types.h>

#include <ktls/handshake.h>
#include <ktls/types.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct ktls_conn;

/** Wishes for a connection. Zero-initialise, then set: zero is always the default. */
struct ktls_conn_opts {
	enum ktls_want want[2];		/**< indexed by enum ktls_dir */
	uint64_t rekey_after;		/**< TLS 1.3: send a KeyUpdate after about this many bytes sent; 0: when the cipher's limit nears */
	uint16_t max_payload;		/**< bytes of data in a record sent; 0: 16384 */
	/**
	 * Sending by the kernel: ktls_conn_send_file() without a copy (TLS_TX_ZEROCOPY_RO, Linux 5.19), which only a network card
	 * that encrypts makes possible. What that call and ktls_conn_send_pipe() take must then not change until the peer has
	 * acknowledged it (ktls_conn_flush() returned 0, and then the socket's SIOCOUTQ is 0), or the peer receives records that
	 * do not verify. A wish: where it cannot be had data is copied as ever, and ktls_conn_get_info() says so and why. The
	 * kernel takes the option without such a card, too; then it has no effect.
	 */
	bool zero_copy;
	/**
	 * Client, TLS 1.3: libssl is given the NewSessionTickets that come after the hand-over, whichever path brings them, and makes
	 * sessions of them. The callback of SSL_CTX_sess_set_new_cb() is called as ever, from within a call that receives; it must not
	 * touch the connection. Whoever keeps a reference to the SSL has the last session from SSL_get1_session() (one that
	 * SSL_SESSION_is_resumable() speaks for), until it calls SSL_free(). The SSL must not be used for anything else, nor by another
	 * thread, before ktls_conn_free(), and its memory and its keys stay until then. A ticket that libssl refuses ends this, not the
	 * connection. No effect on servers and in TLS 1.2, whose ticket comes before the hand-over.
	 */
	bool take_tickets;
};

/** What is known of a direction. Strings belong to the connection. */
struct ktls_path_info {
	enum ktls_path path;
	const char *name;		/**< "kernel" or "engine" */
	const char *reason;		/**< one line for people: why this path, and what became of max_payload and zero_copy */
	bool zero_copy;			/**< sending: the kernel took the wish, as it does also without a card that encrypts */
	uint64_t bytes;			/**< application bytes carried */
	uint64_t records;		/**< records carried; for the kernel as it counts them (0 if it would not tell) */
	bool records_known;		/**< whether records is a count */
	uint64_t rekeys;		/**< KeyUpdates carried out in this direction */
};

/** What is known of a connection. Strings belong to the connection or are static. */
struct ktls_conn_info {
	uint16_t version;		/**< 0x0303 or 0x0304 */
	const char *version_name;	/**< "TLS 1.3" */
	const char *cipher;		/**< "AES-128-GCM" */
	bool is_server;
	struct ktls_path_info dir[2];	/**< indexed by enum ktls_dir */
	uint64_t tickets;		/**< NewSessionTickets received after the hand-over */
	int alert_received;		/**< description of the last alert received, -1 if none */
	bool close_notify_sent, close_notify_received;
};

/**
 * Takes the connection over from a completed handshake: exports keys and sequence numbers and installs a path for each
 * direction. On success *@hs is freed and set to NULL, and libssl's part has ended. On failure *@hs stays, and so does
 * the socket unless the kernel took one direction and refused another that was demanded; the message is in
 * ktls_handshake_error(). The socket stays the caller's: close it after ktls_conn_free(). @opts may be NULL.
 *
 * Returns 0; -EOPNOTSUPP when @opts demands the kernel (KTLS_ON) and it refuses; -EPROTONOSUPPORT when the negotiated
 * cipher is none of libktls's; -EAGAIN when the handshake is not complete; -EPROTO, -ENOKEY, -ENOMEM, -EIO. Since 0.1.
 */
int ktls_conn_new(struct ktls_conn **out, struct ktls_handshake **hs, const struct ktls_conn_opts *opts);

/** Wipes all keys and frees. Sends nothing: call ktls_conn_shutdown() first. @conn may be NULL. Since 0.1. */
void ktls_conn_free(struct ktls_conn *conn);

/**
 * Receives application data: at least one byte, at most @len. Buffers of 64 KiB and more are filled with many records
 * a call and without a copy on the engine's path. 0 when the peer's close_notify was received. After -ENOMEM nothing is
 * lost, and the call can be repeated. Since 0.1.
 */
ssize_t ktls_conn_recv(struct ktls_conn *conn, void *buf, size_t len);

/** Whether data is already here that poll() would not show (records read from the socket but not yet delivered). Since 0.1. */
bool ktls_conn_has_pending(const struct ktls_conn *conn);

/**
 * Receives into a pipe. With the kernel's path data does not pass through user space, where the running kernel's
 * splice() is sound; otherwise it is copied through a buffer of the connection. Never more than the pipe has room for, as
 * long as nobody else writes to it. Returns as ktls_conn_recv(). Since 0.1.
 */
ssize_t ktls_conn_recv_to_pipe(struct ktls_conn *conn, int pipe_fd, size_t len);

/**
 * Sends application data. Returns the bytes taken (1 … @len); what is taken is on its way, or kept until the next
 * call or ktls_conn_flush(). @len 0 returns 0 and sends nothing. Since 0.1.
 */
ssize_t ktls_conn_send(struct ktls_conn *conn, const void *buf, size_t len);

/**
 * The same for data behind which more follows at once (send(2) has MSG_MORE for that): many small pieces become full
 * records and few system calls. What does not fill them is kept back, without any limit in time, until a call that is
 * not this one sends something behind it: ktls_conn_send(), ktls_conn_send_file() or ktls_conn_send_pipe() that take
 * at least a byte, ktls_conn_flush(), ktls_conn_shutdown(), a KeyUpdate or an alert. So end every run of pieces with one
 * of them, before waiting for the peer's answer: what is kept back waits for the program, not for the socket, and
 * ktls_conn_events() does not show it. Engine: up to 16 records; kernel: up to one, with MSG_MORE, but nothing where it
 * cannot limit records to max_payload. ktls_conn_free() loses what is kept back. Returns as ktls_conn_send(). Since 0.1.
 */
ssize_t ktls_conn_send_more(struct ktls_conn *conn, const void *buf, size_t len);

/**
 * Sends from a file at *@off (advanced), by sendfile() on the kernel's path. Returns the bytes taken, 0 at the end of
 * the file. Since 0.1.
 */
ssize_t ktls_conn_send_file(struct ktls_conn *conn, int file_fd, off_t *off, size_t len);

/** Sends what is in a pipe, by splice() on the kernel's path. Returns the bytes taken, 0 at the pipe's end. Since 0.1. */
ssize_t ktls_conn_send_pipe(struct ktls_conn *conn, int pipe_fd, size_t len);

/**
 * Pushes everything taken so far, and control records that wait, into the socket. 0 when done. Call it when a poll
 * shows POLLOUT and ktls_conn_events() asked for it. Since 0.1.
 */
int ktls_conn_flush(struct ktls_conn *conn);

/**
 * Ends our sending: flush, close_notify, FIN. Receiving goes on (half-close). 0 when all is in the socket's queue. Repeat
 * after -EAGAIN; calling it again after success is harmless. Since 0.1.
 */
int ktls_conn_shutdown(struct ktls_conn *conn);

/**
 * TLS 1.3: changes our sending key (KeyUpdate), and asks the peer to change its own if @request_peer.
 * -EKEYEXPIRED when the kernel carries a direction and cannot rekey; -ENOTSUP on TLS 1.2. Since 0.1.
 */
int ktls_conn_rekey(struct ktls_conn *conn, bool request_peer);

/**
 * Poll events that make sense now: POLLIN unless receiving has ended, POLLOUT only while something waits to be flushed.
 * Since 0.1.
 */
short ktls_conn_events(const struct ktls_conn *conn);

/** Fills @info. Since 0.1. */
void ktls_conn_get_info(struct ktls_conn *conn, struct ktls_conn_info *info);

/** One line for people about the last failure; "" if there is none. Since 0.1. */
const char *ktls_conn_error(const struct ktls_conn *conn);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
