/* SPDX-License-Identifier: MIT */
/* What a handshake negotiated, read from libssl while it is still there. */
#include <stdio.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/x509.h>

#include "cli/say.h"
#include "session/negotiated.h"

static void copy(char *out, size_t len, const char *text)
{
	snprintf(out, len, "%s", text ? text : "");
	cli_make_printable(out);
}

static void read_group(SSL *ssl, struct session_info *info)
{
	const int id = (int)SSL_get_negotiated_group(ssl);

	if (id == 0)
		return;
	copy(info->group, sizeof(info->group), SSL_group_to_name(ssl, id));
	/* libssl writes x25519 and x448 small. */
	if (info->group[0] == 'x')
		info->group[0] = 'X';
}

static void read_alpn(SSL *ssl, struct session_info *info)
{
	const unsigned char *name;
	unsigned len;

	SSL_get0_alpn_selected(ssl, &name, &len);
	snprintf(info->alpn, sizeof(info->alpn), "%.*s", (int)len, len ? (const char *)name : "");
	cli_make_printable(info->alpn);
}

static void read_subject(X509 *cert, struct session_info *info)
{
	BIO *mem = BIO_new(BIO_s_mem());
	int n;

	/* RFC 2253 escapes control characters and what is not ASCII. */
	if (mem && X509_NAME_print_ex(mem, X509_get_subject_name(cert), 0, XN_FLAG_RFC2253) >= 0) {
		n = BIO_read(mem, info->peer, sizeof(info->peer) - 1);
		info->peer[n > 0 ? n : 0] = '\0';
	}
	BIO_free(mem);
}

static void read_peer(SSL *ssl, struct session_info *info)
{
	X509 *cert = SSL_get1_peer_certificate(ssl);
	const long error = SSL_get_verify_result(ssl);

	if (!cert) {
		copy(info->not_verified, sizeof(info->not_verified), "no certificate");
		return;
	}
	read_subject(cert, info);
	X509_free(cert);
	info->verified = error == X509_V_OK;
	if (!info->verified)
		copy(info->not_verified, sizeof(info->not_verified), X509_verify_cert_error_string(error));
}

void session_read_negotiated(SSL *ssl, struct session_info *info)
{
	copy(info->version, sizeof(info->version), SSL_version(ssl) == TLS1_3_VERSION ? "TLS 1.3" : "TLS 1.2");
	copy(info->suite, sizeof(info->suite), SSL_CIPHER_standard_name(SSL_get_current_cipher(ssl)));
	copy(info->server_name, sizeof(info->server_name), SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name));
	read_group(ssl, info);
	read_alpn(ssl, info);
	info->resumed = SSL_session_reused(ssl);
	read_peer(ssl, info);
}

void session_read_psk(const struct session_psk *psk, SSL *ssl, struct session_info *info)
{
	copy(info->psk_identity, sizeof(info->psk_identity), psk->identity);
	/* libssl has one word for both. */
	if (SSL_version(ssl) == TLS1_3_VERSION)
		info->resumed = false;
	info->verified = true;
	info->not_verified[0] = '\0';
}
