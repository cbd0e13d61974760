/* SPDX-License-Identifier: MIT */
/* What a run did: lines for people, a document for programs. */
#include <string.h>
#include <sys/resource.h>

#include "cli/say.h"
#include "ktls-cat/report.h"

enum {
	SCHEMA = 1,
};

void report_negotiated(const struct report *r)
{
	const struct session_info *s = &r->session;
	const char *subject = s->peer[0] ? s->peer : "without certificate";

	cli_say("%s, %s%s%s, peer %s %s%s%s", s->version, s->suite, s->group[0] ? ", " : "", s->group, subject,
		s->verified ? "(verified" : "(not verified", s->verified || !s->peer[0] ? "" : ": ",
		s->verified || !s->peer[0] ? ")" : s->not_verified);
	for (int dir = KTLS_TX; dir <= KTLS_RX; dir++)
		cli_say("%s %s: %s", dir == KTLS_TX ? "tx" : "rx", r->conn.dir[dir].name, r->conn.dir[dir].reason);
}

/* A string; null for "". File names and certificates need not be UTF-8. */
static json_t *text(const char *s)
{
	char ascii[1024];
	json_t *value;
	size_t i;

	if (!s || !*s)
		return json_null();
	value = json_string(s);
	if (value)
		return value;
	for (i = 0; s[i] && i < sizeof(ascii) - 1; i++)
		ascii[i] = (unsigned char)s[i] < 0x80 ? s[i] : '?';
	ascii[i] = '\0';
	return json_string(ascii);
}

static json_t *seconds(double s)
{
	return s < 0 ? json_null() : json_real(s);
}

static double timeval_seconds(const struct timeval *tv)
{
	return (double)tv->tv_sec + (double)tv->tv_usec / 1e6;
}

static json_t *cpu_seconds(void)
{
	struct rusage ru = { .ru_utime.tv_sec = 0 };

	getrusage(RUSAGE_SELF, &ru);
	return json_pack("{s:f, s:f}", "user", timeval_seconds(&ru.ru_utime), "system", timeval_seconds(&ru.ru_stime));
}

static json_t *peer(const struct report *r)
{
	if (!r->has_peer)
		return json_null();
	return json_pack("{s:o, s:i}", "address", text(r->peer.address), "port", (int)r->peer.port);
}

static json_t *direction(const struct report *r, enum ktls_dir dir)
{
	const struct ktls_path_info *p = &r->conn.dir[dir];

	if (!r->has_conn)
		return json_null();
	return json_pack("{s:o, s:o, s:I, s:o, s:I}", "path", text(p->name), "reason", text(p->reason), "bytes",
			 (json_int_t)p->bytes, "records",
			 p->records_known ? json_integer((json_int_t)p->records) : json_null(), "rekeys",
			 (json_int_t)p->rekeys);
}

/* How the run ended, in one word. */
static const char *ending(const struct report *r, const struct cli_failure *f)
{
	if (f->code >= CLI_SIGNAL)
		return "signal";
	switch (f->code) {
	case CLI_OK:
		return "close_notify";
	case CLI_TRUNCATED:
		return "truncated";
	case CLI_TIMEOUT:
		return "timeout";
	case CLI_CERT:
	case CLI_HANDSHAKE:
	case CLI_NO_KERNEL:
		return "handshake";
	case CLI_PROTOCOL:
		return r->has_conn && r->conn.alert_received > 0 ? "alert" : "protocol";
	default:
		return "error";
	}
}

json_t *report_document(const struct report *r, const struct cli_failure *f)
{
	const struct session_info *s = &r->session;

	return json_pack("{s:i, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:i, s:o}",
			 "schema", SCHEMA, "role", r->is_server ? "server" : "client", "peer", peer(r),
			 "version", text(s->version), "cipher_suite", text(s->suite),
			 "cipher", text(r->has_conn ? r->conn.cipher : NULL), "group", text(s->group),
			 "server_name", text(s->server_name), "verified", r->has_session ? json_boolean(s->verified) : json_null(),
			 "tx", direction(r, KTLS_TX), "rx", direction(r, KTLS_RX),
			 "tickets", r->has_conn ? json_integer((json_int_t)r->conn.tickets) : json_null(),
			 "seconds", seconds(r->seconds), "handshake_seconds", seconds(r->handshake_seconds),
			 "cpu_seconds", cpu_seconds(), "end", ending(r, f), "exit_code", f->code, "error", text(f->text));
}
