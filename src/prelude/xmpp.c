/* SPDX-License-Identifier: MIT */
/* XMPP, of clients and between servers: RFC 6120 section 5. Its stream is one XML document, read tag by tag. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "prelude/families.h"

#define TLS_NAMESPACE	"urn:ietf:params:xml:ns:xmpp-tls"

enum {
	TAG_LEN = 64,
};

/* A tag without attributes and without the prefix of its namespace, which is the server's choice. */
struct tag {
	char name[TAG_LEN];
	bool closes;		/* </name> */
	bool is_empty;		/* <name/> */
};

/* XML lets ">" stand in the value of an attribute. */
static bool is_quoted(const char *text)
{
	char quote = 0;

	for (; *text; text++) {
		if (!quote && (*text == '"' || *text == '\''))
			quote = *text;
		else if (quote == *text)
			quote = 0;
	}
	return quote;
}

/* The text of one tag, from "<" to ">"; text that stands before it is left out. */
static int read_tag_text(struct wire *w, char *text)
{
	size_t used = 0;
	char *start;

	do {
		if (used == WIRE_LINE_LEN - 1)
			return wire_fail(w, "a tag of more than %zu bytes came while %s", used, w->doing);
		if (wire_until(w, '>', text + used, WIRE_LINE_LEN - used))
			return w->f->code;
		used += strlen(text + used);
		start = strchr(text, '<');
		if (!start)
			return wire_fail_said(w, "this is no XML", text, used);
	} while (is_quoted(start));
	memmove(text, start, strlen(start) + 1);
	return 0;
}

static void parse_tag(struct tag *t, const char *text)
{
	const size_t len = strlen(text);
	const char *name = text + 1, *colon;
	size_t n;

	t->closes = *name == '/';
	if (t->closes)
		name++;
	t->is_empty = text[len - 2] == '/';
	n = strcspn(name, " \t\r\n/>");
	colon = memchr(name, ':', n);
	if (colon) {
		n -= (size_t)(colon + 1 - name);
		name = colon + 1;
	}
	snprintf(t->name, sizeof(t->name), "%.*s", (int)(n < TAG_LEN ? n : TAG_LEN - 1), name);
}

static int read_tag(struct wire *w, struct tag *t, char *text)
{
	do {
		if (read_tag_text(w, text))
			return w->f->code;
	} while (text[1] == '?');
	parse_tag(t, text);
	return 0;
}

/* <stream:error>, whose first child says what is wrong: RFC 6120 section 4.9. */
static int tell_error(struct wire *w, const char *what, char *text)
{
	struct tag t;

	if (read_tag(w, &t, text))
		return w->f->code;
	return wire_refused(w, what, t.name);
}

static bool is_start(const struct tag *t, const char *name)
{
	return !t->closes && strcmp(t->name, name) == 0;
}

static int read_header(struct wire *w, char *text)
{
	struct tag t;

	if (read_tag(w, &t, text))
		return w->f->code;
	if (is_start(&t, "stream"))
		return 0;
	return wire_fail_said(w, "this is no stream of XMPP", text, strlen(text));
}

static int read_features(struct wire *w, char *text)
{
	bool offered = false, inside = false;
	struct tag t;

	for (;;) {
		if (read_tag(w, &t, text))
			return w->f->code;
		if (!inside && is_start(&t, "error"))
			return tell_error(w, "the stream", text);
		if (!inside && !is_start(&t, "features"))
			return wire_fail_said(w, "the server should have said its features, but says", text,
					      strlen(text));
		/* <features/>, or </features>. */
		if (strcmp(t.name, "features") == 0 && (t.is_empty || t.closes))
			break;
		if (inside && is_start(&t, "starttls"))
			offered = true;
		inside = true;
	}
	return offered ? 0 : wire_fail(w, "the server does not offer STARTTLS among its features");
}

/* <proceed/>, which may also be written as two tags; TLS begins behind it. */
static int read_proceed(struct wire *w, char *text)
{
	struct tag t;

	if (read_tag(w, &t, text))
		return w->f->code;
	if (is_start(&t, "error"))
		return tell_error(w, "STARTTLS", text);
	if (!is_start(&t, "proceed"))
		return wire_refused(w, "STARTTLS", text);
	if (t.is_empty)
		return 0;
	if (read_tag(w, &t, text))
		return w->f->code;
	if (t.closes && strcmp(t.name, "proceed") == 0)
		return 0;
	return wire_fail_said(w, "this is no XML of STARTTLS", text, strlen(text));
}

int converse_xmpp(struct wire *w, const char *protocol, const char *name)
{
	static const char start[] = "<starttls xmlns='" TLS_NAMESPACE "'/>";
	const char *kind = strcmp(protocol, "xmpp-server") == 0 ? "server" : "client";
	char text[WIRE_LINE_LEN];
	int len;

	len = snprintf(text, sizeof(text), "<?xml version='1.0'?><stream:stream xmlns='jabber:%s' "
		       "xmlns:stream='http://etherx.jabber.org/streams' to='%s' version='1.0'>", kind, name);
	if (wire_send(w, text, (size_t)len) || read_header(w, text) || read_features(w, text))
		return w->f->code;
	if (wire_send(w, start, sizeof(start) - 1))
		return w->f->code;
	return read_proceed(w, text);
}
