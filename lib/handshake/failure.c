/* SPDX-License-Identifier: MIT */
/* Why a handshake failed, in an errno and in words. */
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/attr.h"
#include "handshake/state.h"
#include "tls/protocol.h"

enum {
	NAME_LEN = 96,		/* as much of a certificate's subject as a message shows */
};

/* libssl's reasons for which there are better words than its own. */
static const struct {
	int reason;
	const char *words;
} reasons[] = {
	{ SSL_R_HTTP_REQUEST, "the peer does not speak TLS (it sent a plain HTTP request)" },
	{ SSL_R_HTTPS_PROXY_REQUEST, "the peer does not speak TLS (it sent a plain HTTP CONNECT request)" },
	{ SSL_R_UNSUPPORTED_PROTOCOL, "no protocol version in common with the peer" },
	{ SSL_R_VERSION_TOO_LOW, "no protocol version in common with the peer: it offers only older ones" },
	{ SSL_R_VERSION_TOO_HIGH, "no protocol version in common with the peer: it offers only newer ones" },
	{ SSL_R_NO_PROTOCOLS_AVAILABLE, "no protocol version is enabled here" },
	{ SSL_R_NO_SHARED_CIPHER, "no cipher suite in common with the peer" },
	{ SSL_R_NO_CIPHERS_AVAILABLE, "no cipher suite is enabled here for the enabled protocol versions" },
	{ SSL_R_NO_SUITABLE_KEY_SHARE, "no key exchange group in common with the peer" },
	{ SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, "no signature algorithm in common with the peer" },
	{ SSL_R_NO_APPLICATION_PROTOCOL, "no application protocol (ALPN) in common with the peer" },
	{ SSL_R_BINDER_DOES_NOT_VERIFY, "the peer does not have the key of the PSK or session that it names" },
	{ SSL_R_PSK_IDENTITY_NOT_FOUND, "the peer names a PSK that is not known here" },
	{ SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, "the peer sent no certificate" },
};

/* The names are the peer's: control characters come out escaped. */
static void name_to_text(const X509_NAME *name, char text[NAME_LEN])
{
	BIO *bio = BIO_new(BIO_s_mem());
	int len = 0;

	if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB) > 0)
		len = BIO_read(bio, text, NAME_LEN - 1);
	text[len > 0 ? len : 0] = '\0';
	BIO_free(bio);
}

/* libssl keeps the chain as far as it was built, also if it did not verify; the peer's own certificate comes first. */
static int certificate_failure(struct ktls_handshake *hs)
{
	const char *why = X509_verify_cert_error_string(SSL_get_verify_result(hs->ssl));
	const STACK_OF(X509) *chain = SSL_get0_verified_chain(hs->ssl);
	char subject[NAME_LEN], issuer[NAME_LEN];
	const X509 *cert;

	if (!chain || sk_X509_num(chain) == 0)
		return errmsg_set(&hs->err, -EKEYREJECTED, "the peer's certificate did not verify: %s", why);
	cert = sk_X509_value(chain, 0);
	name_to_text(X509_get_subject_name(cert), subject);
	name_to_text(X509_get_issuer_name(cert), issuer);
	return errmsg_set(&hs->err, -EKEYREJECTED,
			  "the peer's certificate \"%s\" (issued by \"%s\") did not verify: %s", subject, issuer, why);
}

static int foreign_failure(struct ktls_handshake *hs)
{
	char text[TLS_HEADER_LEN + 1] = { 0 };

	for (size_t i = 0; i < TLS_HEADER_LEN; i++) {
		unsigned char c = hs->stream.foreign_head[i];

		text[i] = c < 0x80 && isprint(c) ? (char)c : '.';
	}
	if (hs->stream.known)
		return errmsg_set(&hs->err, -EPROTO, "the peer sent something that is no TLS record (it begins with \"%s\")", text);
	return errmsg_set(&hs->err, -EPROTO, "the peer does not speak TLS (what it sent begins with \"%s\")", text);
}

/* The earliest entry is the closest to the cause. */
static int protocol_failure(struct ktls_handshake *hs, unsigned long error)
{
	int reason = ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) : 0;
	int alert = reason - SSL_AD_REASON_OFFSET;
	const char *text = ERR_reason_error_string(error);

	if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED)
		return certificate_failure(hs);
	if (alert >= 0 && alert <= UINT8_MAX)
		return errmsg_set(&hs->err, -EPROTO, "peer sent alert %s (%d)", tls_alert_name((uint8_t)alert), alert);
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if (reasons[i].reason == reason)
			return errmsg_set(&hs->err, -EPROTO, "%s", reasons[i].words);
	if (hs->stream.foreign)
		return foreign_failure(hs);
	return errmsg_set(&hs->err, -EPROTO, "libssl: %s", text ? text : "no reason was given");
}

static int socket_failure(struct ktls_handshake *hs)
{
	int err = hs->stream.rx_err ? hs->stream.rx_err : hs->stream.tx_err;

	if (err)
		return errmsg_set(&hs->err, err, "the connection broke during the handshake: %s", strerror(-err));
	if (!hs->stream.eof)
		return protocol_failure(hs, hs->early_error);
	return errmsg_set(&hs->err, -ECONNRESET, "the peer closed the connection during the handshake");
}

/* Bad luck only, and no message: the handshake can go on. */
static int wait_for(struct ktls_handshake *hs, short events, int err)
{
	hs->events = events;
	return err == -EINTR ? -EINTR : -EAGAIN;
}

int handshake_failure(struct ktls_handshake *hs, int ssl_error)
{
	unsigned long error = ERR_peek_error();

	switch (ssl_error) {
	case SSL_ERROR_WANT_READ:
		return wait_for(hs, POLLIN, hs->stream.rx_err);
	case SSL_ERROR_WANT_WRITE:
		return wait_for(hs, POLLOUT, hs->stream.tx_err);
	case SSL_ERROR_SYSCALL:
		return hs->dead = socket_failure(hs);
	case SSL_ERROR_SSL:
		/* What 3.x makes of a FIN where a record should be. */
		if (ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
			return hs->dead = socket_failure(hs);
		return hs->dead = protocol_failure(hs, error);
	default:
		return hs->dead = errmsg_set(&hs->err, -EPROTO,
					     "libssl stopped in an application callback (SSL error %d)", ssl_error);
	}
}
