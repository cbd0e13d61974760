/* SPDX-License-Identifier: MIT */
/* From TLS options and a connected socket to a connection of libktls. */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include <stdbool.h>

#include <ktls/conn.h>

#include "cli/wait.h"
#include "session/chain.h"

/* What a server wants of its clients. */
enum session_client_cert {
	SESSION_ASK_NOBODY,
	SESSION_REQUEST,	/* take those without, but none with a certificate that does not verify */
	SESSION_REQUIRE,
};

/* As people set them; NULL and 0 are the defaults. Strings are borrowed. */
struct session_opts {
	const char *cafile, *capath;	/* trust these, instead of the system's CAs */
	const char *servername;		/* for SNI */
	bool no_sni;			/* send no server name; the host is verified all the same */
	const char *verify_host;	/* name or IP address that the certificate must have */
	const char *verify_ip;		/* IP address that the certificate must have */
	const char *pins;		/* public keys that the peer may have; see pin.h */
	bool insecure;			/* go on with a certificate that does not verify */
	enum session_client_cert client_cert;
	const char *cert, *key;		/* ours: files or URIs; the key may stand where the certificate does */
	const char *pass;		/* where the key's password is: "env:NAME"; see password.h */
	int tls_min, tls_max;		/* TLS1_2_VERSION, TLS1_3_VERSION */
	const char *ciphers;		/* TLS 1.2, as libssl writes the list */
	const char *ciphersuites;	/* TLS 1.3 */
	const char *groups, *sigalgs;	/* as libssl writes the lists */
	const char *alpn;		/* "h2,http/1.1", the best first */
	const char *keylog;		/* file that gets the secrets */
	const char *sess_in, *sess_out;	/* client: files with a session to resume, and for the last one */
	bool tickets;			/* server: what takes the connections lives on, so that clients can resume their sessions */
	const char *ticket_key;		/* server: file with a key for tickets; with it they are good for whoever has it */
	const char *psk, *psk_file;	/* pre-shared key: in hexadecimal, or where it is */
	const char *psk_identity;
	const char *early_data;		/* client: file that is sent early, or first of all */
	uint32_t max_early_data;	/* server: bytes taken; client: bytes sent early at most, 0: what the session allows */
	struct ktls_conn_opts conn;
};

enum {
	SESSION_EARLY_MAX = 16 * 1024 * 1024,	/* of opts->max_early_data, and of what is in opts->early_data */
	SESSION_TEXT_LEN = 256,
};

/* What became of early data. */
enum session_early_state {
	SESSION_EARLY_NONE,		/* there was none */
	SESSION_EARLY_ACCEPTED,
	SESSION_EARLY_REJECTED,		/* a client sends it again */
};

/* What was negotiated. "" where there is nothing to say. */
struct session_info {
	char version[16];		/* "TLS 1.3" */
	char suite[64];			/* "TLS_AES_128_GCM_SHA256", the registry's name in both versions */
	char group[32];			/* of the key exchange: "X25519", "secp256r1" */
	char server_name[SESSION_TEXT_LEN];	/* SNI, sent or received */
	char alpn[SESSION_TEXT_LEN];	/* the application protocol agreed upon, printable */
	char peer[SESSION_TEXT_LEN];	/* the subject of the peer's certificate, printable */
	bool verified;			/* the peer's certificate verified, name included */
	char not_verified[128];		/* why not */
	char psk_identity[SESSION_TEXT_LEN];	/* of the PSK that both ends have proved to have */
	bool resumed;			/* an earlier session */
	bool session_offered;		/* opts->sess_in was offered to the server */
	char not_resumed[SESSION_TEXT_LEN];	/* why opts->sess_in was not even offered */
	bool session_exposed;		/* others can read opts->sess_in */
	enum session_early_state early;
	char early_note[SESSION_TEXT_LEN];	/* why opts->early_data was not sent early */
	uint64_t early_bytes;		/* carried early */
	const struct session_chain *chain;	/* what the peer showed; NULL before it did. Lives as long as the session */
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

/*
 * Data that belongs before all that the connection carries: a client's, to be sent; a server's, that was received. NULL and 0 when
 * there is none. Valid as long as the session.
 */
const uint8_t *session_early_rest(const struct session *s, size_t *len);

/*
 * Once nothing more is received: writes opts->sess_out if a session has come, whatever became of the connection. 0, or the exit
 * code of @f.
 */
int session_save(struct session *s, struct cli_failure *f);

/* Valid after session_start(). */
struct ktls_conn *session_conn(struct session *s);

/* What was negotiated, as far as the handshake came. */
const struct session_info *session_info(const struct session *s);

#endif
