/* SPDX-License-Identifier: MIT */
/* What has to be registered with libcrypto once a process. */
#ifndef KTLS_HANDSHAKE_REGISTRY_H
#define KTLS_HANDSHAKE_REGISTRY_H

#include <openssl/ssl.h>

struct registry {
	BIO_METHOD *method;
	int ctx_index;		/* SSL_CTX: the key-log callback that stood there before ours, struct keylog_chain */
	int ssl_index;		/* SSL: struct ktls_handshake */
};

/* NULL when out of memory. */
const struct registry *registry_get(void);

#endif
