/* SPDX-License-Identifier: MIT */
/* The first bytes of every connection between two ktls-bench: who is there, and what the connection is for. */
#ifndef KTLS_BENCH_OPENING_H
#define KTLS_BENCH_OPENING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/wait.h"

enum {
	OPENING_LEN = 32,	/* bytes, in every version */
	OPENING_COOKIE_LEN = 16,
	OPENING_VERSION = 1,	/* of all that is said between the two */
};

enum opening_kind {
	OPENING_CONTROL = 1,	/* client: begins a session */
	OPENING_DATA = 2,	/* client: belongs to a measurement of a session */
	OPENING_WELCOME = 3,	/* server: the session may begin */
	OPENING_BUSY = 4,	/* server: another client is being served */
	OPENING_OTHER = 5,	/* server: another version is spoken here */
};

struct opening {
	uint16_t version;
	uint8_t kind;		/* enum opening_kind, or what a later version has */
	uint8_t index;		/* of a data connection of its measurement */
	uint32_t sample;	/* that the data connection belongs to: the client counts */
	unsigned char cookie[OPENING_COOKIE_LEN];	/* of the session: random, chosen by the client */
};

void opening_pack(const struct opening *o, unsigned char bytes[OPENING_LEN]);

/* False: it is none. */
bool opening_unpack(struct opening *o, const unsigned char bytes[OPENING_LEN]);

/* One that is on its way. Zero-initialised: nothing of it is here. */
struct opening_reader {
	unsigned char bytes[OPENING_LEN];
	size_t len;
};

/*
 * Reads what is here, without waiting. 1: complete; 0: there is more to come; -EPROTO: it is none; -ECONNRESET: no more comes; or another
 * negative errno.
 */
int opening_read(struct opening_reader *r, int fd, struct opening *o);

/* Waits for one, within the time of @w: 0 or negative errno, as above; -ETIMEDOUT, -EINTR. */
int opening_receive(int fd, struct cli_wait *w, struct opening *o);

/* @flags of send(2). 0 or negative errno. */
int opening_send(int fd, const struct opening *o, int flags);

#endif
