/* SPDX-License-Identifier: MIT */
/* Names of the numbers that people meet. */
#include <stddef.h>

#include "base/attr.h"
#include "tls/protocol.h"

/* IANA's registry "TLS Alerts"; the names of withdrawn ones without their _RESERVED. */
static const struct {
	uint8_t description;
	const char *name;
} alerts[] = {
	{ TLS_ALERT_CLOSE_NOTIFY, "close_notify" },
	{ TLS_ALERT_UNEXPECTED_MESSAGE, "unexpected_message" },
	{ TLS_ALERT_BAD_RECORD_MAC, "bad_record_mac" },
	{ 21, "decryption_failed" },
	{ TLS_ALERT_RECORD_OVERFLOW, "record_overflow" },
	{ 30, "decompression_failure" },
	{ 40, "handshake_failure" },
	{ 41, "no_certificate" },
	{ 42, "bad_certificate" },
	{ 43, "unsupported_certificate" },
	{ 44, "certificate_revoked" },
	{ 45, "certificate_expired" },
	{ 46, "certificate_unknown" },
	{ 47, "illegal_parameter" },
	{ 48, "unknown_ca" },
	{ 49, "access_denied" },
	{ TLS_ALERT_DECODE_ERROR, "decode_error" },
	{ 51, "decrypt_error" },
	{ 52, "too_many_cids_requested" },
	{ 60, "export_restriction" },
	{ 70, "protocol_version" },
	{ 71, "insufficient_security" },
	{ TLS_ALERT_INTERNAL_ERROR, "internal_error" },
	{ 86, "inappropriate_fallback" },
	{ TLS_ALERT_USER_CANCELED, "user_canceled" },
	{ TLS_ALERT_NO_RENEGOTIATION, "no_renegotiation" },
	{ 109, "missing_extension" },
	{ 110, "unsupported_extension" },
	{ 111, "certificate_unobtainable" },
	{ 112, "unrecognized_name" },
	{ 113, "bad_certificate_status_response" },
	{ 114, "bad_certificate_hash_value" },
	{ 115, "unknown_psk_identity" },
	{ 116, "certificate_required" },
	{ 117, "general_error" },
	{ 120, "no_application_protocol" },
	{ 121, "ech_required" },
};

const char *tls_alert_name(uint8_t description)
{
	for (size_t i = 0; i < ARRAY_SIZE(alerts); i++)
		if (alerts[i].description == description)
			return alerts[i].name;
	return "unknown";
}

const char *tls_version_name(uint16_t version)
{
	switch (version) {
	case TLS_1_2:
		return "TLS 1.2";
	case TLS_1_3:
		return "TLS 1.3";
	default:
		return "unknown";
	}
}
