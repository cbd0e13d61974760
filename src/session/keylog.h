/* SPDX-License-Identifier: MIT */
/* The key log: secrets of a connection in a file, for Wireshark and its like. */
#ifndef SESSION_KEYLOG_H
#define SESSION_KEYLOG_H

#include <openssl/ssl.h>

#include "cli/failure.h"

struct session_keylog {
	const char *path;
	int fd;			/* -1: there is none */
	int err;		/* of the first line that could not be written; positive errno */
};

/*
 * Opens @path, which is made for its owner alone if it is not there, to append. A program that runs with more rights than
 * whoever started it refuses. 0, or the exit code of @f; then @log has no file.
 */
int session_keylog_open(struct session_keylog *log, const char *path, struct cli_failure *f);

/* Has the connections of @ctx tell their secrets. To be called before ktls_handshake_setup(), which chains it. */
void session_keylog_listen(SSL_CTX *ctx);

/* The secrets of @ssl go to @log, which must live as long. */
void session_keylog_attach(SSL *ssl, struct session_keylog *log);

/* A log that lacks lines is of no use: 0, or the exit code of @f. */
int session_keylog_check(const struct session_keylog *log, struct cli_failure *f);

void session_keylog_close(struct session_keylog *log);

#endif
