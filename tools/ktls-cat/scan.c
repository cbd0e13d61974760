/* SPDX-License-Identifier: MIT */
/* --zero: what a handshake showed, on standard output. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/say.h"
#include "ktls-cat/scan.h"

/* Names and values are printable: the chain's and the session's strings are, whatever the peer wrote. */
static void line(const char *name, const char *value)
{
	if (value && *value)
		printf("%s: %s\n", name, value);
}

static void show_path(const char *name, const struct ktls_path_info *dir)
{
	printf("%s: %s (%s)\n", name, dir->name, dir->reason);
}

static void show_names(const struct session_cert *c)
{
	if (!c->names_n)
		return;
	fputs("names: ", stdout);
	for (size_t i = 0; i < c->names_n; i++)
		printf("%s%s", i ? ", " : "", c->names[i]);
	putchar('\n');
}

static void show_certificate(const struct session_cert *c)
{
	line("subject", c->subject);
	line("issuer", c->issuer);
	show_names(c);
	line("not before", c->not_before);
	line("not after", c->not_after);
	line("key", c->key);
	line("serial", c->serial);
	line("fingerprint", c->fingerprint);
	line("pin", c->pin);
}

int scan_show(const struct report *r, const char *where, struct cli_failure *f)
{
	const struct session_info *s = &r->session;

	line("peer", where);
	line("address", r->peer.text);
	line("version", s->version);
	line("cipher suite", s->suite);
	line("group", s->group);
	line("alpn", s->alpn);
	show_path("tx", &r->conn.dir[KTLS_TX]);
	show_path("rx", &r->conn.dir[KTLS_RX]);
	line("verified", s->verified ? "yes" : "no");
	if (!s->verified)
		line("not verified", s->not_verified);
	if (s->chain && s->chain->n)
		show_certificate(&s->chain->certs[0]);
	if (fflush(stdout) != 0)
		return cli_fail(f, CLI_IO, "standard output: %s", strerror(errno));
	return 0;
}
