/* SPDX-License-Identifier: MIT */
/* Protocols with three digits before an answer: SMTP (RFC 3207), LMTP (RFC 2033), FTP (RFC 4217), NNTP (RFC 4642). */
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "prelude/families.h"

/* What a client says and hears after a greeting of 2xx. */
static const struct dialogue {
	const char *protocol;
	const char *hello;	/* answered with what the server can do; NULL: nothing is asked */
	bool with_name;
	int hello_code;
	bool listed;		/* the list follows the answer, to a line with a dot; else it is the answer */
	const char *start;
	int start_code;
} dialogues[] = {
	{ "smtp", "EHLO", true, 250, false, "STARTTLS", 220 },
	{ "lmtp", "LHLO", true, 250, false, "STARTTLS", 220 },
	/* A list of features need not have it (RFC 4217 section 6): asking is the test. */
	{ "ftp", NULL, false, 0, false, "AUTH TLS", 234 },
	{ "nntp", "CAPABILITIES", false, 101, true, "STARTTLS", 382 },
};

static const struct dialogue *find(const char *protocol)
{
	for (size_t i = 0; i < sizeof(dialogues) / sizeof(dialogues[0]); i++)
		if (strcmp(dialogues[i].protocol, protocol) == 0)
			return &dialogues[i];
	abort();
}

/* The three digits, or 0. */
static int code_of(const char *line)
{
	for (int i = 0; i < 3; i++)
		if (!isdigit((unsigned char)line[i]))
			return 0;
	return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

/* Whether @line is @word, or begins with it and a blank. */
static bool is_word(const char *line, const char *word)
{
	const size_t len = strlen(word);

	return strncasecmp(line, word, len) == 0 && (!line[len] || line[len] == ' ');
}

/*
 * One answer: "220 text", or "220-text" and more lines to "220 text", between which FTP has lines of any kind. @line is
 * its last one. *@offered: whether a line of it has @feature. The code, or 0 after a failure.
 */
static int read_reply(struct wire *w, char *line, const char *feature, bool *offered)
{
	int code = 0;

	for (;;) {
		if (wire_line(w, line))
			return 0;
		if (!code)
			code = code_of(line);
		if (!code || (code_of(line) == code && line[3] && line[3] != ' ' && line[3] != '-')) {
			wire_fail_said(w, "this is no answer of the protocol", line, strlen(line));
			return 0;
		}
		if (code_of(line) != code)
			continue;
		if (feature && line[3] && is_word(line + 4, feature))
			*offered = true;
		if (line[3] != '-')
			return code;
	}
}

/* RFC 3977 section 3.1.1: lines up to one that has only a dot. */
static int read_list(struct wire *w, char *line, const char *feature, bool *offered)
{
	do {
		if (wire_line(w, line))
			return w->f->code;
		if (is_word(line, feature))
			*offered = true;
	} while (strcmp(line, ".") != 0);
	return 0;
}

static int read_greeting(struct wire *w, char *line)
{
	int code;

	/* FTP: "120 ready in 3 minutes". */
	do
		code = read_reply(w, line, NULL, NULL);
	while (code / 100 == 1);
	if (!code)
		return w->f->code;
	return code / 100 == 2 ? 0 : wire_refused(w, "the connection", line);
}

static int say_hello(struct wire *w, const struct dialogue *d, const char *name, char *line)
{
	bool offered = false;
	int code;

	if (d->with_name ? wire_say(w, "%s %s", d->hello, name) : wire_say(w, "%s", d->hello))
		return w->f->code;
	code = read_reply(w, line, d->listed ? NULL : d->start, &offered);
	if (!code)
		return w->f->code;
	if (code != d->hello_code)
		return wire_refused(w, d->hello, line);
	if (d->listed && read_list(w, line, d->start, &offered))
		return w->f->code;
	return offered ? 0 : wire_fail(w, "the server does not offer %s in its answer to %s", d->start, d->hello);
}

int converse_in_replies(struct wire *w, const char *protocol, const char *name)
{
	const struct dialogue *d = find(protocol);
	char line[WIRE_LINE_LEN];
	int code;

	if (read_greeting(w, line))
		return w->f->code;
	if (d->hello && say_hello(w, d, name, line))
		return w->f->code;
	if (wire_say(w, "%s", d->start))
		return w->f->code;
	code = read_reply(w, line, NULL, NULL);
	if (!code)
		return w->f->code;
	return code == d->start_code ? 0 : wire_refused(w, d->start, line);
}
