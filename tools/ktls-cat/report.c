/* SPDX-License-Identifier: MIT */
/* What a run did: lines for people, a document for programs. */
#include <string.h>
#include <sys/resource.h>

#include "cli/say.h"
#include "ktls-cat/certs.h"
#include "ktls-cat/report.h"

enum {
	SCHEMA = 1,
};

/* What came from before the handshake, and what did not. */
static void report_session(const struct session_info *s)
{
	static const char *const early[] = {
		[SESSION_EARLY_ACCEPTED] = "accepted", [SESSION_EARLY_REJECTED] = "rejected",
	};

	if (s->session_exposed)
		cli_say("others can read the session to resume: chmod 600");
	if (s->resumed)
		cli_say("session resumed");
	else if (s->not_resumed[0])
		cli_say("session not resumed: %s", s->not_resumed);
	else if (s->session_offered)
		cli_say("session not resumed: the server did not take it");
	if (s->early != SESSION_EARLY_NONE)
		cli_say("early data %s (%llu bytes)", early[s->early], (unsigned long long)s->early_bytes);
	else if (s->early_note[0])
		cli_say("no early data: %s", s->early_note);
}

void report_negotiated(const struct report *r)
{
	const struct session_info *s = &r->session;
	const char *subject = s->peer[0] ? s->peer : s->psk_identity[0] ? "with the PSK" : "without certificate";

	cli_say("%s, %s%s%s%s%s, peer %s %s%s%s", s->version, s->suite, s->group[0] ? ", " : "", s->group,
		s->alpn[0] ? ", ALPN " : "", s->alpn, subject, s->verified ? "(verified" : "(not verified", s->verified || !s->peer[0] ? "" : ": ",
		s->verified || !s->peer[0] ? ")" : s->not_verified);
	report_session(s);
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

static json_t *early_data(const struct session_info *s)
{
	switch (s->early) {
	case SESSION_EARLY_ACCEPTED:
		return json_string("accepted");
	case SESSION_EARLY_REJECTED:
		return json_string("rejected");
	case SESSION_EARLY_NONE:
	default:
		return json_null();
	}
}

static json_t *sandbox(const struct report *r)
{
	const struct sandbox_state *s = &r->sandbox;

	if (!r->has_peer && !s->entered)
		return json_null();
	return json_pack("{s:b, s:b, s:b}", "seccomp", s->seccomp, "capabilities_dropped", s->capabilities_dropped, "no_new_privs",
			 s->no_new_privs);
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
		return r->has_conn && !r->conn.close_notify_received ? "quit" : "close_notify";
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

/* How the connection came to be. */
static json_t *origin(const struct report *r)
{
	return json_pack("{s:i, s:s, s:o, s:o, s:o, s:o}", "schema", SCHEMA, "role", r->is_server ? "server" : "client", "peer", peer(r),
			 "attempts", r->attempts ? json_integer((json_int_t)r->attempts) : json_null(), "proxy", text(r->proxy),
			 "starttls", text(r->starttls));
}

/* What the handshake brought. */
static json_t *negotiated(const struct report *r)
{
	const struct session_info *s = &r->session;

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "version", text(s->version), "cipher_suite", text(s->suite),
			 "cipher", text(r->has_conn ? r->conn.cipher : NULL), "group", text(s->group), "server_name",
			 text(s->server_name), "alpn", text(s->alpn), "verified",
			 r->has_session ? json_boolean(s->verified) : json_null(), "peer_certificates",
			 certs_document(r->has_session ? s->chain : NULL), "handshake_seconds", seconds(r->handshake_seconds));
}

/* What came from before the handshake. */
static json_t *before(const struct report *r)
{
	const struct session_info *s = &r->session;

	return json_pack("{s:o, s:o, s:o, s:o}", "resumed", r->has_session ? json_boolean(s->resumed) : json_null(), "psk_identity",
			 text(s->psk_identity), "early_data", early_data(s), "early_data_bytes",
			 r->has_session ? json_integer((json_int_t)s->early_bytes) : json_null());
}

/* What was carried, and by whom. */
static json_t *carried(const struct report *r)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "tx", direction(r, KTLS_TX), "rx", direction(r, KTLS_RX), "tickets",
			 r->has_conn ? json_integer((json_int_t)r->conn.tickets) : json_null(), "seconds", seconds(r->seconds),
			 "cpu_seconds", cpu_seconds());
}

static json_t *end(const struct report *r, const struct cli_failure *f)
{
	return json_pack("{s:s, s:i, s:o, s:o, s:o}", "end", ending(r, f), "exit_code", f->code, "error", text(f->text), "command_status",
			 r->command_status < 0 ? json_null() : json_integer(r->command_status), "sandbox", sandbox(r));
}

json_t *report_document(const struct report *r, const struct cli_failure *f)
{
	json_t *const parts[] = { origin(r), negotiated(r), before(r), carried(r), end(r, f) };
	json_t *doc = json_object();

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!doc || !parts[i] || json_object_update(doc, parts[i])) {
			json_decref(doc);
			doc = NULL;
		}
		json_decref(parts[i]);
	}
	return doc;
}
