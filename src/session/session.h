/* SPDX-License-Identifier: MIT */
/* From TLS options and a connected socket to a connection of libktls. */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include <stdbool.h>

#include <ktls/conn.h>

#include "cli/wait.h"

/* As people set them; NULL and 0 are the defaults. Strings are borrowed. */
struct session_opts {
	const char *cafile, *capath;	/* trust these, instead of the system's CAs */
	const char *servername;		/* for SNI */
	const char *verify_host;	/* name or IP address that the certificate must have */
	bool insecure;			/* go on with a certificate that does not verify */
	const char *cert, *key;		/* ours; the key may stand in the certificate's file */
	int tls_min, tls_max;		/* TLS1_2_VERSION, TLS1_3_VERSION */
	const char *ciphers;		/* TLS 1.2, as libssl writes the list */
	const char *ciphersuites;	/* TLS 1.3 */
	struct ktls_conn_opts conn;
};

enum {
	SESSION_TEXT_LEN = 256,
};

/* What was negotiated. "" where there is nothing to say. */
struct session_info {
	char version[16];		/* "TLS 1.3" */
	char suite[64];			/* "TLS_AES_128_GCM_SHA256", the registry's name in both versions */
	char group[32];			/* of the key exchange: "X25519", "secp256r1" */
	char server_name[SESSION_TEXT_LEN];	/* SNI, sent or received */
	char peer[SESSION_TEXT_LEN];	/* the subject of the peer's certificate, printable */
	bool verified;			/* the peer's certificate verified, name included */
	char not_verified[128];		/* why not */
};

struct session;

/*
 * Everything that can be wrong with the options is found here, before there is a connection. @host is what the user gave as
 * host: the name that is verified unless the options say otherwise. 0 and *@out, or the exit code of @f.
 */
int session_new(struct session **out, const struct session_opts *opts, bool is_server, const char *host,
		struct cli_failure *f);

/* Wipes and frees; the socket stays the caller's. @s may be NULL. */
void session_free(struct session *s);

/*
 * Shakes hands on the connected socket @fd within the deadline of @w, verifies the peer, and hands over. @where begins the
 * messages. 0, or the exit code of @f.
 */
int session_start(struct session *s, int fd, const char *where, struct cli_wait *w, struct cli_failure *f);

/* Valid after session_start(). */
struct ktls_conn *session_conn(struct session *s);

/* What was negotiated, as far as the handshake came. */
const struct session_info *session_info(const struct session *s);

#endif
