/* SPDX-License-Identifier: MIT */
/* The part of ktls-cat's command line that says who each end is, and how TLS is spoken. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cli/args.h"
#include "ktls-cat/options_tls.h"
#include "ktls-cat/values.h"
#include "net/addr.h"
#include "session/password.h"

/* Apart from the keys of the other tables: one argp parser has them all. */
enum {
	OPT_CAFILE = 0x200, OPT_CAPATH, OPT_SERVERNAME, OPT_VERIFY_HOST, OPT_INSECURE, OPT_CERT, OPT_KEY,
	OPT_TLS_MIN, OPT_TLS_MAX, OPT_CIPHERS, OPT_CIPHERSUITES, OPT_REKEY_AFTER, OPT_MAX_PAYLOAD,
	OPT_NO_SNI, OPT_ALPN, OPT_GROUPS, OPT_SIGALGS, OPT_PASS,
	OPT_REQUIRE_CERT, OPT_REQUEST_CERT, OPT_VERIFY_IP, OPT_PIN, OPT_KEYLOG,
};

enum {
	MAX_PAYLOAD = 16384,
};

static const struct argp_option option_table[] = {
	{ NULL, 0, NULL, 0, "Identity:", 2 },
	{ "cafile", OPT_CAFILE, "FILE", 0, "trust the CA certificates in FILE instead of the system's", 2 },
	{ "cacert", 0, NULL, OPTION_ALIAS, NULL, 2 },
	{ "capath", OPT_CAPATH, "DIR", 0, "trust the CA certificates in DIR, named by hash, instead of the system's", 2 },
	{ "servername", OPT_SERVERNAME, "NAME", 0, "ask the server for NAME (SNI; default: the host)", 2 },
	{ "no-sni", OPT_NO_SNI, NULL, 0, "send no server name", 2 },
	{ "verify-host", OPT_VERIFY_HOST, "NAME", 0,
	  "name or IP address that the certificate must have (default: that of --servername, else the host)", 2 },
	{ "verify-ip", OPT_VERIFY_IP, "ADDRESS", 0, "IP address that the certificate must have", 2 },
	{ "pin", OPT_PIN, "PINS", 0, "public keys that the peer may have: sha256//BASE64, with ';' between several", 2 },
	{ "insecure", OPT_INSECURE, NULL, 0, "go on when the certificate does not verify: anybody may be the peer", 2 },
	{ "require-client-cert", OPT_REQUIRE_CERT, NULL, 0, "listener: take only clients with a certificate of the CAs given", 2 },
	{ "request-client-cert", OPT_REQUEST_CERT, NULL, 0, "the same, but clients without any certificate are taken, too", 2 },
	{ "cert", OPT_CERT, "FILE", 0, "our certificate chain: PEM, PKCS#12, or a URI that libssl has a provider for", 2 },
	{ "key", OPT_KEY, "FILE", 0, "our private key, likewise (default: where the certificate is)", 2 },
	{ "pass", OPT_PASS, "SOURCE", 0, "password of the key or PKCS#12 file: env:NAME, file:FILE, fd:NUMBER or pass:TEXT", 2 },
	{ NULL, 0, NULL, 0, "Protocol:", 3 },
	{ "tls-min", OPT_TLS_MIN, "1.2|1.3", 0, "lowest TLS version (default 1.2)", 3 },
	{ "tls-max", OPT_TLS_MAX, "1.2|1.3", 0, "highest TLS version (default 1.3)", 3 },
	{ "ciphers", OPT_CIPHERS, "LIST", 0, "TLS 1.2 ciphers, as in ciphers(1)", 3 },
	{ "ciphersuites", OPT_CIPHERSUITES, "LIST", 0, "TLS 1.3 cipher suites, separated by colons", 3 },
	{ "groups", OPT_GROUPS, "LIST", 0, "groups for the key exchange, separated by colons: X25519:P-256", 3 },
	{ "curves", 0, NULL, OPTION_ALIAS, NULL, 3 },
	{ "sigalgs", OPT_SIGALGS, "LIST", 0,
	  "signatures taken from the peer and made, separated by colons: ed25519:RSA-PSS+SHA256", 3 },
	{ "alpn", OPT_ALPN, "LIST", 0, "application protocols, separated by commas, the best first: h2,http/1.1", 3 },
	{ "keylog", OPT_KEYLOG, "FILE", 0, "append the secrets to FILE, for Wireshark (default: $SSLKEYLOGFILE, if set)", 3 },
	{ "rekey-after", OPT_REKEY_AFTER, "BYTES", 0,
	  "TLS 1.3: change the sending key after about so many bytes (k, M, G: powers of 1024)", 3 },
	{ "max-payload", OPT_MAX_PAYLOAD, "BYTES", 0, "most data in one record sent, 1 to 16384 (default 16384)", 3 },
	{ 0 },
};

static int choose_version(const char *option, const char *arg)
{
	if (strcmp(arg, "1.2") == 0)
		return TLS1_2_VERSION;
	if (strcmp(arg, "1.3") == 0)
		return TLS1_3_VERSION;
	cli_usage_error("--%s: '%s' is neither 1.2 nor 1.3", option, arg);
}

/* Options that are words for the session as they come. */
static const struct {
	int key;
	const char *name;
	size_t offset;			/* in struct session_opts */
	bool client_only;
} words[] = {
	{ OPT_CAFILE, "--cafile", offsetof(struct session_opts, cafile), false },
	{ OPT_CAPATH, "--capath", offsetof(struct session_opts, capath), false },
	{ OPT_SERVERNAME, "--servername", offsetof(struct session_opts, servername), true },
	{ OPT_VERIFY_HOST, "--verify-host", offsetof(struct session_opts, verify_host), true },
	{ OPT_VERIFY_IP, "--verify-ip", offsetof(struct session_opts, verify_ip), true },
	{ OPT_PIN, "--pin", offsetof(struct session_opts, pins), false },
	{ OPT_CERT, "--cert", offsetof(struct session_opts, cert), false },
	{ OPT_KEY, "--key", offsetof(struct session_opts, key), false },
	{ OPT_KEYLOG, "--keylog", offsetof(struct session_opts, keylog), false },
	{ OPT_CIPHERS, "--ciphers", offsetof(struct session_opts, ciphers), false },
	{ OPT_CIPHERSUITES, "--ciphersuites", offsetof(struct session_opts, ciphersuites), false },
	{ OPT_GROUPS, "--groups", offsetof(struct session_opts, groups), false },
	{ OPT_SIGALGS, "--sigalgs", offsetof(struct session_opts, sigalgs), false },
	{ OPT_ALPN, "--alpn", offsetof(struct session_opts, alpn), false },
};

static error_t parse_word(int key, char *arg, struct tls_options *t)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (words[i].key != key)
			continue;
		*(const char **)((char *)t->session + words[i].offset) = arg;
		if (words[i].client_only)
			t->client_only = words[i].name;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct tls_options *t = state->input;
	struct session_opts *s = t->session;

	switch (key) {
	case OPT_NO_SNI:
		s->no_sni = true;
		t->client_only = "--no-sni";
		return 0;
	case OPT_INSECURE:
		s->insecure = true;
		return 0;
	case OPT_PASS:
		s->pass = session_hide_password(arg);
		return 0;
	case OPT_REQUIRE_CERT:
		s->client_cert = SESSION_REQUIRE;
		return 0;
	case OPT_REQUEST_CERT:
		if (s->client_cert == SESSION_ASK_NOBODY)
			s->client_cert = SESSION_REQUEST;
		return 0;
	case OPT_TLS_MIN:
		s->tls_min = choose_version("tls-min", arg);
		return 0;
	case OPT_TLS_MAX:
		s->tls_max = choose_version("tls-max", arg);
		return 0;
	case OPT_REKEY_AFTER:
		s->conn.rekey_after = value_size("rekey-after", arg, 1, UINT64_MAX, "1 and 18446744073709551615");
		return 0;
	case OPT_MAX_PAYLOAD:
		s->conn.max_payload = (uint16_t)value_size("max-payload", arg, 1, MAX_PAYLOAD, "1 and 16384");
		return 0;
	default:
		return parse_word(key, arg, t);
	}
}

const struct argp tls_options_argp = { .options = option_table, .parser = parse };

/* Whoever a public CA has given a certificate to is not meant: clients have a CA that is named. */
static void check_client_cert(const struct session_opts *s)
{
	if (s->client_cert == SESSION_ASK_NOBODY && (s->cafile || s->capath || s->insecure))
		cli_usage_error("%s has no meaning with --listen unless --require-client-cert or --request-client-cert is given",
				s->cafile ? "--cafile" : s->capath ? "--capath" : "--insecure");
	if (s->client_cert != SESSION_ASK_NOBODY && !s->cafile && !s->capath && !s->insecure)
		cli_usage_error("%s needs --cafile FILE or --capath DIR: the CA of the clients",
				s->client_cert == SESSION_REQUIRE ? "--require-client-cert" : "--request-client-cert");
}

static void check_role(const struct tls_options *t, bool listen)
{
	const struct session_opts *s = t->session;

	if (listen && t->client_only)
		cli_usage_error("%s has no meaning with --listen", t->client_only);
	if (listen && !s->cert && !s->psk && !s->psk_file)
		cli_usage_error("--listen needs --cert FILE and --key FILE, or --psk HEX");
	if (s->key && !s->cert)
		cli_usage_error("--key needs --cert FILE");
	if (s->pass && !s->cert)
		cli_usage_error("--pass needs --cert FILE");
	if (listen)
		check_client_cert(s);
	else if (s->client_cert != SESSION_ASK_NOBODY)
		cli_usage_error("--require-client-cert and --request-client-cert need --listen");
}

static void check_names(const struct session_opts *s, bool listen)
{
	if (s->servername && s->no_sni)
		cli_usage_error("--servername and --no-sni exclude each other");
	if (s->servername && net_is_ip(s->servername))
		cli_usage_error("--servername: '%s' is an IP address, not a name (RFC 6066); use --verify-host", s->servername);
	if (s->verify_ip && !net_is_ip(s->verify_ip))
		cli_usage_error("--verify-ip: '%s' is no IP address; use --verify-host", s->verify_ip);
	/* A client that shows no certificate would get past it. */
	if (listen && s->pins && s->client_cert != SESSION_REQUIRE)
		cli_usage_error("--pin with --listen needs --require-client-cert");
}

static void check_protocol(const struct session_opts *s)
{
	if (s->tls_min && s->tls_max && s->tls_min > s->tls_max)
		cli_usage_error("--tls-min 1.3 and --tls-max 1.2 leave no version");
}

/* The variable of browsers and curl. Whoever starts a program with more rights than his own has no say. */
static void default_keylog(struct session_opts *s)
{
	const char *path = secure_getenv("SSLKEYLOGFILE");

	if (!s->keylog && path && *path)
		s->keylog = path;
}

void tls_options_check(const struct tls_options *t, bool listen)
{
	default_keylog(t->session);
	check_role(t, listen);
	check_names(t->session, listen);
	check_protocol(t->session);
}
