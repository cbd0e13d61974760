/* SPDX-License-Identifier: MIT */
/* Requests and answers of HTTP over the connection of a stream. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "cli/wait.h"
#include "ktls-bench/peer_exchange.h"
#include "ktls-bench/throughput.h"

enum {
	/* A chunk costs a record of its own for its size, but must be filled when the time is over. */
	CHUNK_BYTES = 1 << 20,
	CHUNK_PIECES_MAX = 64,
};

static int send_text(struct stream *s, const char *text)
{
	return s->context->carrier->send(s->end, text, strlen(text));
}

int exchange_ask(struct exchange *x, const char *method, const char *more)
{
	char request[HTTP_REQUEST_MAX];

	http_request(request, method, &x->s->wish->trial->options->url, more);
	http_expect(&x->answer, strcmp(method, "HEAD") == 0);
	return send_text(x->s, request);
}

/* Not -EPROTO, which is a failure of TLS. */
static int is_not_http(struct exchange *x)
{
	snprintf(x->s->why, sizeof(x->s->why), "the server's answer %s", x->answer.why);
	return -EIO;
}

/* @n bytes have come, or 0: the end. */
static int take(struct exchange *x, ssize_t n)
{
	const ssize_t taken = n > 0 ? http_take(&x->answer, x->buf, (size_t)n) : http_end(&x->answer);

	if (taken == -EPROTO)
		return is_not_http(x);
	if (taken < 0) {
		snprintf(x->s->why, sizeof(x->s->why), "the server ends the connection before %s", x->answer.status ? "its answer is over" :
			 "it has answered");
		return (int)taken;
	}
	if (taken < n) {
		snprintf(x->s->why, sizeof(x->s->why), "the server sends more than was asked for");
		return -EIO;
	}
	return http_has_head(&x->answer) ? http_judge(&x->answer, x->s->why, sizeof(x->s->why)) : 0;
}

int exchange_receive(struct exchange *x, ssize_t *n)
{
	*n = x->s->context->carrier->recv(x->s->end, x->buf, x->room);
	return *n < 0 ? (int)*n : take(x, *n);
}

int exchange_finish(struct exchange *x)
{
	ssize_t n;
	int ret = 0;

	while (!ret && !http_is_complete(&x->answer))
		ret = exchange_receive(x, &n);
	return ret;
}

/* --- while sending -------------------------------------------------------------- */

/* What is here already, without waiting for more: at least one byte, 0 at the end, or negative errno. */
static ssize_t receive_now(struct exchange *x)
{
	const int flags = fcntl(x->s->fd, F_GETFL);
	ssize_t n;

	if (flags < 0 || fcntl(x->s->fd, F_SETFL, flags | O_NONBLOCK))
		return -errno;
	n = x->s->context->carrier->recv(x->s->end, x->buf, x->room);
	fcntl(x->s->fd, F_SETFL, flags);
	return n;
}

/* Whatever it has answered, it does not take more. */
static int is_over(struct exchange *x, int err)
{
	if (http_has_head(&x->answer))
		snprintf(x->s->why, sizeof(x->s->why), "the server answers \"%s\", and ends the connection before all was sent", x->answer.line);
	else
		snprintf(x->s->why, sizeof(x->s->why), "the server ends the connection while it is sent to: %s", strerror(-err));
	return err;
}

/* A server may answer before it has everything. Success is none of our business then: it reads on. */
static int hear(struct exchange *x)
{
	ssize_t n;
	int ret = 0;

	do {
		n = receive_now(x);
		if (n == -EAGAIN)
			return 0;
		if (n <= 0)
			return is_over(x, n ? (int)n : -ECONNABORTED);
		ret = take(x, n);
	} while (!ret);
	return ret;
}

static int listen_once(struct exchange *x)
{
	struct pollfd p = { .fd = x->s->fd, .events = POLLIN };

	/* A ticket is not seen by poll() alone, either, but it comes once. */
	return poll(&p, 1, 0) > 0 ? hear(x) : 0;
}

/* --- the body of a request ------------------------------------------------------ */

static bool is_chunked(const struct exchange *x)
{
	return !x->s->wish->trial->options->bytes;
}

static int begin_post(struct exchange *x)
{
	char more[160], length[64] = "Transfer-Encoding: chunked";

	if (!is_chunked(x))
		snprintf(length, sizeof(length), "Content-Length: %" PRIu64, x->s->wish->trial->options->bytes);
	snprintf(more, sizeof(more), "Connection: close\r\nContent-Type: application/octet-stream\r\n%s\r\n", length);
	return exchange_ask(x, "POST", more);
}

static int begin_chunk(struct exchange *x)
{
	const struct trial *t = x->s->wish->trial;
	const size_t length = bench_length(t->options, t->what), pieces = length < CHUNK_BYTES ? CHUNK_BYTES / length : 1;
	char text[32];

	x->pieces_left = pieces < CHUNK_PIECES_MAX ? pieces : CHUNK_PIECES_MAX;
	snprintf(text, sizeof(text), "%s%zx\r\n", x->has_chunks ? "\r\n" : "", (size_t)x->pieces_left * length);
	x->has_chunks = true;
	return send_text(x->s, text);
}

static int before_piece_of_post(struct exchange *x)
{
	int ret = listen_once(x);

	if (!ret && is_chunked(x) && !x->pieces_left)
		ret = begin_chunk(x);
	if (!ret && is_chunked(x))
		x->pieces_left--;
	return ret;
}

/* FIN, with close_notify or without. What comes before it is of no interest, but must not go on for ever. */
static int wait_for_end(struct exchange *x)
{
	const int64_t until = cli_now_ms() + x->s->wish->trial->options->wait_ms;
	ssize_t n;

	do
		n = x->s->context->carrier->recv(x->s->end, x->buf, x->room);
	while (n > 0 && cli_now_ms() < until);
	if (n <= 0)
		return n == -ECONNABORTED ? 0 : (int)n;
	snprintf(x->s->why, sizeof(x->s->why), "the server has got all, but sends and does not end the connection");
	return -ETIMEDOUT;
}

/* Servers that answer at once read on: that the connection ends then, as was asked for, is the proof that all was read. */
static int end_post(struct exchange *x)
{
	int ret = 0;

	for (; !ret && x->pieces_left; x->pieces_left--)
		ret = throughput_send_piece(x->s);
	if (!ret && is_chunked(x))
		ret = send_text(x->s, x->has_chunks ? "\r\n0\r\n\r\n" : "0\r\n\r\n");
	if (!ret)
		ret = exchange_finish(x);
	if (!ret)
		ret = wait_for_end(x);
	if (!ret)
		x->s->ops++;
	return ret;
}

/* The reason may be here, though the way to the server is not there any more. */
static int explain_post(struct exchange *x, int err)
{
	const int ret = hear(x);

	return ret == -EIO ? ret : is_over(x, err);
}

const struct peer_sending peer_posts = {
	.begin = begin_post, .before_piece = before_piece_of_post, .end = end_post, .explain = explain_post,
};

/* --- nothing but the data ------------------------------------------------------- */

static int nothing(struct exchange *x)
{
	(void)x;
	return 0;
}

/* Whoever swallows data ends the connection when it has all of it. */
static int end_data(struct exchange *x)
{
	const int ret = x->s->context->carrier->finish(x->s->end);

	return ret ? ret : wait_for_end(x);
}

static int explain_data(struct exchange *x, int err)
{
	(void)x;
	return err;
}

const struct peer_sending peer_sends_data = {
	.begin = nothing, .before_piece = nothing, .end = end_data, .explain = explain_data,
};
