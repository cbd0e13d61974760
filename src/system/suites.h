/* SPDX-License-Identifier: MIT */
/* Which ciphers libssl can negotiate, asked from libssl. */
#ifndef SYSTEM_SUITES_H
#define SYSTEM_SUITES_H

#include <stdbool.h>

/* The version that runs: "OpenSSL 3.0.17 1 Jul 2025"; static. */
const char *suites_library(void);

/*
 * Whether libssl has a suite with the cipher @id (as ktls_cipher_info has it) for TLS 1.2, and for 1.3, whatever the
 * default list leaves out. 0 or -ENOMEM.
 */
int suites_have(const char *id, bool *tls12, bool *tls13);

#endif
