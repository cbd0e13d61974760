/* SPDX-License-Identifier: MIT */
/* ktls-cat's command line. */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "cli/args.h"
#include "cli/units.h"
#include "ktls-cat/options.h"

enum {
	OPT_FILE = 256, OPT_CAFILE, OPT_CAPATH, OPT_SERVERNAME, OPT_VERIFY_HOST, OPT_INSECURE, OPT_CERT, OPT_KEY,
	OPT_TLS_MIN, OPT_TLS_MAX, OPT_CIPHERS, OPT_CIPHERSUITES, OPT_KTLS, OPT_KTLS_TX, OPT_KTLS_RX, OPT_REKEY_AFTER,
	OPT_MAX_PAYLOAD, OPT_JSON,
};

enum {
	DEFAULT_WAIT_MS = 30 * 1000,
	MAX_PAYLOAD = 16384,
	/* What --ktls-tx and --ktls-rx have before they are given. */
	WANT_UNSET = -1,
};

static const struct argp_option option_table[] = {
	{ NULL, 0, NULL, 0, "Connection:", 1 },
	{ "listen", 'l', NULL, 0, "accept one connection instead of making one", 1 },
	{ NULL, '4', NULL, 0, "IPv4 only", 1 },
	{ NULL, '6', NULL, 0, "IPv6 only", 1 },
	{ "wait", 'w', "TIME", 0, "time for connecting and the TLS handshake together (default 30s; also 500ms, 2m)", 1 },
	{ "file", OPT_FILE, "FILE", 0, "send FILE instead of standard input", 1 },
	{ NULL, 0, NULL, 0, "Identity:", 2 },
	{ "cafile", OPT_CAFILE, "FILE", 0, "trust the CA certificates in FILE instead of the system's", 2 },
	{ "cacert", 0, NULL, OPTION_ALIAS, NULL, 2 },
	{ "capath", OPT_CAPATH, "DIR", 0, "trust the CA certificates in DIR, named by hash, instead of the system's", 2 },
	{ "servername", OPT_SERVERNAME, "NAME", 0, "ask the server for NAME (SNI; default: the host)", 2 },
	{ "verify-host", OPT_VERIFY_HOST, "NAME", 0,
	  "name or IP address that the certificate must have (default: that of --servername, else the host)", 2 },
	{ "insecure", OPT_INSECURE, NULL, 0, "go on when the certificate does not verify: anybody may be the peer", 2 },
	{ "cert", OPT_CERT, "FILE", 0, "our certificate chain, PEM", 2 },
	{ "key", OPT_KEY, "FILE", 0, "our private key, PEM (default: the file of --cert)", 2 },
	{ NULL, 0, NULL, 0, "Protocol:", 3 },
	{ "tls-min", OPT_TLS_MIN, "1.2|1.3", 0, "lowest TLS version (default 1.2)", 3 },
	{ "tls-max", OPT_TLS_MAX, "1.2|1.3", 0, "highest TLS version (default 1.3)", 3 },
	{ "ciphers", OPT_CIPHERS, "LIST", 0, "TLS 1.2 ciphers, as in ciphers(1)", 3 },
	{ "ciphersuites", OPT_CIPHERSUITES, "LIST", 0, "TLS 1.3 cipher suites, separated by colons", 3 },
	{ "rekey-after", OPT_REKEY_AFTER, "BYTES", 0,
	  "TLS 1.3: change the sending key after about so many bytes (k, M, G: powers of 1024)", 3 },
	{ "max-payload", OPT_MAX_PAYLOAD, "BYTES", 0, "most data in one record sent, 1 to 16384 (default 16384)", 3 },
	{ NULL, 0, NULL, 0, "Who carries the records:", 4 },
	{ "ktls", OPT_KTLS, "auto|on|off", 0, "kernel TLS if it can be had (auto), or nothing else (on), or not (off)", 4 },
	{ "ktls-tx", OPT_KTLS_TX, "auto|on|off", 0, "the same for sending only", 4 },
	{ "ktls-rx", OPT_KTLS_RX, "auto|on|off", 0, "the same for receiving only", 4 },
	{ NULL, 0, NULL, 0, "Messages:", 5 },
	{ "verbose", 'v', NULL, 0, "say what was negotiated and who carries the records", 5 },
	{ "json", OPT_JSON, "FILE", OPTION_ARG_OPTIONAL, "write a report to FILE (default: standard error) at the end", 5 },
	{ 0 },
};

/* The options as they come, before they are looked at together. */
struct raw {
	struct cat_options *o;
	const char *words[2];
	unsigned words_n;
	int want, want_dir[2];
	const char *client_only;	/* the last option given that a listener has no use for */
};

static int choose_version(const char *option, const char *arg)
{
	if (strcmp(arg, "1.2") == 0)
		return TLS1_2_VERSION;
	if (strcmp(arg, "1.3") == 0)
		return TLS1_3_VERSION;
	cli_usage_error("--%s: '%s' is neither 1.2 nor 1.3", option, arg);
}

static int choose_path(const char *option, const char *arg)
{
	static const char *const names[] = { [KTLS_AUTO] = "auto", [KTLS_ON] = "on", [KTLS_OFF] = "off" };

	for (int i = KTLS_AUTO; i <= KTLS_OFF; i++)
		if (strcmp(arg, names[i]) == 0)
			return i;
	cli_usage_error("--%s: '%s' is neither auto, on nor off", option, arg);
}

static uint64_t parse_bytes(const char *option, const char *arg, uint64_t max)
{
	uint64_t n;
	const int ret = cli_parse_size(arg, &n);

	if (ret == -EINVAL)
		cli_usage_error("--%s: '%s' is no size (4096, 64k, 10M, 2G)", option, arg);
	if (ret || n == 0 || n > max)
		cli_usage_error("--%s: %s is not between 1 and %llu", option, arg, (unsigned long long)max);
	return n;
}

static int64_t parse_wait(const char *arg)
{
	int64_t ms;
	const int ret = cli_parse_time(arg, &ms);

	if (ret == -EINVAL)
		cli_usage_error("--wait: '%s' is no time (500ms, 2s, 1m)", arg);
	if (ret)
		cli_usage_error("--wait: %s is not between 1ms and 24h", arg);
	return ms;
}

static void set_family(struct cat_options *o, int family)
{
	if (o->family != AF_UNSPEC && o->family != family)
		cli_usage_error("-4 and -6 exclude each other");
	o->family = family;
}

/* Options that only a client has a use for. */
static error_t parse_client_only(int key, char *arg, struct raw *r)
{
	struct session_opts *s = &r->o->session;

	switch (key) {
	case OPT_CAFILE:
		s->cafile = arg;
		r->client_only = "--cafile";
		return 0;
	case OPT_CAPATH:
		s->capath = arg;
		r->client_only = "--capath";
		return 0;
	case OPT_SERVERNAME:
		if (net_is_ip(arg))
			cli_usage_error("--servername: '%s' is an IP address, not a name (RFC 6066); use --verify-host", arg);
		s->servername = arg;
		r->client_only = "--servername";
		return 0;
	case OPT_VERIFY_HOST:
		s->verify_host = arg;
		r->client_only = "--verify-host";
		return 0;
	case OPT_INSECURE:
		s->insecure = true;
		r->client_only = "--insecure";
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_protocol(int key, char *arg, struct raw *r)
{
	struct session_opts *s = &r->o->session;

	switch (key) {
	case OPT_CERT:
		s->cert = arg;
		return 0;
	case OPT_KEY:
		s->key = arg;
		return 0;
	case OPT_TLS_MIN:
		s->tls_min = choose_version("tls-min", arg);
		return 0;
	case OPT_TLS_MAX:
		s->tls_max = choose_version("tls-max", arg);
		return 0;
	case OPT_CIPHERS:
		s->ciphers = arg;
		return 0;
	case OPT_CIPHERSUITES:
		s->ciphersuites = arg;
		return 0;
	case OPT_REKEY_AFTER:
		s->conn.rekey_after = parse_bytes("rekey-after", arg, UINT64_MAX);
		return 0;
	case OPT_MAX_PAYLOAD:
		s->conn.max_payload = (uint16_t)parse_bytes("max-payload", arg, MAX_PAYLOAD);
		return 0;
	case OPT_KTLS:
		r->want = choose_path("ktls", arg);
		return 0;
	case OPT_KTLS_TX:
		r->want_dir[KTLS_TX] = choose_path("ktls-tx", arg);
		return 0;
	case OPT_KTLS_RX:
		r->want_dir[KTLS_RX] = choose_path("ktls-rx", arg);
		return 0;
	default:
		return parse_client_only(key, arg, r);
	}
}

static void finish(struct raw *r);

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct raw *r = state->input;
	struct cat_options *o = r->o;

	switch (key) {
	case 'l':
		o->listen = true;
		return 0;
	case '4':
		set_family(o, AF_INET);
		return 0;
	case '6':
		set_family(o, AF_INET6);
		return 0;
	case 'w':
		o->wait_ms = parse_wait(arg);
		return 0;
	case OPT_FILE:
		o->file = arg;
		return 0;
	case 'v':
		o->verbose = true;
		return 0;
	case OPT_JSON:
		o->json = true;
		o->json_path = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (r->words_n == 2)
			cli_usage_error("too many arguments: '%s'", arg);
		r->words[r->words_n++] = arg;
		return 0;
	case ARGP_KEY_END:
		finish(r);
		return 0;
	default:
		return parse_protocol(key, arg, r);
	}
}

static void check_role(const struct raw *r)
{
	const struct session_opts *s = &r->o->session;

	if (r->o->listen && r->client_only)
		cli_usage_error("%s has no meaning with --listen", r->client_only);
	if (r->o->listen && !s->cert)
		cli_usage_error("--listen needs --cert FILE and --key FILE");
	if (s->key && !s->cert)
		cli_usage_error("--key needs --cert FILE");
}

static void check_protocol(const struct session_opts *s)
{
	if (s->tls_min && s->tls_max && s->tls_min > s->tls_max)
		cli_usage_error("--tls-min 1.3 and --tls-max 1.2 leave no version");
}

static void set_address(const struct raw *r)
{
	char why[512];

	if (r->words_n == 0)
		cli_usage_error(r->o->listen ? "no port to listen on" : "no host to connect to: give host:port");
	if (net_parse_addr(&r->o->addr, r->words[0], r->words[1], r->o->listen, why, sizeof(why)))
		cli_usage_error("%s", why);
}

static void finish(struct raw *r)
{
	struct ktls_conn_opts *conn = &r->o->session.conn;

	check_role(r);
	check_protocol(&r->o->session);
	set_address(r);
	for (int dir = KTLS_TX; dir <= KTLS_RX; dir++)
		conn->want[dir] = (enum ktls_want)(r->want_dir[dir] == WANT_UNSET ? r->want : r->want_dir[dir]);
}

/* The exit codes, behind the options. */
static char *help_filter(int key, const char *text, void *input)
{
	char *out = NULL;
	size_t len;
	FILE *mem;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)(uintptr_t)text;
	mem = open_memstream(&out, &len);
	if (!mem)
		return NULL;
	fprintf(mem, "Exit status:\n");
	for (const struct cli_exit_row *row = cli_exit_table; row->code; row++)
		fprintf(mem, "  %-6s %s\n", row->code, row->meaning);
	if (fclose(mem) != 0)
		return NULL;
	return out;
}

void cat_parse_options(struct cat_options *o, int argc, char **argv)
{
	static const struct argp argp = {
		.options = option_table,
		.parser = parse,
		.args_doc = "HOST:PORT\nHOST PORT\n-l [HOST:]PORT --cert FILE --key FILE",
		.doc = "Connects standard input and output over TLS, with the records carried by the kernel or by "
		       "libktls's own engine.\v ",
		.help_filter = help_filter,
	};
	struct raw r = { .o = o, .want = KTLS_AUTO, .want_dir = { WANT_UNSET, WANT_UNSET } };
	char version[128];

	*o = (struct cat_options){ .family = AF_UNSPEC, .wait_ms = DEFAULT_WAIT_MS };
	snprintf(version, sizeof(version), "ktls-cat (%s), libktls %s, %s", PACKAGE_STRING, ktls_version(),
		 OpenSSL_version(OPENSSL_VERSION));
	cli_parse_args(&argp, argc, argv, version, &r);
}
