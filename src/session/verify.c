/* SPDX-License-Identifier: MIT */
/* Which name the peer must have, and what to do when its certificate does not verify. */
#include <stdio.h>
#include <string.h>

#include <openssl/x509v3.h>

#include "net/addr.h"
#include "session/pin.h"
#include "session/verify.h"

/* The last dot of "example.org." is for the resolver: certificates and SNI (RFC 6066 section 3) are without. */
static void copy_name(char *out, const char *name, const char *end_chars)
{
	size_t len = strcspn(name, end_chars);

	if (len >= NET_HOST_LEN)
		len = NET_HOST_LEN - 1;
	memcpy(out, name, len);
	if (len && out[len - 1] == '.')
		len--;
	out[len] = '\0';
}

static int expect_name(SSL *ssl, const char *name, struct cli_failure *f)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
	char plain[NET_HOST_LEN];
	int ok;

	/* A zone ("%eth0") is this machine's affair. */
	copy_name(plain, name, net_is_ip(name) ? "%" : "");
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	ok = net_is_ip(name) ? X509_VERIFY_PARAM_set1_ip_asc(param, plain) : X509_VERIFY_PARAM_set1_host(param, plain, 0);
	return ok ? 0 : cli_fail(f, CLI_USAGE, "'%s' is no name that a certificate can have", name);
}

int session_expect_peer(SSL *ssl, const struct session_opts *opts, const char *host, struct cli_failure *f)
{
	const char *sni = opts->servername ? opts->servername : host;
	char plain[NET_HOST_LEN];

	copy_name(plain, sni, "");
	/* A Unix socket has no host. */
	if (*sni && !opts->no_sni && !net_is_ip(sni) && !SSL_set_tlsext_host_name(ssl, plain))
		return cli_fail(f, CLI_USAGE, "'%s' is no name that can be sent as server name", sni);
	if (opts->verify_ip && expect_name(ssl, opts->verify_ip, f))
		return f->code;
	if (opts->verify_host)
		return expect_name(ssl, opts->verify_host, f);
	return opts->verify_ip ? 0 : expect_name(ssl, sni, f);
}

/* The first names of the certificate, so that the user sees whose it is. */
static void list_names(X509 *cert, char *out, size_t len)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	size_t used = 0;

	out[0] = '\0';
	for (int i = 0; i < sk_GENERAL_NAME_num(names) && used + 1 < len; i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type != GEN_DNS)
			continue;
		snprintf(out + used, len - used, "%s%.*s", used ? ", " : "", ASN1_STRING_length(name->d.dNSName),
			 (const char *)ASN1_STRING_get0_data(name->d.dNSName));
		used += strlen(out + used);
	}
	GENERAL_NAMES_free(names);
	/* The peer wrote them: nothing a terminal would act upon. */
	for (char *p = out; *p; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p > '~')
			*p = '?';
}

static int fail_name(SSL *ssl, const char *where, const char *what, struct cli_failure *f)
{
	/* Of a certificate that does not verify libssl 3.0 keeps the chain alone. */
	X509 *cert = sk_X509_value(SSL_get_peer_cert_chain(ssl), 0);
	char names[SESSION_TEXT_LEN] = "";

	if (cert)
		list_names(cert, names, sizeof(names));
	return cli_fail(f, CLI_CERT, "%s: certificate not verified: %s; it names %s (--verify-host NAME if that is right)", where,
			what, names[0] ? names : "no host");
}

/* Whoever trusts this peer nevertheless needs its pin. */
static int fail_pin(SSL *ssl, const char *where, struct cli_failure *f)
{
	/* Whatever came of it, libssl keeps the chain that it built; the peer's own certificate comes first. */
	X509 *cert = sk_X509_value(SSL_get0_verified_chain(ssl), 0);
	char pin[SESSION_PIN_LEN] = "unknown";

	if (cert)
		session_pin_of(cert, pin);
	return cli_fail(f, CLI_CERT, "%s: the peer's public key is none of --pin: its own is %s", where, pin);
}

static const struct {
	long error;
	const char *advice;
} advices[] = {
	{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "use --cafile FILE to trust its issuer" },
	{ X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, "use --cafile FILE to trust its issuer" },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, "use --cafile FILE to trust its issuer" },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, "use --cafile FILE to trust its issuer" },
	{ X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, "use --cafile FILE to trust its issuer" },
	{ X509_V_ERR_CERT_HAS_EXPIRED, "it must be renewed, unless this machine's clock is wrong" },
	{ X509_V_ERR_CERT_NOT_YET_VALID, "is this machine's clock right?" },
	{ X509_V_ERR_INVALID_PURPOSE, "its extended key usage does not allow this role" },
};

int session_fail_certificate(SSL *ssl, const char *where, struct cli_failure *f)
{
	const long error = SSL_get_verify_result(ssl);
	const char *what = X509_verify_cert_error_string(error);

	if (error == X509_V_ERR_APPLICATION_VERIFICATION)
		return fail_pin(ssl, where, f);
	if (error == X509_V_ERR_HOSTNAME_MISMATCH || error == X509_V_ERR_IP_ADDRESS_MISMATCH)
		return fail_name(ssl, where, what, f);
	for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]); i++)
		if (advices[i].error == error)
			return cli_fail(f, CLI_CERT, "%s: certificate not verified: %s (%s)", where, what, advices[i].advice);
	return cli_fail(f, CLI_CERT, "%s: certificate not verified: %s", where, what);
}
