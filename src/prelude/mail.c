/* SPDX-License-Identifier: MIT */
/* Protocols of mail stores, with words before an answer: IMAP (RFC 9051), POP3 (RFC 2595), ManageSieve (RFC 5804). */
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "prelude/families.h"

static bool begins(const char *line, const char *words)
{
	return strncasecmp(line, words, strlen(words)) == 0;
}

/* The same, and then nothing more or a blank. */
static bool begins_word(const char *line, const char *words)
{
	return begins(line, words) && (!line[strlen(words)] || line[strlen(words)] == ' ');
}

/* Whether @word is one of the words of @line. */
static bool has_word(const char *line, const char *word)
{
	const size_t len = strlen(word);

	for (const char *at = line; *at; at += strspn(at, " ")) {
		const size_t n = strcspn(at, " ");

		if (n == len && strncasecmp(at, word, len) == 0)
			return true;
		at += n;
	}
	return false;
}

static int not_offered(struct wire *w, const char *what)
{
	return wire_fail(w, "the server does not offer %s among its capabilities", what);
}

static int no_answer(struct wire *w, const char *line)
{
	return wire_fail_said(w, "this is no answer of the protocol", line, strlen(line));
}

/* An answer of IMAP to the command tagged @tag, "a OK" say; lines with "*" before it are news. */
static int read_tagged(struct wire *w, const char *tag, const char *command, char *line, bool *offered)
{
	do {
		if (wire_line(w, line))
			return w->f->code;
		if (begins_word(line, "* CAPABILITY") && has_word(line, "STARTTLS"))
			*offered = true;
		if (begins_word(line, "* BYE"))
			return wire_refused(w, command, line);
		if (line[0] != '*' && !begins_word(line, tag))
			return no_answer(w, line);
	} while (line[0] == '*');
	return begins_word(line + strlen(tag), " OK") ? 0 : wire_refused(w, command, line);
}

int converse_imap(struct wire *w, const char *protocol, const char *name)
{
	char line[WIRE_LINE_LEN];
	bool offered = false;

	(void)protocol;
	(void)name;
	if (wire_line(w, line))
		return w->f->code;
	/* Whoever is logged in from the start cannot begin TLS any more: RFC 9051 section 6.2.1. */
	if (begins_word(line, "* PREAUTH") || begins_word(line, "* BYE"))
		return wire_refused(w, "STARTTLS", line);
	if (!begins_word(line, "* OK"))
		return no_answer(w, line);
	if (wire_say(w, "a CAPABILITY") || read_tagged(w, "a", "CAPABILITY", line, &offered))
		return w->f->code;
	if (!offered)
		return not_offered(w, "STARTTLS");
	if (wire_say(w, "b STARTTLS"))
		return w->f->code;
	return read_tagged(w, "b", "STARTTLS", line, &offered);
}

/* "+OK" or "-ERR". */
static int read_status(struct wire *w, char *line, bool *ok)
{
	if (wire_line(w, line))
		return w->f->code;
	*ok = begins_word(line, "+OK");
	return *ok || begins_word(line, "-ERR") ? 0 : no_answer(w, line);
}

/* A server without CAPA (RFC 2449), which is older than STLS, may have STLS all the same. */
static int check_capa(struct wire *w, char *line)
{
	bool known, offered = false;

	if (wire_say(w, "CAPA") || read_status(w, line, &known))
		return w->f->code;
	if (!known)
		return 0;
	do {
		if (wire_line(w, line))
			return w->f->code;
		if (begins_word(line, "STLS"))
			offered = true;
	} while (strcmp(line, ".") != 0);
	return offered ? 0 : not_offered(w, "STLS");
}

int converse_pop3(struct wire *w, const char *protocol, const char *name)
{
	char line[WIRE_LINE_LEN];
	bool ok;

	(void)protocol;
	(void)name;
	if (read_status(w, line, &ok))
		return w->f->code;
	if (!ok)
		return wire_refused(w, "the connection", line);
	if (check_capa(w, line) || wire_say(w, "STLS") || read_status(w, line, &ok))
		return w->f->code;
	return ok ? 0 : wire_refused(w, "STLS", line);
}

/* Lines of an answer up to its last: OK, NO or BYE. The others are capabilities, in quotation marks. */
static int read_sieve(struct wire *w, const char *command, char *line, bool *offered)
{
	do {
		if (wire_line(w, line))
			return w->f->code;
		if (begins_word(line, "NO") || begins_word(line, "BYE"))
			return wire_refused(w, command, line);
		if (begins_word(line, "\"STARTTLS\""))
			*offered = true;
		if (line[0] != '"' && !begins_word(line, "OK"))
			return no_answer(w, line);
	} while (line[0] == '"');
	return 0;
}

int converse_sieve(struct wire *w, const char *protocol, const char *name)
{
	char line[WIRE_LINE_LEN];
	bool offered = false;

	(void)protocol;
	(void)name;
	if (read_sieve(w, "the connection", line, &offered))
		return w->f->code;
	if (!offered)
		return not_offered(w, "STARTTLS");
	if (wire_say(w, "STARTTLS"))
		return w->f->code;
	return read_sieve(w, "STARTTLS", line, &offered);
}
