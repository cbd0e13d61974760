/* SPDX-License-Identifier: MIT */
/* Early data in both roles: what arrives, what is refused, and that the sequence numbers behind it are right. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "base/attr.h"
#include "unit/tls_pair.h"

enum {
	EARLY_MAX = 40000,
	MAX_ROUNDS = 200000,
};

static struct pki pki;
static uint8_t sent[EARLY_MAX + 1], got[EARLY_MAX + 1];
static const uint8_t psk[] = "a key of thirty-two bytes, secret";

static int make_pki(void **state)
{
	(void)state;
	pki_make(&pki);
	for (size_t i = 0; i < sizeof(sent); i++)
		sent[i] = (uint8_t)(i * 7 + i / 251);
	return 0;
}

static int free_pki(void **state)
{
	(void)state;
	pki_free(&pki);
	return 0;
}

/* A session of both ends without a first connection. */
static SSL_SESSION *make_session(SSL *ssl)
{
	static const unsigned char suite[] = { 0x13, 0x01 };
	SSL_SESSION *session = SSL_SESSION_new();

	assert_non_null(session);
	assert_int_equal(SSL_SESSION_set1_master_key(session, psk, 32), 1);
	assert_int_equal(SSL_SESSION_set_cipher(session, SSL_CIPHER_find(ssl, suite)), 1);
	assert_int_equal(SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION), 1);
	assert_int_equal(SSL_SESSION_set_max_early_data(session, EARLY_MAX), 1);
	return session;
}

static int use_psk(SSL *ssl, const EVP_MD *md, const unsigned char **id, size_t *len, SSL_SESSION **session)
{
	(void)md;
	*id = (const unsigned char *)"test";
	*len = 4;
	*session = make_session(ssl);
	return 1;
}

static int find_psk(SSL *ssl, const unsigned char *id, size_t len, SSL_SESSION **session)
{
	(void)id;
	(void)len;
	*session = make_session(ssl);
	return 1;
}

static int refuse_early(SSL *ssl, void *arg)
{
	(void)ssl;
	(void)arg;
	return 0;
}

static void open_pair(struct tls_pair *p, bool we_serve, size_t drip, bool refuse)
{
	/* Of several suites with the hash of the key libssl may choose any. */
	const struct tls_wish wish = { .version = TLS_1_3, .suites = "TLS_AES_128_GCM_SHA256", .we_serve = we_serve };
	SSL_CTX *server, *client;

	tls_pair_contexts(p, &pki, &wish);
	p->drip = drip;
	server = we_serve ? p->our_ctx : p->peer_ctx;
	client = we_serve ? p->peer_ctx : p->our_ctx;
	SSL_CTX_set_psk_use_session_callback(client, use_psk);
	SSL_CTX_set_psk_find_session_callback(server, find_psk);
	assert_int_equal(SSL_CTX_set_max_early_data(server, EARLY_MAX), 1);
	assert_int_equal(SSL_CTX_set_recv_max_early_data(server, EARLY_MAX), 1);
	if (refuse)
		SSL_CTX_set_allow_early_data_cb(server, refuse_early, NULL);
	tls_pair_connect(p, &wish);
}

/* One call of the peer's, with the ends' sockets looked after. True when it is done. */
static bool peer_write_early(struct tls_pair *p, size_t len, size_t *done)
{
	size_t n;

	if (*done == len)
		return true;
	if (SSL_write_early_data(p->peer_ssl, sent + *done, len - *done > 5000 ? 5000 : len - *done, &n))
		*done += n;
	ERR_clear_error();
	return *done == len;
}

static bool peer_read_early(struct tls_pair *p, size_t *done)
{
	size_t n = 0;
	const int ret = SSL_read_early_data(p->peer_ssl, got + *done, sizeof(got) - *done, &n);

	*done += n;
	ERR_clear_error();
	return ret == SSL_READ_EARLY_DATA_FINISH;
}

/* @len bytes early from our client; how many the server took. */
static size_t client_sends(struct tls_pair *p, size_t len)
{
	size_t done = 0, taken = 0;
	bool finished = false;

	for (int i = 0; i < MAX_ROUNDS && (done < len || !finished); i++) {
		ssize_t n = done < len ? ktls_handshake_send_early_data(p->hs, sent + done, MIN(len - done, 5000u)) : 0;

		assert_true(n >= 0 || n == -EAGAIN);
		done += n > 0 ? (size_t)n : 0;
		/* The server learns of the end from what the handshake sends. */
		if (done == len)
			assert_true(ktls_handshake_step(p->hs) == 0 || ktls_handshake_events(p->hs));
		tls_pair_relay(p);
		finished = finished || peer_read_early(p, &taken);
		tls_pair_relay(p);
	}
	assert_int_equal(done, len);
	assert_true(finished);
	return taken;
}

/* The other way; what our server took. What it refuses it gets rid of while it shakes hands. */
static size_t server_receives(struct tls_pair *p, size_t len)
{
	size_t done = 0, taken = 0;
	bool ended = false;

	for (int i = 0; i < MAX_ROUNDS && (!ended || done < len); i++) {
		ssize_t n;

		if (peer_write_early(p, len, &done))
			tls_pair_step_peer(p);
		tls_pair_relay(p);
		n = ended ? ktls_handshake_step(p->hs) : ktls_handshake_recv_early_data(p->hs, got + taken, sizeof(got) - taken);
		tls_pair_relay(p);
		assert_true(n >= 0 || n == -EAGAIN);
		taken += n > 0 ? (size_t)n : 0;
		ended = ended || n == 0;
	}
	assert_true(ended);
	assert_int_equal(done, len);
	return taken;
}

static const size_t lens[] = { 1, 5, 16384, 16385, EARLY_MAX };

static void check(bool we_serve, size_t len, size_t drip, bool refuse)
{
	uint64_t tx_seq, rx_seq;
	struct tls_pair p;
	size_t taken;

	open_pair(&p, we_serve, drip, refuse);
	memset(got, 0, sizeof(got));
	taken = we_serve ? server_receives(&p, len) : client_sends(&p, len);
	assert_int_equal(taken, refuse ? 0 : len);
	assert_memory_equal(got, sent, taken);
	assert_int_equal(tls_pair_run(&p), 0);
	assert_int_equal(SSL_get_early_data_status(p.our_ssl), refuse ? SSL_EARLY_DATA_REJECTED : SSL_EARLY_DATA_ACCEPTED);
	assert_int_equal(ktls_handshake_recv_early_data(p.hs, got, 1), -EINVAL);
	tls_pair_check_traffic(&p, &tx_seq, &rx_seq);
	assert_int_equal(rx_seq, 0);
	tls_pair_close(&p);
}

static void test_early_client(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lens); i++)
		check(false, lens[i], 0, false);
}

static void test_early_client_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lens); i++)
		check(false, lens[i], 0, true);
}

static void test_early_server(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lens); i++)
		check(true, lens[i], 0, false);
}

static void test_early_server_refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lens); i++)
		check(true, lens[i], 0, true);
}

static void test_early_in_small_pieces(void **state)
{
	(void)state;
	for (int serve = 0; serve < 2; serve++)
		for (int refuse = 0; refuse < 2; refuse++)
			check(serve, 9000, 7, refuse);
}

/* A server that reads early data shakes hands with everybody. */
static void test_early_none(void **state)
{
	static const uint16_t versions[] = { TLS_1_2, TLS_1_3 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		const struct tls_wish wish = { .version = versions[i], .we_serve = true };
		uint64_t tx_seq, rx_seq;
		struct tls_pair p;

		tls_pair_contexts(&p, &pki, &wish);
		SSL_CTX_set_max_early_data(p.our_ctx, EARLY_MAX);
		tls_pair_connect(&p, &wish);
		assert_int_equal(server_receives(&p, 0), 0);
		assert_int_equal(tls_pair_run(&p), 0);
		tls_pair_check_traffic(&p, &tx_seq, &rx_seq);
		tls_pair_close(&p);
	}
}

/* Refused without harm: there is no session, or the role is wrong, or it is too late. */
static void test_early_where_there_can_be_none(void **state)
{
	for (int serve = 0; serve < 2; serve++) {
		const struct tls_wish wish = { .version = TLS_1_3, .we_serve = serve };
		struct tls_pair p;

		(void)state;
		tls_pair_contexts(&p, &pki, &wish);
		tls_pair_connect(&p, &wish);
		assert_int_equal(ktls_handshake_send_early_data(p.hs, sent, 0), 0);
		assert_int_equal(ktls_handshake_send_early_data(p.hs, sent, 1), -EINVAL);
		if (!serve)
			assert_int_equal(ktls_handshake_recv_early_data(p.hs, got, 1), -EINVAL);
		assert_int_equal(ktls_handshake_recv_early_data(p.hs, got, 0), -EINVAL);
		assert_int_equal(tls_pair_run(&p), 0);
		assert_int_equal(ktls_handshake_send_early_data(p.hs, sent, 1), -EINVAL);
		assert_int_equal(ERR_peek_error(), 0);
		assert_string_equal(ktls_handshake_error(p.hs), "");
		tls_pair_close(&p);
	}
}

static int no_psk(SSL *ssl, const EVP_MD *md, const unsigned char **id, size_t *len, SSL_SESSION **session)
{
	(void)ssl;
	(void)md;
	(void)id;
	(void)len;
	*session = NULL;
	return 1;
}

/* What libssl makes nothing of does not hang, and does not go out in plain. */
static void test_early_does_not_fit(void **state)
{
	static const uint16_t versions[] = { TLS_1_2, TLS_1_3 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		const struct tls_wish wish = { .version = versions[i] };
		uint8_t wire[4096];
		struct tls_pair p;
		ssize_t n;

		tls_pair_contexts(&p, &pki, &wish);
		SSL_CTX_set_psk_use_session_callback(p.our_ctx, versions[i] == TLS_1_3 ? no_psk : use_psk);
		tls_pair_connect(&p, &wish);
		n = ktls_handshake_send_early_data(p.hs, "not in plain", 12);
		if (versions[i] == TLS_1_2) {
			assert_int_equal(n, -EINVAL);
			assert_int_equal(tls_pair_run(&p), 0);
		} else {
			assert_int_equal(n, -EPROTO);
			assert_int_equal(ktls_handshake_step(p.hs), -EPROTO);
			assert_non_null(strstr(ktls_handshake_error(p.hs), "no session or PSK to offer"));
			n = recv(p.theirs, wire, sizeof(wire), 0);
			assert_true(n <= 0 || !memmem(wire, (size_t)n, "not in plain", 12));
		}
		assert_int_equal(ERR_peek_error(), 0);
		tls_pair_close(&p);
	}
}

/* More than the session allows ends the handshake. */
static void test_early_too_much(void **state)
{
	struct tls_pair p;

	(void)state;
	open_pair(&p, false, 0, false);
	assert_int_equal(ktls_handshake_send_early_data(p.hs, sent, EARLY_MAX + 1), -EPROTO);
	assert_int_equal(ktls_handshake_step(p.hs), -EPROTO);
	assert_int_equal(ktls_handshake_send_early_data(p.hs, sent, 1), -EPROTO);
	assert_non_null(strstr(ktls_handshake_error(p.hs), "too much early data"));
	tls_pair_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_early_client),
		cmocka_unit_test(test_early_client_refused),
		cmocka_unit_test(test_early_server),
		cmocka_unit_test(test_early_server_refuses),
		cmocka_unit_test(test_early_in_small_pieces),
		cmocka_unit_test(test_early_none),
		cmocka_unit_test(test_early_where_there_can_be_none),
		cmocka_unit_test(test_early_does_not_fit),
		cmocka_unit_test(test_early_too_much),
	};

	return cmocka_run_group_tests_name("early data", tests, make_pki, free_pki);
}
