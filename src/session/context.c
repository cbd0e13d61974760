/* SPDX-License-Identifier: MIT */
/* Options into an SSL_CTX. */
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#include "session/alpn.h"
#include "session/context.h"
#include "session/identity.h"
#include "session/keylog.h"
#include "session/pin.h"
#include "session/psk.h"
#include "session/source.h"
#include "session/tickets.h"
#include "session/trust.h"

/* The TLS 1.2 suites whose records libktls carries: ephemeral keys, AEAD. */
static const char default_ciphers[] =
	"ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDHE-ECDSA-AES128-CCM:DHE-RSA-AES128-CCM:!aDSS:!aNULL";

static int set_versions(SSL_CTX *ctx, const struct session_opts *opts, struct cli_failure *f)
{
	const int min = opts->tls_min ? opts->tls_min : TLS1_2_VERSION;

	if (!SSL_CTX_set_min_proto_version(ctx, min) || !SSL_CTX_set_max_proto_version(ctx, opts->tls_max))
		return cli_fail(f, CLI_USAGE, "this libssl does not have the TLS versions asked for: %s", session_reason());
	return 0;
}

/* Those of TLS 1.3, with the hash that a PSK has unless somebody says otherwise in front. */
static const char psk_ciphersuites[] = "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384";

/* A server with both takes clients of both kinds. */
static bool set_psk_ciphers(SSL_CTX *ctx, const struct session_opts *opts)
{
	char list[sizeof(default_ciphers) + SESSION_TEXT_LEN];

	snprintf(list, sizeof(list), "%s%s%s", session_psk_ciphers, opts->cert ? ":" : "", opts->cert ? default_ciphers : "");
	/* Or a server has no suites with DHE. */
	SSL_CTX_set_dh_auto(ctx, 1);
	return (opts->ciphersuites || SSL_CTX_set_ciphersuites(ctx, psk_ciphersuites)) &&
	       (opts->ciphers || SSL_CTX_set_cipher_list(ctx, list));
}

static int set_ciphers(SSL_CTX *ctx, const struct session_opts *opts, struct cli_failure *f)
{
	if (!SSL_CTX_set_cipher_list(ctx, opts->ciphers ? opts->ciphers : default_ciphers))
		return cli_fail(f, CLI_USAGE, "--ciphers: '%s' names no cipher that this libssl has (see openssl ciphers -v)",
				opts->ciphers);
	if ((opts->psk || opts->psk_file) && !set_psk_ciphers(ctx, opts))
		return cli_fail(f, CLI_IO, "no cipher with a PSK: %s", session_reason());
	if (opts->ciphersuites && !SSL_CTX_set_ciphersuites(ctx, opts->ciphersuites))
		return cli_fail(f, CLI_USAGE, "--ciphersuites: '%s' names no TLS 1.3 cipher suite that this libssl has",
				opts->ciphersuites);
	return 0;
}

static int set_lists(SSL_CTX *ctx, const struct session_opts *opts, struct cli_failure *f)
{
	if (opts->groups && !SSL_CTX_set1_groups_list(ctx, opts->groups))
		return cli_fail(f, CLI_USAGE, "--groups: '%s' has a group that this libssl does not know (X25519, P-256, ffdhe2048 …)",
				opts->groups);
	if (opts->sigalgs && !SSL_CTX_set1_sigalgs_list(ctx, opts->sigalgs))
		return cli_fail(f, CLI_USAGE, "--sigalgs: '%s' has a signature algorithm that this libssl does not know "
				"(ed25519, ECDSA+SHA256, RSA-PSS+SHA256 …)", opts->sigalgs);
	return 0;
}

static int trust_folder(SSL_CTX *ctx, const char *path, struct cli_failure *f)
{
	const int ret = session_trust_folder(SSL_CTX_get_cert_store(ctx), path);

	return ret ? cli_fail(f, CLI_IO, "%s: %s", path, strerror(-ret)) : 0;
}

static int trust_system(SSL_CTX *ctx, struct cli_failure *f)
{
	if (!SSL_CTX_set_default_verify_file(ctx) || session_trust_default_folders(SSL_CTX_get_cert_store(ctx)))
		return cli_fail(f, CLI_IO, "the system's CA certificates: %s", session_reason());
	ERR_clear_error();
	return 0;
}

int session_set_trust(SSL_CTX *ctx, const struct session_opts *opts, struct cli_failure *f)
{
	if (opts->cafile && session_check_file(opts->cafile, false, f))
		return f->code;
	if (opts->capath && session_check_file(opts->capath, true, f))
		return f->code;
	if (opts->cafile && !SSL_CTX_load_verify_file(ctx, opts->cafile))
		return cli_fail(f, CLI_IO, "%s: no CA certificate found in it: %s", opts->cafile, session_reason());
	if (opts->capath && trust_folder(ctx, opts->capath, f))
		return f->code;
	if (!opts->cafile && !opts->capath && trust_system(ctx, f))
		return f->code;
	SSL_CTX_set_verify(ctx, opts->insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
	return 0;
}

/* --insecure of a server: the certificate is asked for and shown, whoever issued it. */
static int take_any(int ok, X509_STORE_CTX *store)
{
	(void)ok;
	(void)store;
	return 1;
}

/* A server's view: the names of the CAs go to the client, so that it can choose among its certificates. */
static int ask_clients(SSL_CTX *ctx, const struct session_opts *opts, struct cli_failure *f)
{
	const int must = opts->client_cert == SESSION_REQUIRE ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
	STACK_OF(X509_NAME) *names = NULL;

	if (session_set_trust(ctx, opts, f))
		return f->code;
	if (opts->cafile)
		names = SSL_load_client_CA_file(opts->cafile);
	if (names)
		SSL_CTX_set_client_CA_list(ctx, names);
	ERR_clear_error();
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | must, opts->insecure ? take_any : NULL);
	return 0;
}

static int set_peer(SSL_CTX *ctx, const struct session_opts *opts, bool is_server, struct session_psk *psk,
		    struct cli_failure *f)
{
	if (psk->len)
		session_psk_set(ctx, psk, is_server);
	/* The key stands for the certificate. */
	if (!is_server && psk->len)
		return 0;
	if (!is_server)
		return session_set_trust(ctx, opts, f);
	return opts->client_cert == SESSION_ASK_NOBODY ? 0 : ask_clients(ctx, opts, f);
}

static int configure(SSL_CTX *ctx, const struct session_opts *opts, bool is_server, struct session_psk *psk,
		     struct cli_failure *f)
{
	int ret = set_versions(ctx, opts, f);

	if (!ret)
		ret = set_ciphers(ctx, opts, f);
	if (!ret)
		ret = set_lists(ctx, opts, f);
	if (!ret && opts->alpn)
		ret = session_set_alpn(ctx, opts->alpn, is_server, f);
	if (!ret)
		ret = set_peer(ctx, opts, is_server, psk, f);
	if (!ret && opts->pins)
		ret = session_set_pins(ctx, opts, f);
	if (!ret && opts->cert)
		ret = session_set_identity(ctx, opts, f);
	if (!ret)
		ret = session_set_tickets(ctx, opts, is_server, f);
	if (ret)
		return ret;
	if (opts->keylog)
		session_keylog_listen(ctx);
	if (ktls_handshake_setup(ctx))
		return cli_fail(f, CLI_IO, "out of memory");
	return 0;
}

int session_context_new(SSL_CTX **out, const struct session_opts *opts, bool is_server, struct session_psk *psk,
			struct cli_failure *f)
{
	SSL_CTX *ctx = SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method());
	int ret;

	if (!ctx)
		return cli_fail(f, CLI_IO, "libssl: %s", session_reason());
	ret = configure(ctx, opts, is_server, psk, f);
	if (ret) {
		SSL_CTX_free(ctx);
		return ret;
	}
	*out = ctx;
	return 0;
}
