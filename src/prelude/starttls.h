/* SPDX-License-Identifier: MIT */
/* What is said in the clear so that TLS begins: STARTTLS and its kin. */
#ifndef PRELUDE_STARTTLS_H
#define PRELUDE_STARTTLS_H

#include "prelude/wire.h"

/* Which name the protocol has us say. */
enum starttls_says {
	STARTTLS_NO_NAME,
	STARTTLS_OUR_NAME,	/* EHLO */
	STARTTLS_THEIR_NAME,	/* to='' of a stream */
};

struct starttls {
	const char *name;	/* of the protocol: "smtp" */
	enum starttls_says says;
	/* The conversation, up to the byte after which TLS begins. @name is NULL for STARTTLS_NO_NAME. */
	int (*converse)(struct wire *w, const char *protocol, const char *name);
};

/* NULL: there is none of this name. */
const struct starttls *starttls_find(const char *name);

/* All of them, with @between in between. */
void starttls_names(char *out, size_t len, const char *between);

/* Whether @name can stand in a line, and in an attribute of XML: a host name or an address, perhaps in brackets. */
int starttls_check_name(const char *name, char *why, size_t why_len);

/* The name that we say if we are not told one: this machine's. */
void starttls_our_name(char *out, size_t len);

/*
 * Talks on the socket @fd within the deadline of @wait until TLS may begin. @where begins the messages. 0, or the exit
 * code of @f: CLI_HANDSHAKE when the server does not want TLS, or talks some other language.
 */
int starttls_run(const struct starttls *how, const char *name, int fd, const char *where, struct cli_wait *wait,
		 struct cli_failure *f);

#endif
