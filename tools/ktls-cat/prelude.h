/* SPDX-License-Identifier: MIT */
/* A connection until TLS begins: proxy and STARTTLS. */
#ifndef KTLS_CAT_PRELUDE_H
#define KTLS_CAT_PRELUDE_H

#include "ktls-cat/connection.h"

/* What can fail before there is a socket. 0, or the exit code of c->f. */
int prelude_prepare(struct connection *c);

/* Connects c->fd within the deadline of c->wait, so that the next byte of either end is TLS. 0, or the exit code of c->f. */
int prelude_connect(struct connection *c);

/* No connection is made any more: wipes what only the proxy was to know. */
void prelude_end(const struct connection *c);

#endif
