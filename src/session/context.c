/* SPDX-License-Identifier: MIT */
/* Options into an SSL_CTX. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>

#include "session/context.h"

/* The TLS 1.2 suites whose records libktls carries: ephemeral keys, AEAD. */
static const char default_ciphers[] =
	"ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDHE-ECDSA-AES128-CCM:DHE-RSA-AES128-CCM:!aDSS:!aNULL:!PSK";

/* libssl's reason, and its queue emptied. */
static const char *reason(void)
{
	const char *text = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return text ? text : "unknown reason";
}

/* A file that cannot be opened is told apart from one with the wrong contents. */
static int check_file(const char *path, bool folder, struct cli_failure *f)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return cli_fail(f, CLI_IO, "%s: %s", path, strerror(errno));
	if (fstat(fd, &st) == 0 && folder != S_ISDIR(st.st_mode))
		cli_fail(f, CLI_IO, "%s: %s", path, strerror(folder ? ENOTDIR : EISDIR));
	close(fd);
	return f->code;
}

static int set_versions(SSL_CTX *ctx, const struct session_opts *opts, struct cli_failure *f)
{
	const int min = opts->tls_min ? opts->tls_min : TLS1_2_VERSION;

	if (!SSL_CTX_set_min_proto_version(ctx, min) || !SSL_CTX_set_max_proto_version(ctx, opts->tls_max))
		return cli_fail(f, CLI_USAGE, "this libssl does not have the TLS versions asked for: %s", reason());
	return 0;
}

static int set_ciphers(SSL_CTX *ctx, const struct session_opts *opts, struct cli_failure *f)
{
	if (!SSL_CTX_set_cipher_list(ctx, opts->ciphers ? opts->ciphers : default_ciphers))
		return cli_fail(f, CLI_USAGE, "--ciphers: '%s' names no cipher that this libssl has (see openssl ciphers -v)",
				opts->ciphers);
	if (opts->ciphersuites && !SSL_CTX_set_ciphersuites(ctx, opts->ciphersuites))
		return cli_fail(f, CLI_USAGE, "--ciphersuites: '%s' names no TLS 1.3 cipher suite that this libssl has",
				opts->ciphersuites);
	return 0;
}

int session_set_trust(SSL_CTX *ctx, const struct session_opts *opts, struct cli_failure *f)
{
	if (opts->cafile && check_file(opts->cafile, false, f))
		return f->code;
	if (opts->capath && check_file(opts->capath, true, f))
		return f->code;
	if (opts->cafile && !SSL_CTX_load_verify_file(ctx, opts->cafile))
		return cli_fail(f, CLI_IO, "%s: no CA certificate found in it: %s", opts->cafile, reason());
	if (opts->capath && !SSL_CTX_load_verify_dir(ctx, opts->capath))
		return cli_fail(f, CLI_IO, "%s: %s", opts->capath, reason());
	if (!opts->cafile && !opts->capath && !SSL_CTX_set_default_verify_paths(ctx))
		return cli_fail(f, CLI_IO, "the system's CA certificates: %s", reason());
	SSL_CTX_set_verify(ctx, opts->insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
	return 0;
}

/* libssl would ask on the terminal, or read the password from the data on standard input. */
static int no_password(char *buf, int size, int for_writing, void *arg)
{
	bool *asked = arg;

	(void)buf;
	(void)size;
	(void)for_writing;
	*asked = true;
	return -1;
}

static int load_key(SSL_CTX *ctx, const char *path, struct cli_failure *f)
{
	bool asked = false;
	int ok;

	SSL_CTX_set_default_passwd_cb(ctx, no_password);
	SSL_CTX_set_default_passwd_cb_userdata(ctx, &asked);
	ok = SSL_CTX_use_PrivateKey_file(ctx, path, SSL_FILETYPE_PEM);
	SSL_CTX_set_default_passwd_cb_userdata(ctx, NULL);
	SSL_CTX_set_default_passwd_cb(ctx, NULL);
	if (ok == 1)
		return 0;
	if (asked)
		return cli_fail(f, CLI_IO, "%s: the private key is encrypted (decrypt it with openssl pkey)", path);
	if (ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH)
		return cli_fail(f, CLI_IO, "%s: this private key does not belong to the certificate", path);
	return cli_fail(f, CLI_IO, "%s: no private key found in it: %s", path, reason());
}

static int set_identity(SSL_CTX *ctx, const struct session_opts *opts, struct cli_failure *f)
{
	const char *key = opts->key ? opts->key : opts->cert;

	if (!opts->cert)
		return 0;
	if (check_file(opts->cert, false, f) || check_file(key, false, f))
		return f->code;
	if (SSL_CTX_use_certificate_chain_file(ctx, opts->cert) != 1)
		return cli_fail(f, CLI_IO, "%s: no certificate found in it: %s", opts->cert, reason());
	return load_key(ctx, key, f);
}

static int configure(SSL_CTX *ctx, const struct session_opts *opts, bool is_server, struct cli_failure *f)
{
	int ret = set_versions(ctx, opts, f);

	if (!ret)
		ret = set_ciphers(ctx, opts, f);
	if (!ret && !is_server)
		ret = session_set_trust(ctx, opts, f);
	if (!ret)
		ret = set_identity(ctx, opts, f);
	if (ret)
		return ret;
	/* Each run is one connection: nothing would ever resume it. */
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
	SSL_CTX_set_num_tickets(ctx, 0);
	if (ktls_handshake_setup(ctx))
		return cli_fail(f, CLI_IO, "out of memory");
	return 0;
}

int session_context_new(SSL_CTX **out, const struct session_opts *opts, bool is_server, struct cli_failure *f)
{
	SSL_CTX *ctx = SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method());
	int ret;

	if (!ctx)
		return cli_fail(f, CLI_IO, "libssl: %s", reason());
	ret = configure(ctx, opts, is_server, f);
	if (ret) {
		SSL_CTX_free(ctx);
		return ret;
	}
	*out = ctx;
	return 0;
}
