/* SPDX-License-Identifier: MIT */
/* HTTP/1.1 as far as a benchmark's client needs it: its requests, and answers as they arrive. RFC 9112. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ktls-bench/peer_http.h"

/* Of tokens: RFC 9110 section 5.6.2. */
#define TOKEN_CHARS	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~"
#define DIGITS		"0123456789"
#define HEX_DIGITS	DIGITS "abcdefABCDEF"
#define BLANKS		" \t"

enum {
	/* No number of bytes that is meant has more. */
	LENGTH_DIGITS_MAX = 18,
	CHUNK_DIGITS_MAX = 15,
};

size_t http_request(char buf[HTTP_REQUEST_MAX], const char *method, const struct net_url *u, const char *more)
{
	const int n = snprintf(buf, HTTP_REQUEST_MAX,
			       "%s %s HTTP/1.1\r\n"
			       "Host: %s\r\n"
			       "User-Agent: ktls-bench/" PACKAGE_VERSION "\r\n"
			       "Accept: */*\r\n"
			       "Accept-Encoding: identity\r\n"
			       "%s\r\n", method, u->path, u->authority, more);

	return n < HTTP_REQUEST_MAX ? (size_t)n : HTTP_REQUEST_MAX - 1;
}

void http_expect(struct http_answer *a, bool is_bodyless)
{
	memset(a, 0, offsetof(struct http_answer, buf));
	a->is_bodyless = is_bodyless;
}

static int mistake(struct http_answer *a, const char *why)
{
	a->why = why;
	return -EPROTO;
}

/* --- lines ---------------------------------------------------------------------- */

static uint64_t number(const char *digits, size_t n, unsigned base)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++)
		value = value * base + (uint64_t)(digits[i] <= '9' ? digits[i] - '0' : (digits[i] | 0x20) - 'a' + 10);
	return value;
}

/* "HTTP/1.1 200 OK"; some servers leave out the last blank with the words. */
static int take_status(struct http_answer *a, char *line)
{
	const char *code = line + 9;

	if (strncmp(line, "HTTP/1.0 ", 9) != 0 && strncmp(line, "HTTP/1.1 ", 9) != 0)
		return mistake(a, "does not begin as an answer of HTTP/1.1 does");
	if (strspn(code, DIGITS) != 3 || code[0] < '1' || code[0] > '5' || (code[3] && code[3] != ' '))
		return mistake(a, "has no status that HTTP knows");
	a->is_http11 = line[7] == '1';
	a->status = (int)number(code, 3, 10);
	snprintf(a->line, sizeof(a->line), "%.*s", HTTP_TEXT_MAX - 1, line);
	a->state = HTTP_HEADER;
	return 0;
}

static int take_length(struct http_answer *a, const char *value)
{
	const size_t n = strlen(value);

	if (!n || n > LENGTH_DIGITS_MAX || strspn(value, DIGITS) != n)
		return mistake(a, "has a Content-Length that is no number of bytes");
	if (a->has_length && a->left != number(value, n, 10))
		return mistake(a, "has two Content-Lengths");
	a->has_length = true;
	a->left = number(value, n, 10);
	return 0;
}

static int take_coding(struct http_answer *a, const char *value)
{
	if (strcasecmp(value, "chunked") != 0 || a->is_chunked)
		return mistake(a, "has a Transfer-Encoding other than chunked");
	a->is_chunked = true;
	return 0;
}

/* A list with commas between. */
static int take_connection(struct http_answer *a, const char *value)
{
	while (*value) {
		size_t n;

		value += strspn(value, BLANKS ",");
		n = strcspn(value, BLANKS ",");
		a->says_close = a->says_close || (n == 5 && strncasecmp(value, "close", n) == 0);
		a->says_keep = a->says_keep || (n == 10 && strncasecmp(value, "keep-alive", n) == 0);
		value += n;
	}
	return 0;
}

static int take_location(struct http_answer *a, const char *value)
{
	snprintf(a->location, sizeof(a->location), "%.*s", HTTP_TEXT_MAX - 1, value);
	return 0;
}

static const struct {
	const char *name;
	int (*take)(struct http_answer *a, const char *value);
} headers[] = {
	{ "Content-Length", take_length },
	{ "Transfer-Encoding", take_coding },
	{ "Connection", take_connection },
	{ "Location", take_location },
};

/* RFC 9112 section 6.3. */
static int begin_body(struct http_answer *a)
{
	if (a->is_chunked && (a->has_length || !a->is_http11))
		return mistake(a, "has a body whose length is said twice, or not as its version has it");
	a->keeps = !a->says_close && (a->is_http11 || a->says_keep);
	if (a->is_bodyless || a->status == 204 || a->status == 304 || (a->has_length && !a->left))
		a->state = HTTP_DONE;
	else if (a->is_chunked)
		a->state = HTTP_CHUNK;
	else
		a->state = a->has_length ? HTTP_BODY : HTTP_TO_END;
	if (a->state == HTTP_TO_END)
		a->keeps = false;
	return 0;
}

/* 1xx: the real one follows. 101 would be an answer to a wish that nobody had. */
static int begin_again(struct http_answer *a)
{
	const unsigned interim = a->interim + 1;
	const size_t head = a->head;

	if (a->status == 101)
		return mistake(a, "changes to another protocol");
	if (interim > HTTP_INTERIM_MAX)
		return mistake(a, "does not come to its end: too many of 1xx");
	http_expect(a, a->is_bodyless);
	a->interim = interim;
	a->head = head;
	return 0;
}

/* "Name: value". A line that goes on with the one before (RFC 9112 section 5.2) begins with a blank, which is no name. */
static int take_field(struct http_answer *a, char *line, bool counts)
{
	const size_t name = strspn(line, TOKEN_CHARS);
	char *value = line + name + 1, *end;

	if (!name || line[name] != ':')
		return mistake(a, "has a header line without a name");
	line[name] = '\0';
	value += strspn(value, BLANKS);
	end = value + strlen(value);
	while (end > value && strchr(BLANKS, end[-1]))
		*--end = '\0';
	for (size_t i = 0; counts && i < sizeof(headers) / sizeof(headers[0]); i++)
		if (strcasecmp(line, headers[i].name) == 0)
			return headers[i].take(a, value);
	return 0;
}

static int take_header(struct http_answer *a, char *line)
{
	if (*line)
		return take_field(a, line, true);
	return a->status < 200 ? begin_again(a) : begin_body(a);
}

/* Hexadecimal, and perhaps extensions, which nobody uses. RFC 9112 section 7.1. */
static int take_chunk(struct http_answer *a, char *line)
{
	const size_t n = strspn(line, HEX_DIGITS);

	if (!n || n > CHUNK_DIGITS_MAX || !strchr(BLANKS ";", line[n]))
		return mistake(a, "has a chunk without a size");
	a->left = number(line, n, 16);
	a->state = a->left ? HTTP_CHUNK_BODY : HTTP_TRAILER;
	return 0;
}

static int take_chunk_end(struct http_answer *a, char *line)
{
	if (*line)
		return mistake(a, "has a chunk that is longer than its size");
	a->state = HTTP_CHUNK;
	return 0;
}

static int take_trailer(struct http_answer *a, char *line)
{
	if (*line)
		return take_field(a, line, false);
	a->state = HTTP_DONE;
	return 0;
}

static int (*const take_line[])(struct http_answer *a, char *line) = {
	[HTTP_STATUS] = take_status,
	[HTTP_HEADER] = take_header,
	[HTTP_CHUNK] = take_chunk,
	[HTTP_CHUNK_END] = take_chunk_end,
	[HTTP_TRAILER] = take_trailer,
};

static bool has_control_character(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)line[i] < ' ' && line[i] != '\t') || line[i] == 0x7f)
			return true;
	return false;
}

/* All of it is in the buffer. */
static int end_line(struct http_answer *a)
{
	const size_t len = a->len - 2;

	if (a->len < 2 || a->buf[len] != '\r' || has_control_character(a->buf, len))
		return mistake(a, "has a line that is none of HTTP");
	a->len = 0;
	a->buf[len] = '\0';
	return take_line[a->state](a, a->buf);
}

static ssize_t collect_line(struct http_answer *a, const char *buf, size_t len)
{
	const char *end = memchr(buf, '\n', len);
	const size_t n = end ? (size_t)(end - buf) + 1 : len;
	int ret;

	if (a->state != HTTP_CHUNK && a->state != HTTP_CHUNK_END)
		a->head += n;
	if (n > sizeof(a->buf) - a->len || a->head > HTTP_HEAD_MAX)
		return mistake(a, "has a head that is too long");
	memcpy(a->buf + a->len, buf, n);
	a->len += n;
	ret = end ? end_line(a) : 0;
	return ret ? ret : (ssize_t)n;
}

/* -------------------------------------------------------------------------------- */

static size_t pass_body(struct http_answer *a, size_t len)
{
	const size_t n = a->state == HTTP_TO_END || a->left > len ? len : (size_t)a->left;

	a->body += n;
	if (a->state == HTTP_TO_END)
		return n;
	a->left -= n;
	if (!a->left)
		a->state = a->state == HTTP_BODY ? HTTP_DONE : HTTP_CHUNK_END;
	return n;
}

ssize_t http_take(struct http_answer *a, const char *buf, size_t len)
{
	size_t done = 0;

	while (done < len && a->state != HTTP_DONE) {
		const ssize_t n = a->state >= HTTP_BODY ? (ssize_t)pass_body(a, len - done) : collect_line(a, buf + done, len - done);

		if (n < 0)
			return n;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

bool http_has_head(const struct http_answer *a)
{
	return a->state > HTTP_HEADER;
}

bool http_is_complete(const struct http_answer *a)
{
	return a->state == HTTP_DONE;
}

int http_end(struct http_answer *a)
{
	if (a->state == HTTP_TO_END)
		a->state = HTTP_DONE;
	return a->state == HTTP_DONE ? 0 : -ECONNABORTED;
}

int http_judge(const struct http_answer *a, char *why, size_t why_len)
{
	if (a->status >= 200 && a->status < 300)
		return 0;
	if (a->status < 400 && a->location[0])
		snprintf(why, why_len, "the server answers \"%s\": redirects are not followed, name %s itself", a->line, a->location);
	else
		snprintf(why, why_len, "the server answers \"%s\"", a->line);
	return -EIO;
}
