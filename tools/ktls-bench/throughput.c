/* SPDX-License-Identifier: MIT */
/* One direction, as fast as it goes. */
#include <errno.h>
#include <stdlib.h>

#include "ktls-bench/end.h"
#include "ktls-bench/mode.h"

static int send_chunk(struct stream *s)
{
	const struct end_wish *w = s->wish;
	const size_t off = s->total % w->pattern->len;
	size_t len = w->options->length;

	if (w->options->bytes && w->options->bytes - s->total < len)
		len = (size_t)(w->options->bytes - s->total);
	s->total += len;
	return w->carrier->from_file ? w->carrier->send_file(s->end, w->pattern->file, (off_t)off, len) :
				       w->carrier->send(s->end, w->pattern->bytes + off, len);
}

static int throughput_send(struct stream *s, double start)
{
	int ret = 0;

	while (!ret && end_tick(s, start))
		ret = send_chunk(s);
	end_stop_counting(s);
	return ret ? ret : s->wish->carrier->finish(s->end);
}

/* To the end, after the time as well: a sender must not be left with a full socket. */
static int receive_all(struct stream *s, double start, char *buf, size_t room)
{
	for (;;) {
		ssize_t n = s->wish->carrier->recv(s->end, buf, room);

		if (n < 0)
			return (int)n;
		if (n && s->wish->options->verify_data && !end_is_as_sent(s, buf, (size_t)n))
			return -EBADMSG;
		s->total += (uint64_t)n;
		if (!n)
			break;
		end_tick(s, start);
	}
	end_stop_counting(s);
	return s->wish->options->bytes && s->total != s->wish->options->bytes ? -ECONNABORTED : 0;
}

static int throughput_receive(struct stream *s, double start)
{
	const size_t room = s->wish->options->length < 262144 ? 262144 : s->wish->options->length;
	char *buf = malloc(room);
	int ret = buf ? receive_all(s, start, buf, room) : -ENOMEM;

	free(buf);
	return ret;
}

static double work(const struct sample *s)
{
	return (double)s->bytes / BENCH_GIB;
}

const struct bench_mode bench_throughput = {
	.name = "throughput",
	.length = 128 << 10,
	.takes_bytes = true,
	.takes_files = true,
	.send = throughput_send,
	.receive = throughput_receive,
	.work = work,
	.rate_of_work = 8 * BENCH_GIB,
	.rate_key = "bits_per_second",
	.cost_key = "cpu_seconds_per_gib",
	.rate_title = "Gbit/s",
	.cost_title = "CPU s/GiB",
	.rate_scale = 1e-9,
	.cost_scale = 1,
	.does = "carries",
};
