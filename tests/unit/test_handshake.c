/* SPDX-License-Identifier: MIT */
/* Handshakes with plain libssl: the exported keys and sequence numbers carry real records both ways. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "handshake/state.h"
#include "unit/plain_record.h"
#include "unit/tls_pair.h"

static struct pki pki;

static int make_pki(void **state)
{
	(void)state;
	pki_make(&pki);
	return 0;
}

static int free_pki(void **state)
{
	(void)state;
	pki_free(&pki);
	return 0;
}

static const struct {
	uint16_t version;
	enum pki_key key;
	const char *suite, *id;
} suites[] = {
	{ TLS_1_3, PKI_EC, "TLS_AES_128_GCM_SHA256", "aes-128-gcm" },
	{ TLS_1_3, PKI_RSA, "TLS_AES_256_GCM_SHA384", "aes-256-gcm" },
	{ TLS_1_3, PKI_EC, "TLS_AES_128_CCM_SHA256", "aes-128-ccm" },
	{ TLS_1_3, PKI_RSA, "TLS_CHACHA20_POLY1305_SHA256", "chacha20-poly1305" },
	{ TLS_1_2, PKI_EC, "ECDHE-ECDSA-AES128-GCM-SHA256", "aes-128-gcm" },
	{ TLS_1_2, PKI_EC, "ECDHE-ECDSA-AES256-GCM-SHA384", "aes-256-gcm" },
	{ TLS_1_2, PKI_EC, "ECDHE-ECDSA-AES128-CCM", "aes-128-ccm" },
	{ TLS_1_2, PKI_EC, "ECDHE-ECDSA-CHACHA20-POLY1305", "chacha20-poly1305" },
	{ TLS_1_2, PKI_RSA, "ECDHE-RSA-AES128-GCM-SHA256", "aes-128-gcm" },
	{ TLS_1_2, PKI_RSA, "ECDHE-RSA-AES256-GCM-SHA384", "aes-256-gcm" },
	{ TLS_1_2, PKI_RSA, "ECDHE-RSA-CHACHA20-POLY1305", "chacha20-poly1305" },
	{ TLS_1_2, PKI_RSA, "AES256-GCM-SHA384", "aes-256-gcm" },
	{ TLS_1_2, PKI_EC, "ECDHE-ECDSA-ARIA128-GCM-SHA256", "aria-128-gcm" },
	{ TLS_1_2, PKI_EC, "ECDHE-ECDSA-ARIA256-GCM-SHA384", "aria-256-gcm" },
};

static void check_matrix(uint16_t version, bool we_serve)
{
	for (size_t i = 0; i < ARRAY_SIZE(suites); i++) {
		const struct tls_wish wish = { .version = version, .suites = suites[i].suite, .we_serve = we_serve,
					       .key = suites[i].key };
		uint64_t tx_seq, rx_seq;
		struct handover ho;
		struct tls_pair p;

		if (suites[i].version != version)
			continue;
		tls_pair_open(&p, &pki, &wish);
		assert_int_equal(handshake_export(p.hs, &ho), 0);
		assert_int_equal(ho.version, version);
		assert_int_equal(ho.is_server, we_serve);
		assert_string_equal(ho.cipher->id, suites[i].id);
		assert_int_equal(ho.tx_secret.len != 0, version == TLS_1_3);
		assert_int_equal(ho.rx_secret.len != 0, version == TLS_1_3);
		tls_pair_check_traffic(&p, &tx_seq, &rx_seq);
		if (version == TLS_1_2)
			assert_true(tx_seq == 1 && rx_seq == 1);
		else
			assert_true(tx_seq == (we_serve ? 2 : 0) && rx_seq == 0);
		tls_pair_close(&p);
	}
}

static void test_handshake_tls13_client(void **state)
{
	(void)state;
	check_matrix(TLS_1_3, false);
}

static void test_handshake_tls13_server(void **state)
{
	(void)state;
	check_matrix(TLS_1_3, true);
}

static void test_handshake_tls12_client(void **state)
{
	(void)state;
	check_matrix(TLS_1_2, false);
}

static void test_handshake_tls12_server(void **state)
{
	(void)state;
	check_matrix(TLS_1_2, true);
}

static void check_sequence(struct tls_pair *p, uint64_t tx_want, uint64_t rx_want)
{
	uint64_t tx, rx;

	tls_pair_check_traffic(p, &tx, &rx);
	assert_int_equal(tx, tx_want);
	assert_int_equal(rx, rx_want);
}

static void test_handshake_counts_tickets(void **state)
{
	const struct tls_wish wish = { .version = TLS_1_3, .we_serve = true };

	(void)state;
	for (size_t tickets = 0; tickets <= 5; tickets++) {
		struct tls_pair p;

		tls_pair_contexts(&p, &pki, &wish);
		assert_int_equal(SSL_CTX_set_num_tickets(p.our_ctx, tickets), 1);
		tls_pair_connect(&p, &wish);
		assert_int_equal(tls_pair_run(&p), 0);
		check_sequence(&p, tickets, 0);
		tls_pair_close(&p);
	}
}

/* What a client's context keeps of a connection for the next one; TLS 1.3's ticket comes only after the handshake. */
static int keep_session(SSL *ssl, SSL_SESSION *session)
{
	SSL_SESSION **slot = SSL_get_app_data(ssl);

	if (!slot)
		return 0;
	SSL_SESSION_free(*slot);
	*slot = session;
	return 1;
}

static void collect_sessions(SSL_CTX *ctx)
{
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT);
	SSL_CTX_sess_set_new_cb(ctx, keep_session);
}

/* Another connection between the contexts of @p, whose client offers @session. */
static void reconnect(struct tls_pair *p, const struct tls_wish *wish, SSL_SESSION *session)
{
	struct tls_pair next = { .our_ctx = p->our_ctx, .peer_ctx = p->peer_ctx, .ours = -1, .theirs = -1,
				 .our_far = -1, .their_far = -1 };

	SSL_CTX_up_ref(next.our_ctx);
	SSL_CTX_up_ref(next.peer_ctx);
	/* libssl forgets the session of a connection that ends without close_notify. */
	SSL_set_shutdown(p->peer_ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	tls_pair_close(p);
	*p = next;
	tls_pair_connect(p, wish);
	assert_int_equal(SSL_set_session(wish->we_serve ? p->peer_ssl : p->our_ssl, session), 1);
	assert_int_equal(tls_pair_run(p), 0);
	assert_int_equal(SSL_session_reused(p->peer_ssl), 1);
	assert_int_equal(SSL_session_reused(p->our_ssl), 1);
}

/* RFC 8446: libssl's server sends one ticket after a resumption, not two. */
static void test_handshake_resumes_tls13_as_server(void **state)
{
	const struct tls_wish wish = { .version = TLS_1_3, .we_serve = true };
	SSL_SESSION *session = NULL;
	struct tls_pair p;

	(void)state;
	tls_pair_contexts(&p, &pki, &wish);
	collect_sessions(p.peer_ctx);
	tls_pair_connect(&p, &wish);
	SSL_set_app_data(p.peer_ssl, &session);
	assert_int_equal(tls_pair_run(&p), 0);
	check_sequence(&p, 2, 0);
	assert_non_null(session);
	reconnect(&p, &wish, session);
	check_sequence(&p, 1, 0);
	tls_pair_close(&p);
	SSL_SESSION_free(session);
}

/* The ticket of a first connection between plain libssl ends serves our client for a second one. */
static void test_handshake_resumes_tls13_as_client(void **state)
{
	const struct tls_wish plain = { .version = TLS_1_3, .we_serve = true };
	const struct tls_wish wish = { .version = TLS_1_3, .we_serve = false };
	SSL_SESSION *session = NULL;
	SSL_CTX *swap;
	struct tls_pair p;

	(void)state;
	tls_pair_contexts(&p, &pki, &plain);
	collect_sessions(p.peer_ctx);
	tls_pair_connect(&p, &plain);
	SSL_set_app_data(p.peer_ssl, &session);
	assert_int_equal(tls_pair_run(&p), 0);
	check_sequence(&p, 2, 0);
	assert_non_null(session);
	swap = p.our_ctx;
	p.our_ctx = p.peer_ctx;
	p.peer_ctx = swap;
	reconnect(&p, &wish, session);
	check_sequence(&p, 0, 0);
	tls_pair_close(&p);
	SSL_SESSION_free(session);
}

/* By session ID and by ticket: in both the server speaks its Finished first. */
static void check_resumption12(bool we_serve, uint64_t options)
{
	const struct tls_wish wish = { .version = TLS_1_2, .we_serve = we_serve };
	SSL_SESSION *session;
	struct tls_pair p;

	tls_pair_contexts(&p, &pki, &wish);
	SSL_CTX_set_options(p.our_ctx, options);
	SSL_CTX_set_options(p.peer_ctx, options);
	tls_pair_connect(&p, &wish);
	assert_int_equal(tls_pair_run(&p), 0);
	session = SSL_get1_session(we_serve ? p.peer_ssl : p.our_ssl);
	assert_non_null(session);
	assert_int_equal(SSL_SESSION_has_ticket(session), !(options & SSL_OP_NO_TICKET));
	check_sequence(&p, 1, 1);
	reconnect(&p, &wish, session);
	check_sequence(&p, 1, 1);
	tls_pair_close(&p);
	SSL_SESSION_free(session);
}

static void test_handshake_resumes_tls12_by_ticket(void **state)
{
	(void)state;
	check_resumption12(false, 0);
	check_resumption12(true, 0);
}

static void test_handshake_resumes_tls12_by_session_id(void **state)
{
	(void)state;
	check_resumption12(false, SSL_OP_NO_TICKET);
	check_resumption12(true, SSL_OP_NO_TICKET);
}

static void test_handshake_client_certificates(void **state)
{
	(void)state;
	for (int i = 0; i < 8; i++) {
		const struct tls_wish wish = { .version = i & 1 ? TLS_1_3 : TLS_1_2, .we_serve = i & 2,
					       .key = i & 4 ? PKI_RSA : PKI_EC, .client_auth = true };
		bool tls13 = wish.version == TLS_1_3;
		struct tls_pair p;

		tls_pair_open(&p, &pki, &wish);
		if (wish.we_serve)
			assert_non_null(SSL_get0_peer_certificate(p.our_ssl));
		check_sequence(&p, !tls13 ? 1 : wish.we_serve ? 2 : 0, !tls13);
		tls_pair_close(&p);
	}
}

static void count_client_hellos(int write_p, int version, int type, const void *buf, size_t len, SSL *ssl, void *arg)
{
	(void)write_p;
	(void)version;
	(void)ssl;
	if (type == SSL3_RT_HANDSHAKE && len && *(const uint8_t *)buf == SSL3_MT_CLIENT_HELLO)
		++*(int *)arg;
}

/* The client's first key share is for a group that the server does not take. */
static void test_handshake_hello_retry_request(void **state)
{
	(void)state;
	for (int we_serve = 0; we_serve < 2; we_serve++) {
		const struct tls_wish wish = { .version = TLS_1_3, .we_serve = we_serve };
		int hellos = 0;
		struct tls_pair p;

		tls_pair_contexts(&p, &pki, &wish);
		assert_int_equal(SSL_CTX_set1_groups_list(we_serve ? p.our_ctx : p.peer_ctx, "P-384"), 1);
		assert_int_equal(SSL_CTX_set1_groups_list(we_serve ? p.peer_ctx : p.our_ctx, "X25519:P-384"), 1);
		tls_pair_connect(&p, &wish);
		SSL_set_msg_callback(p.peer_ssl, count_client_hellos);
		SSL_set_msg_callback_arg(p.peer_ssl, &hellos);
		assert_int_equal(tls_pair_run(&p), 0);
		assert_int_equal(hellos, 2);
		check_sequence(&p, we_serve ? 2 : 0, 0);
		tls_pair_close(&p);
	}
}

/* With and without change_cipher_spec between the messages of TLS 1.3, on either side. */
static void test_handshake_middlebox_mode(void **state)
{
	(void)state;
	for (int i = 0; i < 8; i++) {
		const struct tls_wish wish = { .version = TLS_1_3, .we_serve = i & 1 };
		struct tls_pair p;

		tls_pair_contexts(&p, &pki, &wish);
		if (i & 2)
			SSL_CTX_clear_options(p.our_ctx, SSL_OP_ENABLE_MIDDLEBOX_COMPAT);
		if (i & 4)
			SSL_CTX_clear_options(p.peer_ctx, SSL_OP_ENABLE_MIDDLEBOX_COMPAT);
		tls_pair_connect(&p, &wish);
		assert_int_equal(tls_pair_run(&p), 0);
		check_sequence(&p, wish.we_serve ? 2 : 0, 0);
		tls_pair_close(&p);
	}
}

static void test_handshake_byte_by_byte(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		const struct tls_wish wish = { .version = i & 1 ? TLS_1_3 : TLS_1_2, .we_serve = i & 2,
					       .client_auth = true };
		bool tls13 = wish.version == TLS_1_3;
		struct tls_pair p;

		tls_pair_contexts(&p, &pki, &wish);
		p.drip = 1;
		tls_pair_connect(&p, &wish);
		assert_int_equal(tls_pair_run(&p), 0);
		check_sequence(&p, !tls13 ? 1 : wish.we_serve ? 2 : 0, !tls13);
		tls_pair_close(&p);
	}
}

/* Steps both ends through sockets that fill up. A peer that is done goes on reading: our tickets must get through. */
static void run_tiny(struct tls_pair *p, bool *blocked)
{
	int ret = -EAGAIN;
	char byte;

	while (ret == -EAGAIN || !p->peer_done) {
		if (ret == -EAGAIN)
			ret = ktls_handshake_step(p->hs);
		*blocked |= ret == -EAGAIN && ktls_handshake_events(p->hs) == POLLOUT;
		if (p->peer_done)
			assert_int_equal(SSL_read(p->peer_ssl, &byte, 1), -1);
		else
			tls_pair_step_peer(p);
	}
	assert_int_equal(ret, 0);
}

/*
 * Certificates longer than a record, through sockets that hold only a part of one. libssl's tickets contain the
 * client's certificate, so that each of our two takes more than one record.
 */
static void test_handshake_tiny_buffers(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		const struct tls_wish wish = { .version = i & 1 ? TLS_1_3 : TLS_1_2, .we_serve = i & 2,
					       .client_auth = true };
		bool tls13 = wish.version == TLS_1_3, blocked = false;
		int fds[2], least = 1;
		struct tls_pair p;

		tls_pair_contexts(&p, &pki, &wish);
		pki_use_cert(p.our_ctx, pki.big, pki.key[PKI_EC]);
		pki_use_cert(p.peer_ctx, pki.big, pki.key[PKI_EC]);
		/* Nobody would read the peer's. */
		SSL_CTX_set_num_tickets(p.peer_ctx, 0);
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
		assert_int_equal(setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &least, sizeof(least)), 0);
		assert_int_equal(setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &least, sizeof(least)), 0);
		p.ours = fds[0];
		p.theirs = fds[1];
		tls_pair_connect(&p, &wish);
		run_tiny(&p, &blocked);
		assert_true(blocked);
		check_sequence(&p, !tls13 ? 1 : wish.we_serve ? 4 : 0, !tls13);
		tls_pair_close(&p);
	}
}

/* Application data stands right behind the client's Finished, and libssl is told to read ahead. */
static void test_handshake_never_reads_ahead(void **state)
{
	(void)state;
	for (int tls13 = 0; tls13 < 2; tls13++) {
		const struct tls_wish wish = { .version = tls13 ? TLS_1_3 : TLS_1_2, .we_serve = tls13 };
		struct tls_pair p;
		struct handover ho;
		uint8_t type, data[64];
		int ret, pending;

		tls_pair_contexts(&p, &pki, &wish);
		SSL_CTX_set_num_tickets(p.our_ctx, 0);
		tls_pair_connect(&p, &wish);
		SSL_set_read_ahead(p.our_ssl, 1);
		SSL_set_default_read_buffer_len(p.our_ssl, 65536);
		do {
			ret = ktls_handshake_step(p.hs);
			if (!p.peer_done && tls_pair_step_peer(&p))
				assert_int_equal(SSL_write(p.peer_ssl, "early bird", 10), 10);
		} while (ret == -EAGAIN);
		assert_int_equal(ret, 0);
		assert_int_equal(poll(&(struct pollfd){ .fd = p.ours, .events = POLLIN }, 1, 5000), 1);
		assert_int_equal(ioctl(p.ours, FIONREAD, &pending), 0);
		assert_true(pending > 10);
		assert_int_equal(handshake_export(p.hs, &ho), 0);
		assert_int_equal(plain_record_recv(p.ours, &ho.rx, &type, data), 10);
		assert_int_equal(type, TLS_CT_DATA);
		assert_memory_equal(data, "early bird", 10);
		tls_pair_close(&p);
	}
}

/* The record behind change_cipher_spec among the bytes that wait in the peer's socket. NULL while it is not whole. */
static const uint8_t *find_finished(const uint8_t *wire, size_t len)
{
	bool ccs = false;

	for (size_t off = 0; off + TLS_HEADER_LEN <= len; off += TLS_HEADER_LEN + load_be16(wire + off + 3)) {
		if (ccs)
			return off + TLS_HEADER_LEN + TLS_EXPLICIT_NONCE_LEN <= len ? wire + off : NULL;
		ccs = wire[off] == TLS_CT_CHANGE_CIPHER_SPEC;
	}
	return NULL;
}

static const uint8_t *peek_finished(int fd, uint8_t *wire, size_t cap)
{
	const uint8_t *finished = NULL;

	for (int i = 0; i < 1000 && !finished; i++) {
		ssize_t len;

		assert_int_equal(poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 5000), 1);
		len = recv(fd, wire, cap, MSG_PEEK);
		assert_true(len > 0);
		finished = find_finished(wire, (size_t)len);
	}
	return finished;
}

/* TLS 1.2's explicit nonce: what the hand-over goes on with must not have been on the wire (RFC 5288 section 3). */
static void test_handshake_explicit_nonce_follows_finished(void **state)
{
	static const char *const both[] = { "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-CCM" };
	static uint8_t wire[65536];

	(void)state;
	for (int i = 0; i < 4; i++) {
		const struct tls_wish wish = { .version = TLS_1_2, .suites = both[i & 1], .we_serve = i & 2 };
		const uint8_t *finished = NULL;
		struct handover ho;
		struct tls_pair p;
		int ret;

		tls_pair_contexts(&p, &pki, &wish);
		tls_pair_connect(&p, &wish);
		/* Looked at before the peer takes its next step, our flight is still whole in its socket. */
		do {
			ret = ktls_handshake_step(p.hs);
			if (SSL_get_state(p.our_ssl) == TLS_ST_CW_FINISHED || (ret == 0 && wish.we_serve))
				finished = peek_finished(p.theirs, wire, sizeof(wire));
			tls_pair_step_peer(&p);
		} while (ret == -EAGAIN);
		assert_int_equal(ret, 0);
		assert_non_null(finished);
		assert_int_equal(finished[0], TLS_CT_HANDSHAKE);
		assert_int_equal(handshake_export(p.hs, &ho), 0);
		assert_true(load_be64(ho.tx.explicit_nonce) == load_be64(finished + TLS_HEADER_LEN) + 1);
		assert_true(ho.tx.seq == 1);
		tls_pair_close(&p);
	}
}

/* RFC 6066 section 4: our records must not be longer than what the peer asked for. */
static void test_handshake_max_fragment_length(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		const struct tls_wish wish = { .version = i & 1 ? TLS_1_3 : TLS_1_2, .we_serve = i & 2 };
		struct handover ho;
		struct tls_pair p;

		tls_pair_contexts(&p, &pki, &wish);
		SSL_CTX_set_tlsext_max_fragment_length(wish.we_serve ? p.peer_ctx : p.our_ctx,
						       TLSEXT_max_fragment_length_1024);
		tls_pair_connect(&p, &wish);
		assert_int_equal(tls_pair_run(&p), 0);
		assert_int_equal(handshake_export(p.hs, &ho), 0);
		assert_int_equal(ho.max_payload, 1024);
		tls_pair_close(&p);
		tls_pair_open(&p, &pki, &wish);
		assert_int_equal(handshake_export(p.hs, &ho), 0);
		assert_int_equal(ho.max_payload, TLS_MAX_PLAINTEXT);
		tls_pair_close(&p);
	}
}

/* The peer got what it wanted and went away before it read our tickets: what it sent is still there to be read. */
static void test_handshake_survives_a_peer_that_left(void **state)
{
	const struct tls_wish wish = { .version = TLS_1_3, .we_serve = true };
	uint8_t type, data[64];
	struct handover ho;
	struct tls_pair p;
	int fds[2];

	(void)state;
	tls_pair_contexts(&p, &pki, &wish);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	p.ours = fds[0];
	p.theirs = fds[1];
	tls_pair_connect(&p, &wish);
	tls_pair_step_peer(&p);
	assert_int_equal(ktls_handshake_step(p.hs), -EAGAIN);
	assert_true(tls_pair_step_peer(&p));
	assert_int_equal(SSL_write(p.peer_ssl, "bye", 3), 3);
	shutdown(p.theirs, SHUT_RDWR);
	assert_int_equal(ktls_handshake_step(p.hs), 0);
	assert_int_equal(handshake_export(p.hs, &ho), 0);
	assert_int_equal(plain_record_recv(p.ours, &ho.rx, &type, data), 3);
	assert_memory_equal(data, "bye", 3);
	tls_pair_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_handshake_tls13_client),
		cmocka_unit_test(test_handshake_tls13_server),
		cmocka_unit_test(test_handshake_tls12_client),
		cmocka_unit_test(test_handshake_tls12_server),
		cmocka_unit_test(test_handshake_counts_tickets),
		cmocka_unit_test(test_handshake_resumes_tls13_as_server),
		cmocka_unit_test(test_handshake_resumes_tls13_as_client),
		cmocka_unit_test(test_handshake_resumes_tls12_by_ticket),
		cmocka_unit_test(test_handshake_resumes_tls12_by_session_id),
		cmocka_unit_test(test_handshake_client_certificates),
		cmocka_unit_test(test_handshake_hello_retry_request),
		cmocka_unit_test(test_handshake_middlebox_mode),
		cmocka_unit_test(test_handshake_byte_by_byte),
		cmocka_unit_test(test_handshake_tiny_buffers),
		cmocka_unit_test(test_handshake_never_reads_ahead),
		cmocka_unit_test(test_handshake_explicit_nonce_follows_finished),
		cmocka_unit_test(test_handshake_max_fragment_length),
		cmocka_unit_test(test_handshake_survives_a_peer_that_left),
	};

	return cmocka_run_group_tests_name("handshake", tests, make_pki, free_pki);
}
