/* SPDX-License-Identifier: MIT */
/* A client's sessions in files: one to resume, one to keep. */
#ifndef SESSION_RESUME_H
#define SESSION_RESUME_H

#include <stdbool.h>

#include <openssl/ssl.h>

#include "out/atomic.h"
#include "session/session.h"

struct session_resume {
	SSL_SESSION *offered;		/* read from a file, and found good; NULL: there is none */
	STACK_OF(X509) *issuers;	/* what came with the peer's certificate, without it */
	long verify_result;		/* of the certificate in the session, found now */
	SSL_SESSION *first;		/* what the handshake ended with */
	const char *path;		/* where the last session goes; NULL: nowhere */
	struct out_atomic out;
};

/*
 * Reads opts->sess_in and, if @ssl can use what is in it, sets it. Otherwise info->not_resumed says why not: that is no failure. A
 * file that cannot be read or has no session is. @ssl must have its names to verify. 0, or the exit code of @f.
 */
int session_resume_load(struct session_resume *r, SSL *ssl, const struct session_opts *opts, struct session_info *info,
			struct cli_failure *f);

/* Begins the file opts->sess_out. 0, or the exit code of @f. */
int session_resume_open(struct session_resume *r, const struct session_opts *opts, struct cli_failure *f);

/* The handshake has ended: what libssl did not look at in a session that was resumed, and what the file will need. */
void session_resume_note(struct session_resume *r, SSL *ssl);

/* Writes the last session if one has come since, else leaves the file as it was. 0, or the exit code of @f. */
int session_resume_save(struct session_resume *r, SSL *ssl, struct cli_failure *f);

void session_resume_free(struct session_resume *r);

#endif
