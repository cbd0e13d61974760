/* SPDX-License-Identifier: MIT */
/*
 * A client's sessions in files, in the PEM that openssl's programs read and write. Behind the session stand the certificates that
 * the server sent with its own: a session has that one alone, which without them would verify only here and there.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "session/pin.h"
#include "session/resume.h"
#include "session/source.h"

/* --- reading -------------------------------------------------------------- */

/* Whoever has the session can be taken for this client, or for its server. */
static bool others_can_read(BIO *bio)
{
	struct stat st;
	FILE *file;

	return BIO_get_fp(bio, &file) > 0 && fstat(fileno(file), &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & (S_IRGRP | S_IROTH));
}

static int read_issuers(struct session_resume *r, BIO *bio, struct cli_failure *f)
{
	X509 *cert;

	r->issuers = sk_X509_new_null();
	while (r->issuers && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)))
		if (sk_X509_push(r->issuers, cert) <= 0) {
			X509_free(cert);
			break;
		}
	ERR_clear_error();
	return r->issuers ? 0 : cli_fail(f, CLI_IO, "out of memory");
}

static int read_file(struct session_resume *r, const char *path, struct session_info *info, struct cli_failure *f)
{
	BIO *bio;

	if (session_check_file(path, false, f))
		return f->code;
	bio = BIO_new_file(path, "r");
	if (!bio)
		return cli_fail(f, CLI_IO, "%s: %s", path, session_reason());
	info->session_exposed = others_can_read(bio);
	r->offered = PEM_read_bio_SSL_SESSION(bio, NULL, NULL, NULL);
	ERR_clear_error();
	if (r->offered)
		read_issuers(r, bio, f);
	else
		cli_fail(f, CLI_IO, "%s: there is no TLS session in it (in PEM, as --sess-out writes it)", path);
	BIO_free(bio);
	return f->code;
}

/* --- what libssl does not look at ----------------------------------------- */

static void set_up_verification(X509_STORE_CTX *store, SSL *ssl)
{
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(store);

	X509_STORE_CTX_set_default(store, "ssl_server");
	X509_VERIFY_PARAM_set_auth_level(param, SSL_get_security_level(ssl));
	/* Names, and whatever else the connection asks for. */
	X509_VERIFY_PARAM_set1(param, SSL_get0_param(ssl));
}

/* As libssl would do it, had the server shown the certificate now. */
static long verify(const struct session_resume *r, SSL *ssl, X509 *cert)
{
	X509_STORE_CTX *store = X509_STORE_CTX_new();
	long result = X509_V_ERR_OUT_OF_MEM;

	if (store && X509_STORE_CTX_init(store, SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl)), cert, r->issuers)) {
		set_up_verification(store, ssl);
		result = X509_verify_cert(store) > 0 ? X509_V_OK : X509_STORE_CTX_get_error(store);
		/* It may have failed without saying why. */
		if (result == X509_V_OK && X509_STORE_CTX_get_error(store) != X509_V_OK)
			result = X509_STORE_CTX_get_error(store);
	}
	X509_STORE_CTX_free(store);
	ERR_clear_error();
	return result;
}

/*
 * A resumed session has its peer believed as it was when the session was made, with --insecure perhaps, or for another name. So it
 * is looked at as if it came now. NULL, or what is wrong.
 */
static const char *check_peer(struct session_resume *r, SSL *ssl, const struct session_opts *opts)
{
	X509 *cert = SSL_SESSION_get0_peer(r->offered);

	r->verify_result = cert ? verify(r, ssl, cert) : X509_V_ERR_UNSPECIFIED;
	if (!cert)
		return opts->insecure && !opts->pins ? NULL : "it has no certificate of the server";
	if (opts->pins && !session_has_pin(opts->pins, cert))
		return "the key of its server is none of --pin";
	if (r->verify_result != X509_V_OK && !opts->insecure)
		return X509_verify_cert_error_string(r->verify_result);
	return NULL;
}

static bool other_name(const SSL *ssl, const SSL_SESSION *session)
{
	const char *its = SSL_SESSION_get0_hostname(session), *ours = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	return its && (!ours || strcmp(its, ours) != 0);
}

static const char *why_not(struct session_resume *r, SSL *ssl, const struct session_opts *opts)
{
	if (!SSL_SESSION_is_resumable(r->offered))
		return "it has neither ticket nor ID";
	if (SSL_SESSION_get_time(r->offered) + SSL_SESSION_get_timeout(r->offered) < time(NULL))
		return "it has expired";
	if (other_name(ssl, r->offered))
		return "it is of a server of another name";
	return check_peer(r, ssl, opts);
}

int session_resume_load(struct session_resume *r, SSL *ssl, const struct session_opts *opts, struct session_info *info,
			struct cli_failure *f)
{
	const char *reason;

	if (read_file(r, opts->sess_in, info, f))
		return f->code;
	reason = why_not(r, ssl, opts);
	if (!reason && !SSL_set_session(ssl, r->offered))
		reason = session_reason();
	info->session_offered = !reason;
	if (reason) {
		snprintf(info->not_resumed, sizeof(info->not_resumed), "%s", reason);
		SSL_SESSION_free(r->offered);
		r->offered = NULL;
	}
	return 0;
}

/* --- writing -------------------------------------------------------------- */

int session_resume_open(struct session_resume *r, const struct session_opts *opts, struct cli_failure *f)
{
	const int ret = out_atomic_open(&r->out, opts->sess_out, 0600);

	if (ret)
		return cli_fail(f, CLI_IO, "%s: cannot write the session: %s", opts->sess_out,
				ret == -EEXIST ? "it is no regular file" : strerror(-ret));
	r->path = opts->sess_out;
	return 0;
}

/* In place of those of the file, if the server has shown its chain. */
static void keep_issuers(struct session_resume *r, SSL *ssl)
{
	STACK_OF(X509) *chain = SSL_get_peer_cert_chain(ssl);

	if (SSL_session_reused(ssl) || !chain)
		return;
	sk_X509_pop_free(r->issuers, X509_free);
	r->issuers = X509_chain_up_ref(chain);
	/* The first is the server's own. */
	if (sk_X509_num(r->issuers) > 0)
		X509_free(sk_X509_shift(r->issuers));
}

void session_resume_note(struct session_resume *r, SSL *ssl)
{
	if (r->offered && SSL_session_reused(ssl))
		SSL_set_verify_result(ssl, r->verify_result);
	if (!r->path)
		return;
	keep_issuers(r, ssl);
	r->first = SSL_get1_session(ssl);
}

/* TLS 1.2 has it all by the end of the handshake; in TLS 1.3 a session of later is one with a ticket (RFC 8446 section 4.6.1). */
static bool has_come(const struct session_resume *r, SSL *ssl, const SSL_SESSION *last)
{
	return last && SSL_SESSION_is_resumable(last) && (SSL_version(ssl) != TLS1_3_VERSION || last != r->first);
}

/* libssl keeps the name that was asked for only if the server says that it looked at it. */
static bool keep_name(SSL *ssl, SSL_SESSION *session)
{
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	return !name || SSL_SESSION_get0_hostname(session) || SSL_SESSION_set1_hostname(session, name);
}

static bool write_all(const struct session_resume *r, SSL *ssl, SSL_SESSION *session)
{
	if (!keep_name(ssl, session) || !PEM_write_SSL_SESSION(r->out.to, session))
		return false;
	for (int i = 0; i < sk_X509_num(r->issuers); i++)
		if (!PEM_write_X509(r->out.to, sk_X509_value(r->issuers, i)))
			return false;
	return true;
}

int session_resume_save(struct session_resume *r, SSL *ssl, struct cli_failure *f)
{
	SSL_SESSION *last = r->first ? SSL_get1_session(ssl) : NULL;
	int ret = 0;

	if (has_come(r, ssl, last))
		ret = write_all(r, ssl, last) ? out_atomic_commit(&r->out) : -EIO;
	SSL_SESSION_free(last);
	ERR_clear_error();
	return ret ? cli_fail(f, CLI_IO, "%s: cannot write the session: %s", r->path, strerror(-ret)) : 0;
}

void session_resume_free(struct session_resume *r)
{
	if (r->path)
		out_atomic_abandon(&r->out);
	SSL_SESSION_free(r->offered);
	SSL_SESSION_free(r->first);
	sk_X509_pop_free(r->issuers, X509_free);
}
