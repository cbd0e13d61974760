/* SPDX-License-Identifier: MIT */
/* Traffic secrets of TLS 1.3, caught from libssl's key log. */
#ifndef KTLS_HANDSHAKE_SECRETS_H
#define KTLS_HANDSHAKE_SECRETS_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "base/secret.h"
#include "tls/keys.h"

enum {
	KEYLOG_RANDOM_LEN = 32,
};

/* A first application traffic secret out of a key-log line. */
struct keylog_secret {
	bool is_server;		/* whose sending it protects */
	struct tls_secret secret;
};

/*
 * Reads one line (no newline) of the format SSLKEYLOGFILE. True and *@out only for "CLIENT_TRAFFIC_SECRET_0" or
 * "SERVER_TRAFFIC_SECRET_0", the connection's own client random, and a secret of 32 or 48 bytes; nothing may follow it.
 */
bool keylog_parse(const char *line, const uint8_t client_random[KEYLOG_RANDOM_LEN], struct keylog_secret *out);

/* Puts our callback in front of the one that @ctx has. -ENOMEM. */
int secrets_setup(SSL_CTX *ctx);

/* For the handshakes of @ctx and what becomes of them; it lives on until the last of them is gone. After secrets_setup() only. */
struct secret_pool *secrets_pool(const SSL_CTX *ctx);

/* Whether secrets_setup() was called on @ctx. */
bool secrets_are_set_up(const SSL_CTX *ctx);

/* For the registry: releases what secrets_setup() attached to an SSL_CTX. */
void keylog_chain_free(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int index, long argl, void *argp);

#endif
