/* SPDX-License-Identifier: MIT */
/* The same TLS for every carrier: one certificate, or one server's, one version, one cipher, one record size. */
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "ktls-bench/tls.h"
#include "session/context.h"
#include "session/verify.h"

/* Our own certificate has an ECDSA key; that of somebody else may have any. */
static const struct {
	const char *id, *suite13, *cipher12, *foreign12;
} ciphers[] = {
	{ "aes-128-gcm", "TLS_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256",
	  "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256" },
	{ "aes-256-gcm", "TLS_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384",
	  "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384" },
	{ "chacha20-poly1305", "TLS_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305",
	  "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305" },
	{ "aes-128-ccm", "TLS_AES_128_CCM_SHA256", "ECDHE-ECDSA-AES128-CCM", "ECDHE-ECDSA-AES128-CCM:DHE-RSA-AES128-CCM" },
};

static size_t cipher_index(const char *id)
{
	size_t i = 0;

	while (i < sizeof(ciphers) / sizeof(ciphers[0]) && strcmp(ciphers[i].id, id) != 0)
		i++;
	return i;
}

bool bench_cipher_known(const char *cipher)
{
	return cipher_index(cipher) < sizeof(ciphers) / sizeof(ciphers[0]);
}

const char *bench_tls_reason(void)
{
	const char *text = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return text ? text : "unknown reason";
}

static bool name_it(X509 *cert)
{
	X509_NAME *name = X509_get_subject_name(cert);
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "DNS:localhost");
	const bool ok = ext && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1, 0) &&
			X509_set_issuer_name(cert, name) && X509_add_ext(cert, ext, -1);

	X509_EXTENSION_free(ext);
	return ok;
}

int bench_tls_make(struct bench_tls *tls, struct cli_failure *f)
{
	tls->key = EVP_EC_gen("P-256");
	tls->cert = X509_new();
	if (!tls->key || !tls->cert || !X509_set_version(tls->cert, X509_VERSION_3) ||
	    !ASN1_INTEGER_set(X509_get_serialNumber(tls->cert), 1) || !X509_gmtime_adj(X509_getm_notBefore(tls->cert), -3600) ||
	    !X509_gmtime_adj(X509_getm_notAfter(tls->cert), 86400) || !X509_set_pubkey(tls->cert, tls->key) || !name_it(tls->cert) ||
	    !X509_sign(tls->cert, tls->key, EVP_sha256()))
		return cli_fail(f, CLI_HANDSHAKE, "cannot make a certificate: %s", bench_tls_reason());
	return 0;
}

bool bench_tls_certificate(const struct bench_tls *tls, char *pem, size_t size)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	long len = 0;
	bool ok;

	if (bio && PEM_write_bio_X509(bio, tls->cert))
		len = BIO_get_mem_data(bio, &text);
	ok = len > 0 && (size_t)len < size;
	if (ok) {
		memcpy(pem, text, (size_t)len);
		pem[len] = '\0';
	}
	BIO_free(bio);
	return ok;
}

int bench_tls_trust(struct bench_tls *tls, const char *pem, struct cli_failure *f)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);

	tls->cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	BIO_free(bio);
	if (!tls->cert)
		return cli_fail(f, CLI_HANDSHAKE, "the server's certificate: %s", bench_tls_reason());
	return 0;
}

void bench_tls_free(struct bench_tls *tls)
{
	X509_free(tls->cert);
	EVP_PKEY_free(tls->key);
	tls->cert = NULL;
	tls->key = NULL;
}

void bench_tls_offer(const struct bench_tls *tls, struct session_opts *opts)
{
	const size_t i = cipher_index(tls->cipher);

	opts->tls_min = opts->tls_max = tls->version;
	opts->ciphersuites = ciphers[i].suite13;
	opts->ciphers = ciphers[i].foreign12;
}

/* Whose certificate a client takes. */
static bool set_trust(SSL_CTX *ctx, const struct bench_tls *tls)
{
	struct cli_failure f = { 0 };

	if (tls->trust)
		return session_set_trust(ctx, tls->trust, &f) == 0;
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	/* It is this very certificate that is trusted; the clocks of two machines may differ. */
	X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(ctx), X509_V_FLAG_NO_CHECK_TIME);
	return X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), tls->cert);
}

static bool configure(SSL_CTX *ctx, const struct bench_tls *tls, bool is_server)
{
	const size_t i = cipher_index(tls->cipher);

	/* Tickets would be records of one end that the other did not ask for. */
	return SSL_CTX_set_min_proto_version(ctx, tls->version) && SSL_CTX_set_max_proto_version(ctx, tls->version) &&
	       (tls->version == TLS1_3_VERSION ? SSL_CTX_set_ciphersuites(ctx, ciphers[i].suite13) :
						 SSL_CTX_set_cipher_list(ctx, tls->trust ? ciphers[i].foreign12 : ciphers[i].cipher12)) &&
	       SSL_CTX_set_num_tickets(ctx, 0) && SSL_CTX_set_max_send_fragment(ctx, tls->record) &&
	       (is_server ? SSL_CTX_use_certificate(ctx, tls->cert) && SSL_CTX_use_PrivateKey(ctx, tls->key) :
			    set_trust(ctx, tls));
}

SSL_CTX *bench_tls_context(const struct bench_tls *tls, bool is_server)
{
	SSL_CTX *ctx = SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method());

	if (!ctx)
		return NULL;
	/* Whatever openssl.cnf says: a carrier that is not asked to use the kernel does not. */
	SSL_CTX_clear_options(ctx, SSL_OP_ENABLE_KTLS);
	if (configure(ctx, tls, is_server))
		return ctx;
	SSL_CTX_free(ctx);
	return NULL;
}

/* The name that the server must have. */
static bool expect_server(SSL *ssl, const struct bench_tls *tls)
{
	struct cli_failure f = { 0 };

	return tls->trust ? session_expect_peer(ssl, tls->trust, tls->host, &f) == 0 : SSL_set1_host(ssl, "localhost");
}

SSL *bench_tls_connection(const struct bench_tls *tls, SSL_CTX *ctx, int fd, bool is_server, SSL_SESSION *session)
{
	SSL *ssl = SSL_new(ctx);

	if (!ssl)
		return NULL;
	if (is_server)
		SSL_set_accept_state(ssl);
	else
		SSL_set_connect_state(ssl);
	if ((is_server || expect_server(ssl, tls)) && (fd < 0 || SSL_set_fd(ssl, fd)) && (!session || SSL_set_session(ssl, session)))
		return ssl;
	SSL_free(ssl);
	return NULL;
}

void bench_tls_drop(SSL *ssl)
{
	/* libssl takes a session for a broken one when its connection ends otherwise. */
	if (ssl)
		SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(ssl);
}
