/* SPDX-License-Identifier: MIT */
/* The peer's certificates: lines for people, an array for programs. */
#include <stdio.h>
#include <string.h>

#include "cli/say.h"
#include "ktls-cat/certs.h"

enum {
	NAMES_LEN = 800,	/* of a line; the report has all */
};

static const char *or_unknown(const char *text)
{
	return text ? text : "unknown";
}

static void show_names(const struct session_cert *c)
{
	char line[NAMES_LEN] = "";
	size_t used = 0, i;

	for (i = 0; i < c->names_n && used + strlen(c->names[i]) + 2 < sizeof(line); i++)
		used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%s", i ? ", " : "", c->names[i]);
	if (i < c->names_n)
		cli_say("  names %s and %zu more", line, c->names_n - i);
	else if (i)
		cli_say("  names %s", line);
}

void certs_show(const struct session_chain *chain)
{
	if (!chain)
		return;
	if (!chain->n)
		cli_say("the peer showed no certificate");
	for (size_t i = 0; i < chain->n; i++) {
		const struct session_cert *c = &chain->certs[i];

		cli_say("certificate %zu of %zu: %s", i + 1, chain->n, c->subject ? c->subject : "without a subject");
		cli_say("  issuer %s", or_unknown(c->issuer));
		cli_say("  valid from %s to %s", or_unknown(c->not_before), or_unknown(c->not_after));
		show_names(c);
		cli_say("  key %s, pin %s", or_unknown(c->key), or_unknown(c->pin));
		cli_say("  serial %s, sha256 %s", or_unknown(c->serial), or_unknown(c->fingerprint));
	}
}

static json_t *document(const struct session_cert *c)
{
	json_t *names = json_array();

	for (size_t i = 0; i < c->names_n; i++)
		json_array_append_new(names, json_string(c->names[i]));
	return json_pack("{s:s?, s:s?, s:s?, s:s?, s:s?, s:s?, s:s?, s:s?, s:o}", "subject", c->subject, "issuer", c->issuer, "serial",
			 c->serial, "not_before", c->not_before, "not_after", c->not_after, "key", c->key, "fingerprint",
			 c->fingerprint, "pin", c->pin, "names", names);
}

json_t *certs_document(const struct session_chain *chain)
{
	json_t *list;

	if (!chain)
		return json_null();
	list = json_array();
	for (size_t i = 0; i < chain->n; i++)
		json_array_append_new(list, document(&chain->certs[i]));
	return list;
}
