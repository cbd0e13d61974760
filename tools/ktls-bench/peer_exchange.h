/* SPDX-License-Identifier: MIT */
/* Requests and answers of HTTP over the connection of a stream. */
#ifndef KTLS_BENCH_PEER_EXCHANGE_H
#define KTLS_BENCH_PEER_EXCHANGE_H

#include "ktls-bench/end.h"
#include "ktls-bench/peer_http.h"

struct exchange {
	struct stream *s;
	struct http_answer answer;
	uint64_t pieces_left;	/* writes until the chunk is full */
	bool has_chunks;	/* one was begun */
	size_t room;
	char *buf;		/* @room bytes, for what is received */
};

/* How data is sent to a kind of peer. All of them return 0 or negative errno, with the stream's why. */
struct peer_sending {
	int (*begin)(struct exchange *x);
	int (*before_piece)(struct exchange *x);
	/* After the last piece: returns when the peer has taken all of it. */
	int (*end)(struct exchange *x);
	/* What became of a connection on which sending failed with @err. */
	int (*explain)(struct exchange *x, int err);
};

extern const struct peer_sending peer_sends_data;	/* nothing but the data */
extern const struct peer_sending peer_posts;		/* the body of a request */

/* Sends the request; its answer is expected then. */
int exchange_ask(struct exchange *x, const char *method, const char *more);

/* Receives once, and judges the answer as soon as its status is known. What was received is in x->buf: *@n bytes. */
int exchange_receive(struct exchange *x, ssize_t *n);

/* Receives until the answer is complete. */
int exchange_finish(struct exchange *x);

#endif
