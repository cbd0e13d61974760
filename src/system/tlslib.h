/* SPDX-License-Identifier: MIT */
/* Which TLS implementations a program or a library has inside, told from the strings in its file. */
#ifndef SYSTEM_TLSLIB_H
#define SYSTEM_TLSLIB_H

#include <stdbool.h>
#include <stddef.h>

#include "system/sysroot.h"

enum tlslib_kind {
	TLSLIB_OPENSSL,
	TLSLIB_LIBRESSL,
	TLSLIB_BORINGSSL,
	TLSLIB_RUSTLS,
	TLSLIB_GO,
	TLSLIB_KINDS,
};

struct tlslib {
	bool has[TLSLIB_KINDS];
	char version[TLSLIB_KINDS][24];	/* "3.0.19"; "" if not told */
	bool openssl_refuses;		/* libssl that was built without kernel TLS: it says so when asked to sendfile */
	bool has_sendfile;		/* it has SSL_sendfile(), which came with kernel TLS in 3.0 */
};

/* Looks through the bytes of a file. */
void tlslib_scan(const void *data, size_t len, struct tlslib *t);

/* The same for a file of the system: adds to *@t. 0 or negative errno. */
int tlslib_scan_file(const char *path, struct tlslib *t);

/* "OpenSSL" and so on. */
const char *tlslib_name(enum tlslib_kind kind);

/* Whether an OpenSSL of this version can receive TLS 1.3 through the kernel, which 3.2 began: 1, 0, -1 not known. */
int tlslib_openssl_receives_13(const char *version);

#endif
