/* SPDX-License-Identifier: MIT */
/* libktls: its engine, and the kernel with and without a file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ktls/conn.h>

#include "ktls-bench/carrier.h"
#include "ktls-bench/offload.h"

struct carried {
	struct ktls_conn *conn;
	struct carrier_facts facts;
};

static void conn_close(struct carried *c)
{
	ktls_conn_free(c->conn);
	free(c);
}

static int hand_over(struct carried *c, SSL *ssl, int fd, const struct ktls_conn_opts *opts, char why[CARRIER_WHY_MAX])
{
	struct ktls_handshake *hs = NULL;
	int ret = ktls_handshake_new(&hs, ssl, fd);

	if (!ret)
		ret = ktls_handshake_step(hs);
	if (!ret)
		ret = ktls_conn_new(&c->conn, &hs, opts);
	if (ret) {
		snprintf(why, CARRIER_WHY_MAX, "%s", hs && *ktls_handshake_error(hs) ? ktls_handshake_error(hs) : strerror(-ret));
		ktls_handshake_free(hs);
	}
	return ret;
}

static int open_with(struct carried **end, const struct carrier_context *context, int fd, enum ktls_want want, bool zero_copy,
		     char why[CARRIER_WHY_MAX])
{
	const struct ktls_conn_opts opts = { .want = { want, want }, .max_payload = context->tls->record, .zero_copy = zero_copy };
	struct carried *c = calloc(1, sizeof(*c));
	SSL *ssl;
	int ret = -EPROTO;

	if (!c)
		return -ENOMEM;
	ssl = bench_tls_connection(context->tls, context->ctx, -1, context->is_server, context->session);
	if (ssl)
		ret = hand_over(c, ssl, fd, &opts, why);
	else
		snprintf(why, CARRIER_WHY_MAX, "TLS: %s", bench_tls_reason());
	if (!ret) {
		snprintf(c->facts.version, sizeof(c->facts.version), "%s", SSL_get_version(ssl));
		snprintf(c->facts.suite, sizeof(c->facts.suite), "%s", SSL_CIPHER_standard_name(SSL_get_current_cipher(ssl)));
		c->facts.resumed = SSL_session_reused(ssl);
		*end = c;
	} else {
		conn_close(c);
	}
	bench_tls_drop(ssl);
	return ret;
}

static int engine_open(struct carried **end, const struct carrier_context *context, int fd, char why[CARRIER_WHY_MAX])
{
	return open_with(end, context, fd, KTLS_OFF, false, why);
}

static int kernel_open(struct carried **end, const struct carrier_context *context, int fd, char why[CARRIER_WHY_MAX])
{
	return open_with(end, context, fd, KTLS_ON, false, why);
}

/* The kernel takes the wish for zero copy everywhere, and heeds it only where a card encrypts: elsewhere it would be the same row again. */
static int check_zero_copy(struct carried *c, int fd, char why[CARRIER_WHY_MAX])
{
	struct ktls_conn_info info;
	int by_card;

	ktls_conn_get_info(c->conn, &info);
	if (!info.dir[KTLS_TX].zero_copy) {
		snprintf(why, CARRIER_WHY_MAX, "%s", info.dir[KTLS_TX].reason);
		return -EOPNOTSUPP;
	}
	by_card = offload_of_sender(fd);
	if (by_card > 0)
		return 0;
	if (by_card == 0)
		snprintf(why, CARRIER_WHY_MAX, "the CPU encrypts here, and nothing is encrypted in place: zero copy takes a network card that "
			 "encrypts (tls-hw-tx-offload, see ktlsctl nic)");
	else
		snprintf(why, CARRIER_WHY_MAX, "whether a network card encrypts cannot be told: %s (before Linux 6.15 it takes CAP_NET_ADMIN)",
			 strerror(-by_card));
	return -EOPNOTSUPP;
}

static int zero_copy_open(struct carried **end, const struct carrier_context *context, int fd, char why[CARRIER_WHY_MAX])
{
	int ret = open_with(end, context, fd, KTLS_ON, true, why);

	if (!ret)
		ret = check_zero_copy(*end, fd, why);
	if (ret && *end) {
		conn_close(*end);
		*end = NULL;
	}
	return ret;
}

static int send_all(struct carried *c, const void *buf, size_t len, ssize_t (*send)(struct ktls_conn *, const void *, size_t))
{
	const char *p = buf;

	while (len) {
		ssize_t n = send(c->conn, p, len);

		if (n < 0)
			return (int)n;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int conn_send(struct carried *c, const void *buf, size_t len)
{
	return send_all(c, buf, len, ktls_conn_send);
}

static int conn_send_more(struct carried *c, const void *buf, size_t len)
{
	return send_all(c, buf, len, ktls_conn_send_more);
}

static int conn_send_file(struct carried *c, int file, off_t off, size_t len)
{
	while (len) {
		ssize_t n = ktls_conn_send_file(c->conn, file, &off, len);

		if (n <= 0)
			return n < 0 ? (int)n : -ENODATA;
		len -= (size_t)n;
	}
	return 0;
}

static int conn_rekey(struct carried *c, char why[CARRIER_WHY_MAX])
{
	const int ret = ktls_conn_rekey(c->conn, false);

	if (ret)
		snprintf(why, CARRIER_WHY_MAX, "%s", ktls_conn_error(c->conn));
	return ret == -EKEYEXPIRED ? -EOPNOTSUPP : ret;
}

static ssize_t conn_recv(struct carried *c, void *buf, size_t len)
{
	return ktls_conn_recv(c->conn, buf, len);
}

static int conn_finish(struct carried *c)
{
	return ktls_conn_shutdown(c->conn);
}

static const char *conn_reason(struct carried *c)
{
	return ktls_conn_error(c->conn);
}

/* Those of data: a ticket, a KeyUpdate and close_notify have a record each. */
static uint64_t data_records(const struct ktls_conn_info *info)
{
	const struct ktls_path_info *rx = &info->dir[KTLS_RX];
	const uint64_t others = info->tickets + rx->rekeys + info->close_notify_received;

	return rx->records_known && rx->records > others ? rx->records - others : 0;
}

static void conn_facts(struct carried *c, struct carrier_facts *facts)
{
	struct ktls_conn_info info;

	ktls_conn_get_info(c->conn, &info);
	*facts = c->facts;
	snprintf(facts->tx, sizeof(facts->tx), "%s", info.dir[KTLS_TX].name);
	snprintf(facts->rx, sizeof(facts->rx), "%s", info.dir[KTLS_RX].name);
	facts->rx_bytes = info.dir[KTLS_RX].bytes;
	facts->rx_records = data_records(&info);
}

#define CONN_OPS .prepare = ktls_handshake_setup, .send = conn_send, .send_more = conn_send_more, .send_file = conn_send_file, \
	.rekey = conn_rekey, .recv = conn_recv, .finish = conn_finish, .get_facts = conn_facts, .reason = conn_reason, .close = conn_close

const struct carrier carrier_engine = {
	.id = "engine", .title = "libktls, engine", .open = engine_open, CONN_OPS,
};

const struct carrier carrier_kernel = {
	.id = "kernel", .title = "libktls, kernel", .is_kernel = true, .open = kernel_open, CONN_OPS,
};

const struct carrier carrier_kernel_sendfile = {
	.id = "kernel-sendfile", .title = "kernel with sendfile", .is_kernel = true, .from_file = true, .open = kernel_open, CONN_OPS,
};

const struct carrier carrier_kernel_zero_copy = {
	.id = "kernel-zerocopy", .title = "kernel, zero-copy sendfile", .is_kernel = true, .from_file = true, .open = zero_copy_open, CONN_OPS,
};
