/* SPDX-License-Identifier: MIT */
/* Two ends of a handshake in one thread. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "base/secret.h"
#include "unit/plain_record.h"
#include "unit/tls_pair.h"

enum {
	MAX_ROUNDS = 200000,
	WAIT_MS = 5000,
};

void tls_socket_pair(int *a, int *b)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(addr);
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	*a = socket(AF_INET, SOCK_STREAM, 0);
	assert_true(listener >= 0 && *a >= 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&addr, &len), 0);
	assert_int_equal(connect(*a, (struct sockaddr *)&addr, sizeof(addr)), 0);
	*b = accept(listener, NULL, NULL);
	assert_true(*b >= 0);
	close(listener);
	/* Small writes of a flight would wait 40 ms for each other's acknowledgement. */
	assert_int_equal(setsockopt(*a, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), 0);
	assert_int_equal(setsockopt(*b, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), 0);
	assert_int_equal(fcntl(*a, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(fcntl(*b, F_SETFL, O_NONBLOCK), 0);
}

static SSL_CTX *new_context(const struct tls_wish *w)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());

	assert_non_null(ctx);
	if (w->version) {
		assert_int_equal(SSL_CTX_set_min_proto_version(ctx, w->version), 1);
		assert_int_equal(SSL_CTX_set_max_proto_version(ctx, w->version), 1);
	}
	if (w->suites && w->version == TLS_1_3)
		assert_int_equal(SSL_CTX_set_ciphersuites(ctx, w->suites), 1);
	else if (w->suites)
		assert_int_equal(SSL_CTX_set_cipher_list(ctx, w->suites), 1);
	return ctx;
}

void tls_pair_contexts(struct tls_pair *p, const struct pki *pki, const struct tls_wish *w)
{
	SSL_CTX *server, *client;

	memset(p, 0, sizeof(*p));
	p->ours = p->theirs = p->our_far = p->their_far = -1;
	p->our_ctx = new_context(w);
	p->peer_ctx = new_context(w);
	server = w->we_serve ? p->our_ctx : p->peer_ctx;
	client = w->we_serve ? p->peer_ctx : p->our_ctx;
	pki_use(pki, server, w->key);
	pki_trust(pki, client);
	SSL_CTX_set_verify(client, SSL_VERIFY_PEER, NULL);
	if (w->client_auth) {
		pki_use_cert(client, pki->cert[w->key], pki->key[w->key]);
		SSL_CTX_set_verify(server, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	}
	assert_int_equal(SSL_CTX_set_session_id_context(server, (const unsigned char *)"test", 4), 1);
}

static void set_role(SSL *ssl, bool server)
{
	if (server)
		SSL_set_accept_state(ssl);
	else
		SSL_set_connect_state(ssl);
}

void tls_pair_connect(struct tls_pair *p, const struct tls_wish *w)
{
	if (p->ours < 0)
		tls_socket_pair(&p->ours, &p->theirs);
	if (p->drip) {
		p->our_far = p->theirs;
		tls_socket_pair(&p->theirs, &p->their_far);
	}
	assert_int_equal(ktls_handshake_setup(p->our_ctx), 0);
	p->our_ssl = SSL_new(p->our_ctx);
	p->peer_ssl = SSL_new(p->peer_ctx);
	assert_non_null(p->our_ssl);
	assert_non_null(p->peer_ssl);
	set_role(p->our_ssl, w->we_serve);
	set_role(p->peer_ssl, !w->we_serve);
	assert_int_equal(SSL_set_fd(p->peer_ssl, p->theirs), 1);
	assert_int_equal(ktls_handshake_new(&p->hs, p->our_ssl, p->ours), 0);
}

static void drip(int from, int to, size_t len)
{
	uint8_t buf[4096];
	ssize_t n = recv(from, buf, len < sizeof(buf) ? len : sizeof(buf), 0);

	if (n > 0)
		assert_int_equal(send(to, buf, (size_t)n, MSG_NOSIGNAL), n);
	else if (n == 0)
		shutdown(to, SHUT_WR);
}

void tls_pair_relay(struct tls_pair *p)
{
	if (!p->drip)
		return;
	drip(p->our_far, p->their_far, p->drip);
	drip(p->their_far, p->our_far, p->drip);
}

bool tls_pair_step_peer(struct tls_pair *p)
{
	int ret, err;

	ERR_clear_error();
	ret = SSL_do_handshake(p->peer_ssl);
	if (ret == 1)
		p->peer_done = true;
	err = SSL_get_error(p->peer_ssl, ret);
	ERR_clear_error();
	return ret == 1 || (err != SSL_ERROR_WANT_READ && err != SSL_ERROR_WANT_WRITE);
}

/* Until one of the ends may have something to do; not for long, because the peer may be past its end. */
static void wait_for_either(const struct tls_pair *p)
{
	struct pollfd fds[] = {
		{ .fd = p->ours, .events = ktls_handshake_events(p->hs) },
		{ .fd = p->theirs, .events = POLLIN },
	};

	poll(fds, 2, 5);
}

int tls_pair_run(struct tls_pair *p)
{
	bool peer_stopped = false;
	int ret = -EAGAIN;

	for (int i = 0; i < MAX_ROUNDS; i++) {
		if (ret == -EAGAIN)
			ret = ktls_handshake_step(p->hs);
		assert_int_equal(ERR_peek_error(), 0);
		tls_pair_relay(p);
		if (!peer_stopped)
			peer_stopped = tls_pair_step_peer(p);
		tls_pair_relay(p);
		if (ret != -EAGAIN && (ret || peer_stopped))
			return !ret && !p->peer_done ? -EPIPE : ret;
		if (peer_stopped && !p->peer_done && !p->drip)
			shutdown(p->theirs, SHUT_WR);
		if (!p->drip)
			wait_for_either(p);
	}
	fail_msg("the handshake does not end");
	return -ETIMEDOUT;
}

void tls_pair_open(struct tls_pair *p, const struct pki *pki, const struct tls_wish *w)
{
	int ret;

	tls_pair_contexts(p, pki, w);
	tls_pair_connect(p, w);
	ret = tls_pair_run(p);
	if (ret)
		print_error("%s\n", ktls_handshake_error(p->hs));
	assert_int_equal(ret, 0);
}

/* SSL_read() until it has application data. */
static int peer_read(struct tls_pair *p, void *buf, int len)
{
	struct pollfd pfd = { .fd = p->theirs, .events = POLLIN };

	for (int i = 0; i < MAX_ROUNDS; i++) {
		int ret = SSL_read(p->peer_ssl, buf, len);

		if (ret > 0)
			return ret;
		if (SSL_get_error(p->peer_ssl, ret) != SSL_ERROR_WANT_READ) {
			ERR_print_errors_fp(stderr);
			return -1;
		}
		tls_pair_relay(p);
		if (!p->drip)
			assert_int_equal(poll(&pfd, 1, WAIT_MS), 1);
	}
	return -1;
}

static void check_sending(struct tls_pair *p, struct tls_keys *tx)
{
	static uint8_t got[TLS_MAX_PLAINTEXT], sent[TLS_MAX_PLAINTEXT];
	static const size_t lens[] = { 5, 1, 700 };

	for (size_t i = 0; i < 3; i++) {
		memset(sent, (int)(0x41 + i), lens[i]);
		plain_record_send(p->ours, tx, TLS_CT_DATA, sent, lens[i]);
		assert_int_equal(peer_read(p, got, sizeof(got)), lens[i]);
		assert_memory_equal(got, sent, lens[i]);
	}
}

/* Tickets stand in front of the data. */
static void check_receiving(struct tls_pair *p, struct tls_keys *rx)
{
	static uint8_t got[TLS_HEADER_LEN + UINT16_MAX];
	uint8_t type;
	int len;

	for (int i = 0; i < 3; i++) {
		assert_int_equal(SSL_write(p->peer_ssl, "from the peer", 13 - i), 13 - i);
		do {
			for (int j = 0; p->drip && j < MAX_ROUNDS; j += (int)p->drip)
				tls_pair_relay(p);
			len = plain_record_recv(p->ours, rx, &type, got);
			assert_true(len >= 0);
		} while (type == TLS_CT_HANDSHAKE);
		assert_int_equal(type, TLS_CT_DATA);
		assert_int_equal(len, 13 - i);
		assert_memory_equal(got, "from the peer", (size_t)len);
	}
}

void tls_pair_check_traffic(struct tls_pair *p, uint64_t *tx_seq, uint64_t *rx_seq)
{
	struct handover ho;
	int ret = handshake_export(p->hs, &ho);

	if (ret)
		print_error("%s\n", ktls_handshake_error(p->hs));
	assert_int_equal(ret, 0);
	assert_int_equal(ho.fd, p->ours);
	*tx_seq = ho.tx.seq;
	*rx_seq = ho.rx.seq;
	check_sending(p, &ho.tx);
	check_receiving(p, &ho.rx);
	secret_wipe(&ho, sizeof(ho));
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void tls_pair_close(struct tls_pair *p)
{
	ktls_handshake_free(p->hs);
	SSL_free(p->our_ssl);
	SSL_free(p->peer_ssl);
	SSL_CTX_free(p->our_ctx);
	SSL_CTX_free(p->peer_ctx);
	close_fd(&p->ours);
	close_fd(&p->theirs);
	close_fd(&p->our_far);
	close_fd(&p->their_far);
}
