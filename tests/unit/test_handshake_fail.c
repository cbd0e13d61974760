/* SPDX-License-Identifier: MIT */
/* Handshakes that fail: each for its own reason, with its own errno and words. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "handshake/state.h"
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

/* The failure is the wanted one, is said again by every later step, and leaves nothing in libcrypto's queue. */
static void check_failure(struct tls_pair *p, int ret, int want, const char *words)
{
	struct handover ho;

	if (ret != want || !strstr(ktls_handshake_error(p->hs), words))
		print_error("%d: %s\n", ret, ktls_handshake_error(p->hs));
	assert_int_equal(ret, want);
	assert_non_null(strstr(ktls_handshake_error(p->hs), words));
	assert_int_equal(ERR_peek_error(), 0);
	assert_int_equal(ktls_handshake_step(p->hs), want);
	assert_int_equal(handshake_export(p->hs, &ho), want);
	assert_non_null(strstr(ktls_handshake_error(p->hs), words));
}

static void run_and_check(struct tls_pair *p, const struct tls_wish *wish, int want, const char *words)
{
	tls_pair_connect(p, wish);
	check_failure(p, tls_pair_run(p), want, words);
	tls_pair_close(p);
}

static void test_fail_unknown_authority(void **state)
{
	(void)state;
	for (int tls13 = 0; tls13 < 2; tls13++) {
		const struct tls_wish wish = { .version = tls13 ? TLS_1_3 : TLS_1_2 };
		struct tls_pair p;

		tls_pair_contexts(&p, &pki, &wish);
		SSL_CTX_set_cert_store(p.our_ctx, X509_STORE_new());
		tls_pair_connect(&p, &wish);
		check_failure(&p, tls_pair_run(&p), -EKEYREJECTED,
			      "\"CN = localhost\" (issued by \"CN = Test CA\") did not verify: ");
		/* The peer sends its authority's certificate along, which nobody here trusts. */
		assert_int_equal(SSL_get_verify_result(p.our_ssl), X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN);
		assert_non_null(strstr(ktls_handshake_error(p.hs),
				       X509_verify_cert_error_string(X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN)));
		tls_pair_close(&p);
	}
}

static void test_fail_expired_certificate(void **state)
{
	const struct tls_wish wish = { 0 };
	struct tls_pair p;

	(void)state;
	tls_pair_contexts(&p, &pki, &wish);
	pki_use_cert(p.peer_ctx, pki.expired, pki.key[PKI_EC]);
	run_and_check(&p, &wish, -EKEYREJECTED, "certificate has expired");
}

static void test_fail_wrong_host_name(void **state)
{
	const struct tls_wish wish = { 0 };
	struct tls_pair p;

	(void)state;
	tls_pair_contexts(&p, &pki, &wish);
	tls_pair_connect(&p, &wish);
	assert_int_equal(SSL_set1_host(p.our_ssl, "elsewhere.example"), 1);
	check_failure(&p, tls_pair_run(&p), -EKEYREJECTED, "hostname mismatch");
	tls_pair_close(&p);
}

static void test_fail_client_certificate_unknown_to_us(void **state)
{
	const struct tls_wish wish = { .we_serve = true, .client_auth = true };
	struct tls_pair p;

	(void)state;
	tls_pair_contexts(&p, &pki, &wish);
	SSL_CTX_set_cert_store(p.our_ctx, X509_STORE_new());
	run_and_check(&p, &wish, -EKEYREJECTED, "did not verify");
}

static void test_fail_client_without_certificate(void **state)
{
	const struct tls_wish wish = { .we_serve = true };
	struct tls_pair p;

	(void)state;
	tls_pair_contexts(&p, &pki, &wish);
	SSL_CTX_set_verify(p.our_ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	run_and_check(&p, &wish, -EPROTO, "the peer sent no certificate");
}

/* Control characters in a name that the peer chose must not reach a terminal. */
static void test_fail_name_is_escaped(void **state)
{
	const struct tls_wish wish = { 0 };
	X509 *evil = X509_dup(pki.cert[PKI_EC]);
	X509_NAME *name = X509_NAME_new();
	struct tls_pair p;

	(void)state;
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)"\033[31m\nevil", -1, -1, 0);
	X509_set_subject_name(evil, name);
	assert_true(X509_sign(evil, pki.ca_key, EVP_sha256()) > 0);
	tls_pair_contexts(&p, &pki, &wish);
	pki_use_cert(p.peer_ctx, evil, pki.key[PKI_EC]);
	SSL_CTX_set_cert_store(p.our_ctx, X509_STORE_new());
	tls_pair_connect(&p, &wish);
	check_failure(&p, tls_pair_run(&p), -EKEYREJECTED, "evil");
	assert_null(strchr(ktls_handshake_error(p.hs), '\033'));
	assert_null(strchr(ktls_handshake_error(p.hs), '\n'));
	tls_pair_close(&p);
	X509_NAME_free(name);
	X509_free(evil);
}

static void test_fail_alert_from_the_peer(void **state)
{
	const struct tls_wish wish = { .version = TLS_1_2, .suites = "ECDHE-ECDSA-AES128-GCM-SHA256" };
	struct tls_pair p;

	(void)state;
	tls_pair_contexts(&p, &pki, &wish);
	assert_int_equal(SSL_CTX_set_cipher_list(p.peer_ctx, "ECDHE-ECDSA-AES256-GCM-SHA384"), 1);
	run_and_check(&p, &wish, -EPROTO, "peer sent alert handshake_failure (40)");
}

static void test_fail_alert_about_the_version(void **state)
{
	const struct tls_wish wish = { .version = TLS_1_2 };
	struct tls_pair p;

	(void)state;
	tls_pair_contexts(&p, &pki, &wish);
	SSL_CTX_set_max_proto_version(p.peer_ctx, TLS_1_3);
	SSL_CTX_set_min_proto_version(p.peer_ctx, TLS_1_3);
	run_and_check(&p, &wish, -EPROTO, "peer sent alert protocol_version (70)");
}

static void test_fail_alert_about_our_certificate(void **state)
{
	const struct tls_wish wish = { .we_serve = true };
	struct tls_pair p;

	(void)state;
	tls_pair_contexts(&p, &pki, &wish);
	SSL_CTX_set_cert_store(p.peer_ctx, X509_STORE_new());
	run_and_check(&p, &wish, -EPROTO, "peer sent alert unknown_ca (48)");
}

static void test_fail_no_shared_cipher(void **state)
{
	const struct tls_wish wish = { .version = TLS_1_2, .suites = "ECDHE-ECDSA-AES128-GCM-SHA256",
				       .we_serve = true };
	struct tls_pair p;

	(void)state;
	tls_pair_contexts(&p, &pki, &wish);
	assert_int_equal(SSL_CTX_set_cipher_list(p.peer_ctx, "ECDHE-ECDSA-AES256-GCM-SHA384"), 1);
	run_and_check(&p, &wish, -EPROTO, "no cipher suite in common");
}

static void test_fail_no_shared_version(void **state)
{
	const struct tls_wish wish = { .version = TLS_1_3, .we_serve = true };
	struct tls_pair p;

	(void)state;
	tls_pair_contexts(&p, &pki, &wish);
	SSL_CTX_set_min_proto_version(p.peer_ctx, TLS_1_2);
	SSL_CTX_set_max_proto_version(p.peer_ctx, TLS_1_2);
	run_and_check(&p, &wish, -EPROTO, "no protocol version in common");
}

/* What a peer says that is no TLS, to a client and to a server. */
static void test_fail_plain_text_peer(void **state)
{
	static const struct {
		bool we_serve;
		const char *says, *words;
	} peers[] = {
		{ false, "HTTP/1.0 400 Bad Request\r\n\r\n", "not speak TLS (what it sent begins with \"HTTP/\")" },
		{ false, "SSH-2.0-OpenSSH_9.2\r\n", "not speak TLS (what it sent begins with \"SSH-2\")" },
		{ false, "220 mail.example ESMTP\r\n", "not speak TLS (what it sent begins with \"220 m\")" },
		{ false, "\001\033\0\377~~~~~~~~~~~~", "not speak TLS (what it sent begins with \"....~\")" },
		{ true, "GET / HTTP/1.0\r\n\r\n", "not speak TLS (it sent a plain HTTP request)" },
		{ true, "CONNECT example:443 HTTP/1.0\r\n\r\n", "not speak TLS (it sent a plain HTTP CONNECT" },
		{ true, "EHLO mail.example\r\n", "not speak TLS (what it sent begins with \"EHLO \")" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(peers) / sizeof(peers[0]); i++) {
		const struct tls_wish wish = { .we_serve = peers[i].we_serve };
		/* One of them has a NUL in it. */
		size_t len = peers[i].says[0] == 1 ? 16 : strlen(peers[i].says);
		struct tls_pair p;
		int ret;

		tls_pair_contexts(&p, &pki, &wish);
		tls_pair_connect(&p, &wish);
		assert_int_equal(send(p.theirs, peers[i].says, len, 0), len);
		while ((ret = ktls_handshake_step(p.hs)) == -EAGAIN)
			poll(&(struct pollfd){ .fd = p.ours, .events = ktls_handshake_events(p.hs) }, 1, 5000);
		check_failure(&p, ret, -EPROTO, peers[i].words);
		tls_pair_close(&p);
	}
}

/* It began well. */
static void test_fail_lost_the_thread(void **state)
{
	const struct tls_wish wish = { .we_serve = true };
	struct tls_pair p;
	int ret;

	(void)state;
	tls_pair_contexts(&p, &pki, &wish);
	tls_pair_connect(&p, &wish);
	assert_false(tls_pair_step_peer(&p));
	assert_int_equal(send(p.theirs, "220 mail.example", 16, 0), 16);
	while ((ret = ktls_handshake_step(p.hs)) == -EAGAIN)
		poll(&(struct pollfd){ .fd = p.ours, .events = ktls_handshake_events(p.hs) }, 1, 5000);
	check_failure(&p, ret, -EPROTO, "the peer sent something that is no TLS record (it begins with \"220 m\")");
	tls_pair_close(&p);
}

/* A FIN before the first byte, and in the midst of a record. */
static void test_fail_peer_closes(void **state)
{
	static const size_t lens[] = { 0, 1, 5, 9 };

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		const struct tls_wish wish = { .we_serve = i & 1 };
		struct tls_pair p;
		int ret;

		tls_pair_contexts(&p, &pki, &wish);
		tls_pair_connect(&p, &wish);
		if (lens[i / 2])
			assert_true(send(p.theirs, "\026\003\003\000\100\002\000\000\074", lens[i / 2], 0) > 0);
		assert_int_equal(shutdown(p.theirs, SHUT_WR), 0);
		while ((ret = ktls_handshake_step(p.hs)) == -EAGAIN)
			poll(&(struct pollfd){ .fd = p.ours, .events = ktls_handshake_events(p.hs) }, 1, 5000);
		check_failure(&p, ret, -ECONNRESET, "the peer closed the connection during the handshake");
		tls_pair_close(&p);
	}
}

static void test_fail_connection_reset(void **state)
{
	const struct tls_wish wish = { .we_serve = true };
	const struct linger hard = { .l_onoff = 1, .l_linger = 0 };
	struct tls_pair p;
	int ret;

	(void)state;
	tls_pair_contexts(&p, &pki, &wish);
	tls_pair_connect(&p, &wish);
	assert_int_equal(setsockopt(p.theirs, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard)), 0);
	close(p.theirs);
	p.theirs = -1;
	while ((ret = ktls_handshake_step(p.hs)) == -EAGAIN)
		poll(&(struct pollfd){ .fd = p.ours, .events = POLLIN }, 1, 5000);
	check_failure(&p, ret, -ECONNRESET, strerror(ECONNRESET));
	tls_pair_close(&p);
}

/* No SIGPIPE, either. */
static void test_fail_broken_pipe(void **state)
{
	const struct tls_wish wish = { .we_serve = false };
	struct tls_pair p;
	int fds[2];

	(void)state;
	tls_pair_contexts(&p, &pki, &wish);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	p.ours = fds[0];
	p.theirs = fds[1];
	tls_pair_connect(&p, &wish);
	close(p.theirs);
	p.theirs = -1;
	check_failure(&p, ktls_handshake_step(p.hs), -EPIPE, strerror(EPIPE));
	tls_pair_close(&p);
}

/* A record that was changed on its way: the Certificate of TLS 1.3, which is encrypted. */
static void test_fail_tampered_record(void **state)
{
	const struct tls_wish wish = { .version = TLS_1_3 };
	uint8_t wire[16384];
	struct tls_pair p;
	int fds[2], ret;
	ssize_t len;

	(void)state;
	tls_pair_contexts(&p, &pki, &wish);
	tls_pair_connect(&p, &wish);
	assert_int_equal(ktls_handshake_step(p.hs), -EAGAIN);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	assert_int_equal(poll(&(struct pollfd){ .fd = p.theirs, .events = POLLIN }, 1, 5000), 1);
	assert_false(tls_pair_step_peer(&p));
	assert_int_equal(poll(&(struct pollfd){ .fd = p.ours, .events = POLLIN }, 1, 5000), 1);
	len = recv(p.ours, wire, sizeof(wire), 0);
	assert_true(len > 200);
	wire[len - 1] ^= 1;
	assert_int_equal(send(fds[1], wire, (size_t)len, 0), len);
	p.hs->stream.fd = fds[0];
	while ((ret = ktls_handshake_step(p.hs)) == -EAGAIN)
		poll(&(struct pollfd){ .fd = fds[0], .events = POLLIN }, 1, 5000);
	check_failure(&p, ret, -EPROTO, "bad record mac");
	tls_pair_close(&p);
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fail_unknown_authority),
		cmocka_unit_test(test_fail_expired_certificate),
		cmocka_unit_test(test_fail_wrong_host_name),
		cmocka_unit_test(test_fail_client_certificate_unknown_to_us),
		cmocka_unit_test(test_fail_client_without_certificate),
		cmocka_unit_test(test_fail_name_is_escaped),
		cmocka_unit_test(test_fail_alert_from_the_peer),
		cmocka_unit_test(test_fail_alert_about_the_version),
		cmocka_unit_test(test_fail_alert_about_our_certificate),
		cmocka_unit_test(test_fail_no_shared_cipher),
		cmocka_unit_test(test_fail_no_shared_version),
		cmocka_unit_test(test_fail_plain_text_peer),
		cmocka_unit_test(test_fail_lost_the_thread),
		cmocka_unit_test(test_fail_peer_closes),
		cmocka_unit_test(test_fail_connection_reset),
		cmocka_unit_test(test_fail_broken_pipe),
		cmocka_unit_test(test_fail_tampered_record),
	};

	return cmocka_run_group_tests_name("handshake_fail", tests, make_pki, free_pki);
}
