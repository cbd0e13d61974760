/* SPDX-License-Identifier: MIT */
/* TCP's own numbers of a socket. A file of its own, because linux/tcp.h and libnl's headers do not go together. */
#include <linux/tcp.h>
#include <stddef.h>
#include <string.h>

#include "system/diag.h"

/* "No limit" is all ones there, and nothing measured yet is zero. */
static int64_t rate_of(uint64_t delivered, uint64_t paced)
{
	const uint64_t rate = delivered ? delivered : paced;

	return rate && rate <= INT64_MAX ? (int64_t)rate : -1;
}

static int64_t count_of(uint64_t n)
{
	return n <= INT64_MAX ? (int64_t)n : -1;
}

#define HAS(field) (len >= offsetof(struct tcp_info, field) + sizeof(info.field))

void diag_take_tcp(const void *data, size_t len, struct diag_socket *s)
{
	struct tcp_info info = { 0 };

	if (len)
		memcpy(&info, data, len < sizeof(info) ? len : sizeof(info));
	s->rtt_us = HAS(tcpi_rtt) ? (int64_t)info.tcpi_rtt : -1;
	s->cwnd = HAS(tcpi_snd_cwnd) ? (int64_t)info.tcpi_snd_cwnd : -1;
	s->bytes_acked = HAS(tcpi_bytes_acked) ? count_of(info.tcpi_bytes_acked) : -1;
	s->bytes_received = HAS(tcpi_bytes_received) ? count_of(info.tcpi_bytes_received) : -1;
	s->bytes_sent = HAS(tcpi_bytes_sent) ? count_of(info.tcpi_bytes_sent) : -1;
	s->rate = rate_of(HAS(tcpi_delivery_rate) ? info.tcpi_delivery_rate : 0,
			  HAS(tcpi_pacing_rate) ? info.tcpi_pacing_rate : 0);
}
