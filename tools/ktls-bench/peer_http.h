/* SPDX-License-Identifier: MIT */
/* HTTP/1.1 as far as a benchmark's client needs it: its requests, and answers as they arrive. RFC 9112. */
#ifndef KTLS_BENCH_PEER_HTTP_H
#define KTLS_BENCH_PEER_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "net/url.h"

enum {
	HTTP_REQUEST_MAX = NET_TEXT_LEN + NET_PATH_LEN + 512,
	/* An answer that needs more is none that could be wanted here. */
	HTTP_LINE_MAX = 8192,
	HTTP_HEAD_MAX = 65536,		/* all lines but those of chunks */
	HTTP_INTERIM_MAX = 16,		/* answers of 1xx before the one that counts */
	HTTP_TEXT_MAX = 128,
};

/*
 * Writes the request for @u, with the lines @more (each with its end) in its head: its length. It always fits if @more has no more
 * than 200 bytes.
 */
size_t http_request(char buf[HTTP_REQUEST_MAX], const char *method, const struct net_url *u, const char *more);

/* What comes next. */
enum http_state {
	HTTP_STATUS,
	HTTP_HEADER,
	HTTP_CHUNK,		/* a chunk's size */
	HTTP_CHUNK_END,
	HTTP_TRAILER,
	HTTP_BODY,		/* so many bytes */
	HTTP_CHUNK_BODY,
	HTTP_TO_END,		/* all until the connection ends */
	HTTP_DONE,
};

struct http_answer {
	int status;			/* 200; 0: not known yet */
	char line[HTTP_TEXT_MAX];	/* the status line, for messages: what does not fit is cut */
	char location[HTTP_TEXT_MAX];	/* where a redirect points; "" */
	uint64_t body;			/* bytes of it until now */
	bool keeps;			/* the connection takes another request after the answer. Known once the head is over. */
	const char *why;		/* after -EPROTO: in words */
	/* Its own. */
	enum http_state state;
	bool is_bodyless, is_http11, has_length, is_chunked, says_close, says_keep;
	uint64_t left;			/* of the body, or of the chunk */
	unsigned interim;
	size_t head, len;		/* bytes of lines until now; of this line */
	char buf[HTTP_LINE_MAX];
};

/* Before each answer. @is_bodyless: it is that to HEAD. */
void http_expect(struct http_answer *a, bool is_bodyless);

/* Takes what belongs to the answer: how many of the @len bytes that is, all of them unless it is complete; or -EPROTO. */
ssize_t http_take(struct http_answer *a, const char *buf, size_t len);

/* Whether its head is over, so that the status is known. */
bool http_has_head(const struct http_answer *a);
bool http_is_complete(const struct http_answer *a);

/* The connection has ended: 0 if the answer is complete, or complete with that; else -ECONNABORTED. */
int http_end(struct http_answer *a);

/* After its head: 0, or -EIO for all but success, with @why in words. */
int http_judge(const struct http_answer *a, char *why, size_t why_len);

#endif
