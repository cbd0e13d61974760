/* SPDX-License-Identifier: MIT */
/* LDAP: RFC 4511 section 4.14, an extended operation in BER. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "prelude/families.h"

/* Tags of BER, of which there are only these here. */
enum {
	SEQUENCE = 0x30, INTEGER = 0x02, OCTET_STRING = 0x04, ENUMERATED = 0x0a,
	EXTENDED_REQUEST = 0x77, EXTENDED_RESPONSE = 0x78, REQUEST_NAME = 0x80,
};

enum {
	ANSWER_MAX = 4096,
	OUR_ID = 1,
};

#define START_TLS_OID	"1.3.6.1.4.1.1466.20037"

/* RFC 4511 appendix A, those that an operation like this may have. */
static const struct {
	uint8_t code;
	const char *name;
} results[] = {
	{ 1, "operationsError" },
	{ 2, "protocolError" },
	{ 7, "authMethodNotSupported" },
	{ 8, "strongerAuthRequired" },
	{ 10, "referral" },
	{ 13, "confidentialityRequired" },
	{ 50, "insufficientAccessRights" },
	{ 51, "busy" },
	{ 52, "unavailable" },
	{ 53, "unwillingToPerform" },
	{ 80, "other" },
};

/* What is not parsed yet. */
struct ber {
	const uint8_t *at;
	size_t len;
};

static const char *result_name(uint8_t code)
{
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
		if (results[i].code == code)
			return results[i].name;
	return "a result of its own";
}

/* The element at the front if it is @tag: 0 and *@out, its contents. Its length is in the short form or the long. */
static int take(struct ber *b, uint8_t tag, struct ber *out)
{
	size_t head = 2, len;

	if (b->len < head || b->at[0] != tag)
		return -1;
	len = b->at[1];
	if (len >= 0x80) {
		const size_t bytes = len & 0x7f;

		head += bytes;
		if (bytes < 1 || bytes > 4 || b->len < head)
			return -1;
		len = 0;
		for (size_t i = 0; i < bytes; i++)
			len = len << 8 | b->at[2 + i];
	}
	if (b->len - head < len)
		return -1;
	*out = (struct ber){ b->at + head, len };
	*b = (struct ber){ b->at + head + len, b->len - head - len };
	return 0;
}

static int take_byte(struct ber *b, uint8_t tag, uint8_t *out)
{
	struct ber value;

	if (take(b, tag, &value) || value.len != 1)
		return -1;
	*out = value.at[0];
	return 0;
}

static int no_answer(struct wire *w, const void *said, size_t len)
{
	return wire_fail_said(w, "this is no answer of LDAP", said, len);
}

/* The outermost element, all of it, with *@len bytes; @answer has room for ANSWER_MAX. */
static int read_element(struct wire *w, uint8_t *answer, size_t *len)
{
	size_t head = 2, n = 0;

	if (wire_read(w, answer, head))
		return w->f->code;
	if (answer[0] != SEQUENCE)
		return no_answer(w, answer, head);
	if (answer[1] < 0x80) {
		n = answer[1];
	} else {
		const size_t bytes = answer[1] & 0x7f;

		if (bytes < 1 || bytes > 4)
			return no_answer(w, answer, head);
		if (wire_read(w, answer + head, bytes))
			return w->f->code;
		for (size_t i = 0; i < bytes; i++)
			n = n << 8 | answer[head + i];
		head += bytes;
	}
	if (n > ANSWER_MAX - head)
		return wire_fail(w, "an answer of %zu bytes came while %s", n, w->doing);
	*len = head + n;
	return wire_read(w, answer + head, n);
}

/* The result, in words of the server's if it has some. */
static int judge(struct wire *w, uint8_t code, const struct ber *diagnostic)
{
	char quote[WIRE_QUOTE_LEN], text[128];

	if (code == 0)
		return 0;
	wire_quote(quote, diagnostic->at, diagnostic->len);
	snprintf(text, sizeof(text), "%s (%u)%s", result_name(code), code, diagnostic->len ? ": " : "");
	return wire_fail(w, "the server refuses StartTLS: %s%s", text, quote);
}

static int parse(struct wire *w, const uint8_t *answer, size_t len)
{
	struct ber all = { answer, len }, message, response, matched, diagnostic;
	uint8_t id, code;

	if (take(&all, SEQUENCE, &message) || take_byte(&message, INTEGER, &id) ||
	    take(&message, EXTENDED_RESPONSE, &response) || take_byte(&response, ENUMERATED, &code) ||
	    take(&response, OCTET_STRING, &matched) || take(&response, OCTET_STRING, &diagnostic))
		return no_answer(w, answer, len);
	/* 0: a notice of disconnection, with its reason. */
	if (id != OUR_ID && (id != 0 || code == 0))
		return no_answer(w, answer, len);
	return judge(w, code, &diagnostic);
}

int converse_ldap(struct wire *w, const char *protocol, const char *name)
{
	enum { OID_LEN = sizeof(START_TLS_OID) - 1 };
	static const uint8_t head[] = {
		SEQUENCE, OID_LEN + 7, INTEGER, 1, OUR_ID, EXTENDED_REQUEST, OID_LEN + 2, REQUEST_NAME, OID_LEN,
	};
	uint8_t request[sizeof(head) + OID_LEN], answer[ANSWER_MAX];
	size_t len = 0;

	(void)protocol;
	(void)name;
	memcpy(request, head, sizeof(head));
	memcpy(request + sizeof(head), START_TLS_OID, OID_LEN);
	if (wire_send(w, request, sizeof(request)) || read_element(w, answer, &len))
		return w->f->code;
	return parse(w, answer, len);
}
