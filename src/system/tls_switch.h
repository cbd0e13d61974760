/* SPDX-License-Identifier: MIT */
/* The switches with which TLS libraries are told to use kernel TLS: openssl.cnf and GnuTLS's configuration. */
#ifndef SYSTEM_TLS_SWITCH_H
#define SYSTEM_TLS_SWITCH_H

#include <stddef.h>

#include "system/sysroot.h"

enum tls_switch_state {
	TLS_SWITCH_UNKNOWN,	/* there is a file, but it cannot be read or understood */
	TLS_SWITCH_ABSENT,	/* no file */
	TLS_SWITCH_UNSET,	/* a file that does not mention it */
	TLS_SWITCH_OFF,
	TLS_SWITCH_ON,
};

struct tls_switch {
	enum tls_switch_state state;
	char file[256];
	int err, line;		/* behind TLS_SWITCH_UNKNOWN: negative errno, and where in the file, 0 if not known */
};

/* "on", "off", "unset", "absent"; NULL for TLS_SWITCH_UNKNOWN. */
const char *tls_switch_name(enum tls_switch_state state);

/*
 * "Options = KTLS" in the section that openssl.cnf makes the default of every SSL_CTX. The file is @file; NULL: that of
 * OPENSSL_CONF, else libcrypto's own (in a recorded tree the first that distributions use).
 */
void tls_switch_openssl(const struct sysroot *root, const char *file, struct tls_switch *s);

/* "ktls = true" in section [global] of /etc/gnutls/config (GnuTLS 3.7.3). */
void tls_switch_gnutls(const struct sysroot *root, struct tls_switch *s);

/* The texts, each with a NUL behind its @len bytes. *@line: of a mistake. ON, OFF, UNSET or UNKNOWN. */
enum tls_switch_state tls_switch_parse_openssl(const char *text, size_t len, int *line);
enum tls_switch_state tls_switch_parse_gnutls(const char *text, int *line);

#endif
