/* SPDX-License-Identifier: MIT */
/* The part of ktls-cat's command line that says between whom the connection is, and how it comes to be. */
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>

#include "cli/args.h"
#include "ktls-cat/options_peer.h"
#include "ktls-cat/values.h"

enum {
	DEFAULT_WAIT_MS = 30 * 1000,
};

static const struct argp_option option_table[] = {
	{ NULL, 0, NULL, 0, "Connection:", 1 },
	{ NULL, '4', NULL, 0, "IPv4 only", 1 },
	{ NULL, '6', NULL, 0, "IPv6 only", 1 },
	{ "unixsock", 'U', NULL, 0, "a Unix socket: the argument is its path, or @NAME of the abstract namespace", 1 },
	{ "source", 's', "ADDRESS", 0, "connect from ADDRESS of this machine", 1 },
	{ "source-port", 'p', "PORT", 0, "connect from PORT", 1 },
	{ "wait", 'w', "TIME", 0, "time for connecting and the TLS handshake together (default 30s; also 500ms, 2m)", 1 },
	{ 0 },
};

static void set_family(struct cat_options *o, int family)
{
	if (o->family != AF_UNSPEC && o->family != family)
		cli_usage_error("-4 and -6 exclude each other");
	o->family = family;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct peer_options *p = state->input;
	struct cat_options *o = p->o;

	switch (key) {
	case '4':
		set_family(o, AF_INET);
		return 0;
	case '6':
		set_family(o, AF_INET6);
		return 0;
	case 'U':
		o->is_unix = true;
		return 0;
	case 's':
		p->source = arg;
		return 0;
	case 'p':
		p->source_port = arg;
		return 0;
	case 'w':
		o->wait_ms = value_time("wait", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp peer_options_argp = { .options = option_table, .parser = parse };

void peer_options_init(struct peer_options *p, struct cat_options *o)
{
	*p = (struct peer_options){ .o = o };
	o->family = AF_UNSPEC;
	o->wait_ms = DEFAULT_WAIT_MS;
}

void peer_options_word(struct peer_options *p, const char *word)
{
	if (p->words_n == sizeof(p->words) / sizeof(p->words[0]))
		cli_usage_error("too many arguments: '%s'", word);
	p->words[p->words_n++] = word;
}

/* --source is an address or a name, --source-port a port or its name: as a listener's. */
static void parse_source(const struct peer_options *p)
{
	struct cat_options *o = p->o;
	const char *host = p->source ? p->source : "";
	char why[512];

	if (o->listen)
		cli_usage_error("%s has no meaning with --listen", p->source ? "--source" : "--source-port");
	if (p->source && !*p->source)
		cli_usage_error("--source: the address is empty");
	if (!*host ? net_parse_addr(&o->source, p->source_port, NULL, true, why, sizeof(why)) :
		     net_parse_addr(&o->source, host, p->source_port ? p->source_port : "0", true, why, sizeof(why)))
		cli_usage_error("%s: %s", p->source ? "--source" : "--source-port", why);
	o->has_source = true;
}

/* There is no host whose name could be verified. */
static void check_unix(const struct peer_options *p)
{
	const struct session_opts *s = &p->o->session;
	struct cat_options *o = p->o;
	char why[512];

	if (p->words_n != 1)
		cli_usage_error(p->words_n ? "--unixsock takes one argument: the path" : "no path of a Unix socket");
	if (o->family != AF_UNSPEC || p->source || p->source_port)
		cli_usage_error("%s has no meaning with --unixsock", o->family == AF_INET ? "-4" : o->family == AF_INET6 ? "-6" :
				p->source ? "--source" : "--source-port");
	if (net_parse_unix(&o->unix_addr, p->words[0], why, sizeof(why)))
		cli_usage_error("%s", why);
	if (!o->listen && !s->servername && !s->verify_host && !s->verify_ip && !s->insecure)
		cli_usage_error("--unixsock needs --servername or --verify-host: a path has no name that a certificate could have");
	snprintf(o->addr.text, sizeof(o->addr.text), "%s", o->unix_addr.text);
}

void peer_options_check(const struct peer_options *p)
{
	struct cat_options *o = p->o;
	char why[512];

	if (o->proxy && o->is_unix)
		cli_usage_error("--unixsock has no meaning with --proxy");
	if (o->is_unix) {
		check_unix(p);
		return;
	}
	if (p->source || p->source_port)
		parse_source(p);
	if (p->words_n == 0)
		cli_usage_error(o->listen ? "no port to listen on" : "no host to connect to: give host:port");
	if (net_parse_addr(&o->addr, p->words[0], p->words[1], o->listen, why, sizeof(why)))
		cli_usage_error("%s", why);
}
