/* SPDX-License-Identifier: MIT */
/* Pairings of paths that a test of the connection runs on. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "unit/variants.h"

enum {
	BULK = 300000,
};

static uint8_t sent[BULK], got[BULK + 1];

struct variant variants[VARIANTS] = {
	[ON_ENGINE] = { "engine", KTLS_OFF, KTLS_OFF },
	[ON_KERNEL] = { "kernel", KTLS_ON, KTLS_ON },
	[ON_KERNEL_TX] = { "kernel tx", KTLS_ON, KTLS_OFF },
	[ON_KERNEL_RX] = { "kernel rx", KTLS_OFF, KTLS_ON },
};

bool kernel_required(void)
{
	const char *s = getenv("KTLS_TEST_REQUIRE_KERNEL");

	return s && strcmp(s, "1") == 0;
}

struct pair_opts opts_for(const struct variant *v)
{
	return (struct pair_opts){ .tickets = -1, .conn = { .want = { [KTLS_TX] = v->tx, [KTLS_RX] = v->rx } } };
}

void make(struct pair *p, const struct pair_opts *o)
{
	int ret = pair_try(p, o);

	if (ret == -EOPNOTSUPP && !kernel_required()) {
		pair_free(p);
		skip();
	}
	assert_int_equal(ret, 0);
}

void pattern(uint8_t *buf, size_t len, uint32_t seed)
{
	for (size_t i = 0; i < len; i++) {
		seed = seed * 1664525u + 1013904223u;
		buf[i] = (uint8_t)(seed >> 24);
	}
}

void send_and_check(struct pair *p, size_t len, uint32_t seed)
{
	size_t done = 0, received = 0;
	uint8_t type;

	pattern(sent, len, seed);
	while (received < len) {
		if (done < len) {
			ssize_t n = ktls_conn_send(p->conn, sent + done, len - done);

			assert_true(n > 0 || n == -EAGAIN);
			done += n > 0 ? (size_t)n : 0;
		} else {
			int ret = ktls_conn_flush(p->conn);

			assert_true(ret == 0 || ret == -EAGAIN);
		}
		ssize_t n = pair_peer_recv(p, &type, got + received, sizeof(got) - received);

		assert_true(n >= 0);
		/* A server's tickets were sent before the hand-over. */
		if (type == TLS_CT_HANDSHAKE && received == 0)
			continue;
		assert_int_equal(type, TLS_CT_DATA);
		received += (size_t)n;
	}
	assert_int_equal(received, len);
	assert_memory_equal(sent, got, len);
}

void receive_and_check(struct pair *p, size_t len, uint32_t seed)
{
	size_t done = 0, received = 0;

	pattern(sent, len, seed);
	while (received < len) {
		size_t n = MIN(len - done, TLS_MAX_PLAINTEXT);
		ssize_t r;

		if (n)
			pair_peer_send(p, TLS_CT_DATA, sent + done, n);
		done += n;
		r = pair_recv(p, got + received, sizeof(got) - received);
		if (r <= 0)
			fail_msg("recv: %zd %s", r, ktls_conn_error(p->conn));
		received += (size_t)r;
	}
	assert_int_equal(received, len);
	assert_memory_equal(sent, got, len);
}
