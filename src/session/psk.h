/* SPDX-License-Identifier: MIT */
/* A key that both ends had before (pre-shared key): RFC 8446 section 4.2.11 and, in TLS 1.2, RFC 4279. */
#ifndef SESSION_PSK_H
#define SESSION_PSK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "cli/failure.h"

struct session_opts;

enum {
	SESSION_PSK_MAX = 64,		/* bytes: what every implementation takes (RFC 4279 section 5.3) */
	SESSION_IDENTITY_LEN = 129,	/* likewise, with the NUL */
};

struct session_psk {
	uint8_t key[SESSION_PSK_MAX];
	size_t len;			/* 0: there is none */
	char identity[SESSION_IDENTITY_LEN];
	uint32_t max_early;		/* bytes of early data that go with it */
	const char *alpn;		/* as in struct session_opts */
	bool found;			/* a client named it */
};

/* Those of TLS 1.2 whose records libktls carries, each with keys that nobody can find out later. */
extern const char session_psk_ciphers[];

/* Reads the key that @opts names into @psk, which the caller wipes. 0, or the exit code of @f. */
int session_psk_read(struct session_psk *psk, const struct session_opts *opts, struct cli_failure *f);

/* Has the connections of @ctx use @psk, which must live as long. A client then takes no certificate in its place. */
void session_psk_set(SSL_CTX *ctx, struct session_psk *psk, bool is_server);

/* Whether the finished handshake of @ssl rests on @psk. */
bool session_psk_used(SSL *ssl, const struct session_psk *psk);

/* A copy of @hex, a word of the command line, which is overwritten: ps would show it. Never freed. */
const char *session_psk_hide(char *hex);

#endif
