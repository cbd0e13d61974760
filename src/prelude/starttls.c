/* SPDX-License-Identifier: MIT */
/* What is said in the clear so that TLS begins: STARTTLS and its kin. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "prelude/families.h"
#include "prelude/starttls.h"

static const struct starttls protocols[] = {
	{ "smtp", STARTTLS_OUR_NAME, converse_in_replies },
	{ "lmtp", STARTTLS_OUR_NAME, converse_in_replies },
	{ "imap", STARTTLS_NO_NAME, converse_imap },
	{ "pop3", STARTTLS_NO_NAME, converse_pop3 },
	{ "sieve", STARTTLS_NO_NAME, converse_sieve },
	{ "ftp", STARTTLS_NO_NAME, converse_in_replies },
	{ "nntp", STARTTLS_NO_NAME, converse_in_replies },
	{ "xmpp", STARTTLS_THEIR_NAME, converse_xmpp },
	{ "xmpp-server", STARTTLS_THEIR_NAME, converse_xmpp },
	{ "ldap", STARTTLS_NO_NAME, converse_ldap },
	{ "postgres", STARTTLS_NO_NAME, converse_postgres },
	{ "mysql", STARTTLS_NO_NAME, converse_mysql },
};

enum {
	PROTOCOLS = sizeof(protocols) / sizeof(protocols[0]),
};

const struct starttls *starttls_find(const char *name)
{
	for (size_t i = 0; i < PROTOCOLS; i++)
		if (strcmp(protocols[i].name, name) == 0)
			return &protocols[i];
	return NULL;
}

void starttls_names(char *out, size_t len, const char *between)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < PROTOCOLS && used < len; i++)
		used += (size_t)snprintf(out + used, len - used, "%s%s", i ? between : "", protocols[i].name);
}

int starttls_check_name(const char *name, char *why, size_t why_len)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._:[]";

	if (*name && strlen(name) <= 255 && !name[strspn(name, allowed)])
		return 0;
	snprintf(why, why_len, "'%.255s' is no host name or address (write other letters as xn--...)", name);
	return -EINVAL;
}

void starttls_our_name(char *out, size_t len)
{
	char why[512];

	if (gethostname(out, len) == 0) {
		out[len - 1] = '\0';
		if (starttls_check_name(out, why, sizeof(why)) == 0)
			return;
	}
	snprintf(out, len, "localhost");
}

int starttls_run(const struct starttls *how, const char *name, int fd, const char *where, struct cli_wait *wait,
		 struct cli_failure *f)
{
	struct wire w = { .fd = fd, .wait = wait, .where = where, .code = CLI_HANDSHAKE, .f = f };

	w.doing = "asking for TLS";
	if (how->converse(&w, how->name, name))
		return f->code;
	return wire_quiet(&w);
}
