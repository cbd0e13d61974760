/* SPDX-License-Identifier: MIT */
/* Numbers of the TLS record and handshake layers (RFC 8446, RFC 5246) and their names. */
#ifndef KTLS_TLS_PROTOCOL_H
#define KTLS_TLS_PROTOCOL_H

#include <stdint.h>

enum {
	TLS_1_2 = 0x0303,
	TLS_1_3 = 0x0304,
};

/* Content types, RFC 8446 section 5.1. */
enum {
	TLS_CT_CHANGE_CIPHER_SPEC = 20,
	TLS_CT_ALERT = 21,
	TLS_CT_HANDSHAKE = 22,
	TLS_CT_DATA = 23,
};

/* Handshake types that may follow the handshake, RFC 8446 section 4. */
enum {
	TLS_HS_HELLO_REQUEST = 0,
	TLS_HS_NEW_SESSION_TICKET = 4,
	TLS_HS_CERTIFICATE_REQUEST = 13,
	TLS_HS_KEY_UPDATE = 24,
};

/* Alert levels and the descriptions this library sends itself, RFC 8446 section 6. */
enum {
	TLS_ALERT_WARNING = 1,
	TLS_ALERT_FATAL = 2,

	TLS_ALERT_CLOSE_NOTIFY = 0,
	TLS_ALERT_UNEXPECTED_MESSAGE = 10,
	TLS_ALERT_BAD_RECORD_MAC = 20,
	TLS_ALERT_RECORD_OVERFLOW = 22,
	TLS_ALERT_DECODE_ERROR = 50,
	TLS_ALERT_INTERNAL_ERROR = 80,
	TLS_ALERT_USER_CANCELED = 90,
	TLS_ALERT_NO_RENEGOTIATION = 100,
};

enum {
	TLS_HEADER_LEN = 5,		/* content type, legacy version, length */
	TLS_MAX_PLAINTEXT = 16384,	/* RFC 8446 section 5.1 */
	TLS_MAX_CIPHERTEXT_13 = TLS_MAX_PLAINTEXT + 256,	/* RFC 8446 section 5.2 */
	TLS_MAX_CIPHERTEXT_12 = TLS_MAX_PLAINTEXT + 2048,	/* RFC 5246 section 6.2.3 */
	TLS_NONCE_LEN = 12,
	TLS_TAG_LEN = 16,
	TLS_EXPLICIT_NONCE_LEN = 8,	/* TLS 1.2 GCM and CCM, RFC 5288, RFC 6655 */
	TLS_MAX_KEY_LEN = 32,
	TLS_MAX_SECRET_LEN = 48,
};

/* "close_notify" and so on; "unknown" for numbers the registry does not have. */
const char *tls_alert_name(uint8_t description);

/* "TLS 1.2", "TLS 1.3" or "unknown". */
const char *tls_version_name(uint16_t version);

#endif
