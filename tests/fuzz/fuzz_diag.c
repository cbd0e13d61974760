/* SPDX-License-Identifier: MIT */
/* Messages of sock_diag: whatever a buffer holds, what comes out can be shown, and nothing beyond its end is read. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "system/diag.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(const struct diag_socket *s)
{
	char text[DIAG_ADDR_MAX];

	if ((s->family != AF_INET && s->family != AF_INET6) || s->version < -1 || s->cipher < -1 || s->tx < -1 || s->rx < -1 ||
	    s->max_payload < -1 || s->bytes_sent < -1 || s->bytes_received < -1 || s->bytes_acked < -1 || s->rate < -1 ||
	    s->cwnd < -1 || s->rtt_us < -1)
		abort();
	for (int peer = 0; peer < 2; peer++) {
		diag_print_addr(s, peer, text);
		if (!memchr(text, '\0', sizeof(text)) || !strrchr(text, ':'))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct diag_list list = { 0 };
	struct diag_socket s;
	int err = 0;

	/* The same bytes as a stream of messages, and as one message without its header. */
	diag_take(data, len, &list, &err);
	if (err > 0 || list.n > list.sockets_seen || list.malformed > list.sockets_seen + 1)
		abort();
	for (size_t i = 0; i < list.n; i++)
		check(&list.sockets[i]);
	diag_free(&list);
	if (diag_parse(data, len, &s) == DIAG_TLS)
		check(&s);
	return 0;
}
