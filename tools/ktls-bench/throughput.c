/* SPDX-License-Identifier: MIT */
/* One direction, as fast as it goes. */
#include <errno.h>
#include <stdlib.h>

#include "ktls-bench/end.h"
#include "ktls-bench/pattern.h"
#include "ktls-bench/peer.h"
#include "ktls-bench/throughput.h"

static int send_bytes(struct stream *s, const char *bytes, size_t len)
{
	const struct carrier *carrier = s->context->carrier;
	const bool more = s->wish->trial->options->coalesce && carrier->send_more;

	return (more ? carrier->send_more : carrier->send)(s->end, bytes, len);
}

int throughput_send_piece(struct stream *s)
{
	const struct trial *t = s->wish->trial;
	const struct carrier *carrier = s->context->carrier;
	const size_t off = s->total % t->pattern->len;
	size_t len = bench_length(t->options, t->what);

	if (t->options->bytes && t->options->bytes - s->total < len)
		len = (size_t)(t->options->bytes - s->total);
	s->total += len;
	return carrier->from_file || t->options->zerocopy ? carrier->send_file(s->end, t->pattern->file, (off_t)off, len) :
							     send_bytes(s, t->pattern->bytes + off, len);
}

/* TLS 1.3 (RFC 8446 section 4.6.3): after so many bytes the key is changed. */
static int change_key(struct stream *s)
{
	const uint64_t every = s->wish->trial->what->every;
	int ret;

	if (!every || s->total - s->rekeyed_at < every)
		return 0;
	ret = s->context->carrier->rekey(s->end, s->wish->report->why);
	s->rekeyed_at = s->total;
	s->rekeys++;
	return ret;
}

int throughput_send(struct stream *s, double start)
{
	const struct bench_options *o = s->wish->trial->options;
	const double writes_a_second = o->rate / 8 / (double)bench_length(o, s->wish->trial->what);
	uint64_t k = 0;
	int ret = 0;

	while (!ret && end_tick(s, start)) {
		end_pace(start, k++, writes_a_second);
		ret = throughput_send_piece(s);
		if (!ret)
			ret = change_key(s);
	}
	end_stop_counting(s);
	return ret ? ret : s->context->carrier->finish(s->end);
}

/* To the end, after the time as well: a sender must not be left with a full socket. */
static int receive_all(struct stream *s, double start, char *buf, size_t room)
{
	const struct bench_options *o = s->wish->trial->options;

	for (;;) {
		ssize_t n = s->context->carrier->recv(s->end, buf, room);

		if (n < 0)
			return (int)n;
		if (n && o->verify_data && !end_is_as_sent(s, buf, (size_t)n))
			return -EBADMSG;
		s->total += (uint64_t)n;
		if (!n)
			break;
		end_tick(s, start);
	}
	end_stop_counting(s);
	return o->bytes && s->total != o->bytes ? -ECONNABORTED : 0;
}

int throughput_receive(struct stream *s, double start)
{
	const size_t length = s->wish->trial->options->length, room = length < 262144 ? 262144 : length;
	char *buf = malloc(room);
	int ret = buf ? receive_all(s, start, buf, room) : -ENOMEM;

	free(buf);
	return ret;
}

/* A foreign server has TLS, and where it sends our end has no use for a file. With all out of a file the kernel would be there twice. */
static bool can_be_had(const struct bench_options *o, const struct carrier *carrier)
{
	if (o->zerocopy && carrier == &carrier_kernel_sendfile)
		return false;
	return !o->peer || (carrier->prepare && !(o->reverse && carrier->from_file));
}

static void add_size(const struct bench_options *o, size_t size, struct bench_case cases[BENCH_CASES_MAX], size_t *n)
{
	for (size_t k = 0; carriers[k]; k++) {
		struct bench_case *c = can_be_had(o, carriers[k]) ? case_add(cases, n, carriers[k], "", "") : NULL;

		if (c && size)
			case_set_size(c, size);
	}
}

/* Those of a size together: they are compared with each other, and measured one after the other. */
size_t throughput_list(const struct bench_options *o, struct bench_case cases[BENCH_CASES_MAX])
{
	size_t n = 0;

	for (unsigned i = 0; i < o->n_sizes; i++)
		add_size(o, o->sizes[i], cases, &n);
	if (!o->n_sizes)
		add_size(o, 0, cases, &n);
	return n;
}

double throughput_work(const struct sample *s)
{
	return (double)s->bytes / BENCH_GIB;
}

const struct bench_mode bench_throughput = {
	.name = "throughput",
	.takes = TAKES_BYTES | TAKES_DIRECTIONS | TAKES_RATE | TAKES_LENGTH | TAKES_SIZES | TAKES_REVERSE | TAKES_PARALLEL | TAKES_CLOCK |
		 TAKES_FILE | TAKES_MORE | TAKES_PEER | TAKES_REMOTE,
	.with_peer = &bench_peer_throughput,
	.length = 128 << 10,
	.lengths = "writes",
	.list = throughput_list,
	.take = sample_take,
	.send = throughput_send,
	.receive = throughput_receive,
	THROUGHPUT_RATE,
	.cost_title = "CPU s/GiB",
};
