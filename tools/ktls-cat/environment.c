/* SPDX-License-Identifier: MIT */
/* What a command is told of its connection. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ktls-cat/environment.h"

/* One row a variable: its name, and how its value is found. "" leaves it out. */
struct values {
	const struct report *r;
	char port[8];
};

static const char *peer_address(const struct values *v)
{
	return v->r->peer.address;
}

static const char *peer_port(const struct values *v)
{
	return v->r->peer.port ? v->port : "";
}

static const char *role(const struct values *v)
{
	return v->r->is_server ? "server" : "client";
}

static const char *tls_version(const struct values *v)
{
	return v->r->session.version;
}

static const char *cipher(const struct values *v)
{
	return v->r->session.suite;
}

static const char *server_name(const struct values *v)
{
	return v->r->session.server_name;
}

static const char *alpn(const struct values *v)
{
	return v->r->session.alpn;
}

static const char *certificate(const struct values *v)
{
	return v->r->session.peer;
}

static const char *verified(const struct values *v)
{
	return v->r->session.verified ? "yes" : "no";
}

static const char *tx(const struct values *v)
{
	return v->r->conn.dir[KTLS_TX].name;
}

static const char *rx(const struct values *v)
{
	return v->r->conn.dir[KTLS_RX].name;
}

static const struct {
	const char *name;
	const char *(*value)(const struct values *v);
} rows[] = {
	{ "KTLS_ROLE", role },
	{ "KTLS_PEER_ADDRESS", peer_address },
	{ "KTLS_PEER_PORT", peer_port },
	{ "KTLS_TLS_VERSION", tls_version },
	{ "KTLS_CIPHER", cipher },
	{ "KTLS_SERVER_NAME", server_name },
	{ "KTLS_ALPN", alpn },
	{ "KTLS_PEER_CERTIFICATE", certificate },
	{ "KTLS_VERIFIED", verified },
	{ "KTLS_TX", tx },
	{ "KTLS_RX", rx },
};

enum {
	ROWS = sizeof(rows) / sizeof(rows[0]),
	/* So that all fit; longer ones are of sessions' texts, which are shorter. */
	LINE_MAX_LEN = ENVIRONMENT_ROOM / ROWS,
};

_Static_assert(SESSION_TEXT_LEN + sizeof("KTLS_PEER_CERTIFICATE=") < (size_t)LINE_MAX_LEN, "the longest value fits");

size_t environment_of(const struct report *r, char out[ENVIRONMENT_ROOM])
{
	struct values v = { .r = r };
	size_t len = 0;

	snprintf(v.port, sizeof(v.port), "%u", r->peer.port);
	for (size_t i = 0; i < ROWS; i++) {
		const char *value = rows[i].value(&v);

		if (!value || !*value)
			continue;
		snprintf(out + len, LINE_MAX_LEN, "%s=%s", rows[i].name, value);
		len += strlen(out + len) + 1;
	}
	return len;
}

void environment_hide(const struct cat_options *o)
{
	static const char from_env[] = "env:";

	for (size_t i = 0; i < ROWS; i++)
		unsetenv(rows[i].name);
	unsetenv("SSLKEYLOGFILE");
	if (o->session.pass && strncmp(o->session.pass, from_env, strlen(from_env)) == 0)
		unsetenv(o->session.pass + strlen(from_env));
}

void environment_set(char *vars, size_t len)
{
	for (size_t at = 0; at < len; at += strlen(vars + at) + 1)
		putenv(vars + at);
}
