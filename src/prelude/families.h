/* SPDX-License-Identifier: MIT */
/* The conversations, as the table of protocols names them; see struct starttls. */
#ifndef PRELUDE_FAMILIES_H
#define PRELUDE_FAMILIES_H

#include "prelude/wire.h"

int converse_in_replies(struct wire *w, const char *protocol, const char *name);
int converse_imap(struct wire *w, const char *protocol, const char *name);
int converse_pop3(struct wire *w, const char *protocol, const char *name);
int converse_sieve(struct wire *w, const char *protocol, const char *name);
int converse_xmpp(struct wire *w, const char *protocol, const char *name);
int converse_ldap(struct wire *w, const char *protocol, const char *name);
int converse_postgres(struct wire *w, const char *protocol, const char *name);
int converse_mysql(struct wire *w, const char *protocol, const char *name);

#endif
