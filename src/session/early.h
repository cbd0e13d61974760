/* SPDX-License-Identifier: MIT */
/* Early data: what a client sends, and a server receives, before the handshake is over. */
#ifndef SESSION_EARLY_H
#define SESSION_EARLY_H

#include <stddef.h>
#include <stdint.h>

#include "cli/failure.h"

struct session;
struct session_opts;
struct session_place;

/* A client's: what is to be sent. A server's: what was received. */
struct session_early {
	uint8_t *data;
	size_t len, cap;
	size_t done;		/* client: taken by the server */
};

/* Reads the file that a client sends early. 0, or the exit code of @f. */
int session_early_load(struct session_early *e, const struct session_opts *opts, struct cli_failure *f);

/* The client's side, before the first step of the handshake. 0, or the exit code of @f. */
int session_early_send(struct session *s, const struct session_place *at, struct cli_failure *f);

/* The server's. */
int session_early_receive(struct session *s, const struct session_place *at, struct cli_failure *f);

/* What became of it, when the handshake is over. */
void session_early_note(struct session *s);

/* Wipes and frees. */
void session_early_free(struct session_early *e);

#endif
