/* SPDX-License-Identifier: MIT */
/* The part of ktls-cat's command line that says what comes before TLS. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cli/args.h"
#include "ktls-cat/options_prelude.h"

/* Apart from the keys of the other tables: one argp parser has them all. */
enum {
	OPT_STARTTLS = 0x400, OPT_STARTTLS_NAME, OPT_PROXY, OPT_PROXY_PASS_FILE,
};

static const struct argp_option option_table[] = {
	{ "starttls", OPT_STARTTLS, "PROTOCOL", 0,
	  "ask for TLS as it is done in PROTOCOL: smtp, lmtp, imap, pop3, sieve, ftp, nntp, xmpp, xmpp-server, ldap, "
	  "postgres, mysql", 1 },
	{ "starttls-name", OPT_STARTTLS_NAME, "NAME", 0,
	  "name to say to it: ours in smtp and lmtp (default: this machine's), the server's in xmpp (default: that of "
	  "--servername, else the host)", 1 },
	{ "proxy", OPT_PROXY, "URL", 0,
	  "connect by way of a proxy: http://HOST:PORT, socks4a://HOST:PORT or socks5://HOST:PORT, with USER:PASSWORD@ "
	  "before HOST where it is wanted", 1 },
	{ "proxy-pass-file", OPT_PROXY_PASS_FILE, "PASSFILE", 0,
	  "password for the proxy: the first line of PASSFILE", 1 },
	{ 0 },
};

static const struct starttls *choose_protocol(const char *arg)
{
	const struct starttls *how = starttls_find(arg);
	char names[256];

	if (how)
		return how;
	starttls_names(names, sizeof(names), ", ");
	cli_usage_error("--starttls: '%s' is none of %s", arg, names);
}

/* The address of what is never freed: it lives as long as the options. */
static struct proxy *parse_proxy(char *url)
{
	struct proxy *p = malloc(sizeof(*p));
	char why[512];

	if (!p)
		cli_usage_error("--proxy: out of memory");
	if (proxy_parse(p, url, why, sizeof(why)))
		cli_usage_error("--proxy: %s", why);
	proxy_hide_password(url);
	return p;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct cat_options *o = ((struct prelude_options *)state->input)->o;

	switch (key) {
	case OPT_STARTTLS:
		o->starttls = choose_protocol(arg);
		return 0;
	case OPT_STARTTLS_NAME:
		o->starttls_name = arg;
		return 0;
	case OPT_PROXY:
		if (o->proxy)
			proxy_wipe(o->proxy);
		o->proxy = parse_proxy(arg);
		return 0;
	case OPT_PROXY_PASS_FILE:
		o->proxy_pass_file = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp prelude_options_argp = { .options = option_table, .parser = parse };

/* This machine's name, which lives as long as the options. */
static const char *our_name(void)
{
	static char name[256];

	starttls_our_name(name, sizeof(name));
	return name;
}

/* What is said if nothing else is to be. */
static const char *default_name(const struct cat_options *o)
{
	if (o->starttls->says == STARTTLS_OUR_NAME)
		return our_name();
	return o->session.servername ? o->session.servername : o->addr.host;
}

static void check_name(struct cat_options *o)
{
	const char *option = o->starttls_name ? "--starttls-name" : "--starttls: the name to say";
	char why[512];

	if (o->starttls_name && !o->starttls)
		cli_usage_error("--starttls-name needs --starttls");
	if (o->starttls_name && o->starttls->says == STARTTLS_NO_NAME)
		cli_usage_error("--starttls-name: in %s there is no name to say", o->starttls->name);
	if (!o->starttls || o->starttls->says == STARTTLS_NO_NAME)
		return;
	if (!o->starttls_name)
		o->starttls_name = default_name(o);
	if (starttls_check_name(o->starttls_name, why, sizeof(why)))
		cli_usage_error("%s: %s", option, why);
}

static void check_password(const struct cat_options *o)
{
	if (!o->proxy_pass_file)
		return;
	if (!o->proxy || !o->proxy->has_user)
		cli_usage_error("--proxy-pass-file needs a --proxy with a user: http://USER@HOST:PORT");
	if (!proxy_takes_password(o->proxy))
		cli_usage_error("--proxy-pass-file: this kind of proxy has no passwords");
	if (o->proxy->pass[0])
		cli_usage_error("two passwords: in --proxy and in --proxy-pass-file");
}

void prelude_options_check(const struct prelude_options *p)
{
	struct cat_options *o = p->o;

	if (o->listen && o->starttls)
		cli_usage_error("--starttls has no meaning with --listen");
	if (o->listen && o->proxy)
		cli_usage_error("--proxy has no meaning with --listen");
	check_name(o);
	check_password(o);
}
