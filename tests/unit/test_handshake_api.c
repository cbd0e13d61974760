/* SPDX-License-Identifier: MIT */
/* The handshake's bonds with libssl: preparation, refusals, the key log, and what is left when it is freed. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cmocka.h>
#include <openssl/err.h>

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

static void test_api_setup_settings(void **state)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	uint64_t before;

	(void)state;
	SSL_CTX_set_options(ctx, SSL_OP_ENABLE_KTLS);
	SSL_CTX_set_read_ahead(ctx, 1);
	before = SSL_CTX_get_options(ctx);
	assert_int_equal(ktls_handshake_setup(NULL), -EINVAL);
	assert_int_equal(ktls_handshake_setup(ctx), 0);
	assert_true(SSL_CTX_get_options(ctx) ==
		    ((before | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION) & ~(uint64_t)SSL_OP_ENABLE_KTLS));
	assert_int_equal(SSL_CTX_get_read_ahead(ctx), 0);
	SSL_CTX_free(ctx);
}

/* Settings of an SSL that is older than ktls_handshake_setup(), or that were changed since. */
static void test_api_new_settings(void **state)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	struct ktls_handshake *hs;
	SSL *ssl;

	(void)state;
	assert_int_equal(ktls_handshake_setup(ctx), 0);
	ssl = SSL_new(ctx);
	SSL_set_connect_state(ssl);
	SSL_set_options(ssl, SSL_OP_ENABLE_KTLS);
	SSL_clear_options(ssl, SSL_OP_NO_RENEGOTIATION);
	SSL_set_read_ahead(ssl, 1);
	assert_int_equal(ktls_handshake_new(&hs, ssl, 0), 0);
	assert_true(SSL_get_options(ssl) & SSL_OP_NO_RENEGOTIATION);
	assert_false(SSL_get_options(ssl) & SSL_OP_ENABLE_KTLS);
	assert_int_equal(SSL_get_read_ahead(ssl), 0);
	ktls_handshake_free(hs);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
}

static void test_api_new_refuses(void **state)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method()), *dtls = SSL_CTX_new(DTLS_method());
	struct ktls_handshake *hs = NULL, *second = NULL;
	SSL *ssl = SSL_new(ctx), *datagrams;

	(void)state;
	SSL_set_connect_state(ssl);
	assert_int_equal(ktls_handshake_new(&hs, ssl, 0), -EINVAL);	/* no setup */
	assert_int_equal(ktls_handshake_setup(ctx), 0);
	assert_int_equal(ktls_handshake_new(&hs, NULL, 0), -EINVAL);
	assert_int_equal(ktls_handshake_new(&hs, ssl, -1), -EINVAL);
	assert_int_equal(ktls_handshake_new(&hs, ssl, 0), 0);
	assert_int_equal(ktls_handshake_new(&second, ssl, 0), -EINVAL);	/* one has it */
	assert_null(second);
	ktls_handshake_free(hs);
	SSL_free(ssl);

	ssl = SSL_new(ctx);
	assert_int_equal(ktls_handshake_new(&second, ssl, 0), -EINVAL);	/* no role */
	SSL_set_accept_state(ssl);
	assert_int_equal(ktls_handshake_new(&hs, ssl, 0), 0);
	ktls_handshake_free(hs);
	SSL_free(ssl);

	assert_int_equal(ktls_handshake_setup(dtls), 0);
	datagrams = SSL_new(dtls);
	SSL_set_connect_state(datagrams);
	assert_int_equal(ktls_handshake_new(&second, datagrams, 0), -EINVAL);
	SSL_free(datagrams);
	assert_null(second);
	assert_int_equal(ERR_peek_error(), 0);
	ktls_handshake_free(NULL);
	SSL_CTX_free(ctx);
	SSL_CTX_free(dtls);
}

static void test_api_new_refuses_a_begun_handshake(void **state)
{
	const struct tls_wish wish = { 0 };
	struct ktls_handshake *second = NULL;
	struct tls_pair p;
	SSL *ssl;

	(void)state;
	tls_pair_open(&p, &pki, &wish);
	ssl = SSL_new(p.our_ctx);
	SSL_set_connect_state(ssl);
	assert_int_equal(SSL_set_fd(ssl, p.ours), 1);
	assert_int_equal(SSL_do_handshake(ssl), -1);
	ERR_clear_error();
	assert_int_equal(ktls_handshake_new(&second, ssl, p.ours), -EINVAL);
	assert_null(second);
	SSL_free(ssl);
	tls_pair_close(&p);
}

static void test_api_events(void **state)
{
	(void)state;
	for (int we_serve = 0; we_serve < 2; we_serve++) {
		const struct tls_wish wish = { .we_serve = we_serve };
		struct tls_pair p;

		tls_pair_contexts(&p, &pki, &wish);
		tls_pair_connect(&p, &wish);
		assert_int_equal(ktls_handshake_events(p.hs), we_serve ? POLLIN : POLLOUT);
		assert_int_equal(ktls_handshake_step(p.hs), -EAGAIN);
		assert_int_equal(ktls_handshake_events(p.hs), POLLIN);
		assert_string_equal(ktls_handshake_error(p.hs), "");
		assert_int_equal(tls_pair_run(&p), 0);
		assert_int_equal(ktls_handshake_events(p.hs), 0);
		assert_int_equal(ktls_handshake_step(p.hs), 0);
		tls_pair_close(&p);
	}
}

static void test_api_export_before_the_end(void **state)
{
	const struct tls_wish wish = { 0 };
	struct handover ho = { .fd = 77 };
	struct tls_pair p;

	(void)state;
	tls_pair_contexts(&p, &pki, &wish);
	tls_pair_connect(&p, &wish);
	assert_int_equal(handshake_export(p.hs, &ho), -EAGAIN);
	assert_int_equal(ktls_handshake_step(p.hs), -EAGAIN);
	assert_int_equal(handshake_export(p.hs, &ho), -EAGAIN);
	assert_string_equal(ktls_handshake_error(p.hs), "the handshake is not complete");
	assert_int_equal(ho.fd, 77);
	assert_int_equal(tls_pair_run(&p), 0);
	assert_int_equal(handshake_export(p.hs, &ho), 0);
	assert_string_equal(ktls_handshake_error(p.hs), "");
	tls_pair_close(&p);
}

static int lines_logged;
static char last_label[64];

static void application_keylog(const SSL *ssl, const char *line)
{
	assert_non_null(ssl);
	lines_logged++;
	assert_int_equal(sscanf(line, "%63s", last_label), 1);
}

static void test_api_keylog_of_the_application_goes_on(void **state)
{
	const struct tls_wish wish = { .version = TLS_1_3 };
	uint64_t tx, rx;
	struct tls_pair p;

	(void)state;
	lines_logged = 0;
	tls_pair_contexts(&p, &pki, &wish);
	SSL_CTX_set_keylog_callback(p.our_ctx, application_keylog);
	tls_pair_connect(&p, &wish);
	/* Once more does no harm: in particular it does not chain the callback to itself. */
	assert_int_equal(ktls_handshake_setup(p.our_ctx), 0);
	assert_int_equal(tls_pair_run(&p), 0);
	assert_int_equal(lines_logged, 5);
	assert_string_equal(last_label, "CLIENT_TRAFFIC_SECRET_0");
	tls_pair_check_traffic(&p, &tx, &rx);
	tls_pair_close(&p);
}

/* A connection of the same context that libktls has no part in. */
static void test_api_keylog_without_a_handshake_of_ours(void **state)
{
	const struct tls_wish wish = { .version = TLS_1_3 };
	struct tls_pair p;

	(void)state;
	lines_logged = 0;
	tls_pair_contexts(&p, &pki, &wish);
	SSL_CTX_set_keylog_callback(p.peer_ctx, application_keylog);
	assert_int_equal(ktls_handshake_setup(p.peer_ctx), 0);
	tls_pair_connect(&p, &wish);
	assert_int_equal(tls_pair_run(&p), 0);
	assert_int_equal(lines_logged, 5);
	tls_pair_close(&p);
}

static void test_api_keylog_replaced(void **state)
{
	(void)state;
	for (int tls13 = 0; tls13 < 2; tls13++) {
		const struct tls_wish wish = { .version = tls13 ? TLS_1_3 : TLS_1_2 };
		struct handover ho;
		struct tls_pair p;

		tls_pair_contexts(&p, &pki, &wish);
		tls_pair_connect(&p, &wish);
		SSL_CTX_set_keylog_callback(p.our_ctx, application_keylog);
		assert_int_equal(tls_pair_run(&p), 0);
		/* TLS 1.2 has its keys from the session. */
		assert_int_equal(handshake_export(p.hs, &ho), tls13 ? -ENOKEY : 0);
		assert_int_equal(strstr(ktls_handshake_error(p.hs), "key log") != NULL, tls13);
		tls_pair_close(&p);
	}
}

/* A server that changes the context by the name asked for: the new one has no callback of ours. */
static int switch_context(SSL *ssl, int *alert, void *arg)
{
	(void)alert;
	SSL_set_SSL_CTX(ssl, arg);
	return SSL_TLSEXT_ERR_OK;
}

static void test_api_context_switched_by_name(void **state)
{
	(void)state;
	for (int prepared = 0; prepared < 2; prepared++) {
		const struct tls_wish wish = { .version = TLS_1_3, .we_serve = true };
		SSL_CTX *other = SSL_CTX_new(TLS_method());
		struct handover ho;
		struct tls_pair p;

		pki_use(&pki, other, PKI_EC);
		if (prepared)
			assert_int_equal(ktls_handshake_setup(other), 0);
		tls_pair_contexts(&p, &pki, &wish);
		SSL_CTX_set_tlsext_servername_callback(p.our_ctx, switch_context);
		SSL_CTX_set_tlsext_servername_arg(p.our_ctx, other);
		tls_pair_connect(&p, &wish);
		assert_int_equal(SSL_set_tlsext_host_name(p.peer_ssl, "localhost"), 1);
		assert_int_equal(tls_pair_run(&p), 0);
		assert_int_equal(handshake_export(p.hs, &ho), prepared ? 0 : -ENOKEY);
		tls_pair_close(&p);
		SSL_CTX_free(other);
	}
}

static void check_refused(uint16_t version, const char *suite, const char *words)
{
	const struct tls_wish wish = { .version = version, .suites = suite };
	struct handover ho;
	struct tls_pair p;

	tls_pair_contexts(&p, &pki, &wish);
	/* Newer releases take some of these only at the lowest level. */
	SSL_CTX_set_security_level(p.our_ctx, 0);
	SSL_CTX_set_security_level(p.peer_ctx, 0);
	tls_pair_connect(&p, &wish);
	assert_int_equal(tls_pair_run(&p), 0);
	assert_int_equal(handshake_export(p.hs, &ho), -EPROTONOSUPPORT);
	assert_non_null(strstr(ktls_handshake_error(p.hs), words));
	tls_pair_close(&p);
}

static void test_api_export_refuses_other_ciphers(void **state)
{
	(void)state;
	check_refused(TLS_1_3, "TLS_AES_128_CCM_8_SHA256", "TLS_AES_128_CCM_8_SHA256");
	check_refused(TLS_1_2, "ECDHE-ECDSA-AES128-CCM8", "ECDHE-ECDSA-AES128-CCM8");
	check_refused(TLS_1_2, "ECDHE-ECDSA-AES256-CCM", "ECDHE-ECDSA-AES256-CCM");
	check_refused(TLS_1_2, "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES128-SHA256");
}

static void test_api_export_refuses_what_libssl_has_read(void **state)
{
	(void)state;
	for (int tls13 = 0; tls13 < 2; tls13++) {
		const struct tls_wish wish = { .version = tls13 ? TLS_1_3 : TLS_1_2, .we_serve = true };
		struct handover ho;
		struct tls_pair p;
		char byte;

		tls_pair_open(&p, &pki, &wish);
		assert_int_equal(SSL_write(p.peer_ssl, "lost", 4), 4);
		assert_int_equal(poll(&(struct pollfd){ .fd = p.ours, .events = POLLIN }, 1, 5000), 1);
		assert_int_equal(SSL_peek(p.our_ssl, &byte, 1), 1);
		assert_int_equal(handshake_export(p.hs, &ho), -EPROTO);
		assert_non_null(strstr(ktls_handshake_error(p.hs), "would be lost"));
		tls_pair_close(&p);
	}
}

static void test_api_export_refuses_what_does_not_add_up(void **state)
{
	const struct tls_wish wish = { 0 };
	struct handover ho;
	struct tls_pair p;

	(void)state;
	tls_pair_open(&p, &pki, &wish);
	scanner_feed(&p.hs->stream.rx.scanner, (const uint8_t *)"\027\003\003", 3);
	assert_int_equal(handshake_export(p.hs, &ho), -EPROTO);
	assert_non_null(strstr(ktls_handshake_error(p.hs), "read a part of a record"));
	scanner_feed(&p.hs->stream.rx.scanner, (const uint8_t *)"\000\000", 2);
	assert_int_equal(handshake_export(p.hs, &ho), 0);
	scanner_feed(&p.hs->stream.tx.scanner, (const uint8_t *)"\027\003\003\000\001", 5);
	assert_int_equal(handshake_export(p.hs, &ho), -EPROTO);
	assert_non_null(strstr(ktls_handshake_error(p.hs), "sent a part of a record"));
	scanner_feed(&p.hs->stream.tx.scanner, (const uint8_t *)"x", 1);
	assert_int_equal(handshake_export(p.hs, &ho), 0);
	/* An SSLv2 hello, which libssl may take, has no record header: counting went astray there. */
	p.hs->stream.foreign = true;
	assert_int_equal(handshake_export(p.hs, &ho), -EPROTO);
	assert_non_null(strstr(ktls_handshake_error(p.hs), "no TLS record"));
	tls_pair_close(&p);
}

/* SSL_free() and SSL_shutdown() have nothing to say any more, in either order, and the session stays good. */
static void check_silence(bool free_ssl_first, uint16_t version)
{
	const struct tls_wish wish = { .version = version };
	SSL_SESSION *session;
	struct tls_pair p;
	int before, after;
	char byte;

	tls_pair_open(&p, &pki, &wish);
	session = SSL_get1_session(p.our_ssl);
	assert_int_equal(ioctl(p.theirs, FIONREAD, &before), 0);
	if (free_ssl_first) {
		SSL_free(p.our_ssl);
		p.our_ssl = NULL;
	}
	ktls_handshake_free(p.hs);
	p.hs = NULL;
	if (p.our_ssl) {
		assert_int_equal(SSL_write(p.our_ssl, "x", 1), -1);
		assert_true(SSL_read(p.our_ssl, &byte, 1) <= 0);
		assert_int_equal(SSL_shutdown(p.our_ssl), 1);
		SSL_free(p.our_ssl);
		p.our_ssl = NULL;
	}
	ERR_clear_error();
	assert_int_equal(poll(&(struct pollfd){ .fd = p.theirs, .events = POLLIN }, 1, 20), before > 0);
	assert_int_equal(ioctl(p.theirs, FIONREAD, &after), 0);
	assert_int_equal(after, before);
	if (version == TLS_1_2)
		assert_int_equal(SSL_SESSION_is_resumable(session), 1);
	SSL_SESSION_free(session);
	tls_pair_close(&p);
}

static void test_api_free_is_silent(void **state)
{
	(void)state;
	check_silence(false, TLS_1_2);
	check_silence(true, TLS_1_2);
	check_silence(false, TLS_1_3);
	check_silence(true, TLS_1_3);
}

static void test_api_free_in_mid_handshake(void **state)
{
	(void)state;
	for (int ssl_first = 0; ssl_first < 2; ssl_first++) {
		const struct tls_wish wish = { 0 };
		struct tls_pair p;

		tls_pair_contexts(&p, &pki, &wish);
		tls_pair_connect(&p, &wish);
		assert_int_equal(ktls_handshake_step(p.hs), -EAGAIN);
		if (ssl_first) {
			SSL_free(p.our_ssl);
			p.our_ssl = NULL;
		} else {
			ktls_handshake_free(p.hs);
			p.hs = NULL;
			assert_true(SSL_do_handshake(p.our_ssl) <= 0);
			ERR_clear_error();
		}
		tls_pair_close(&p);
	}
}

/* SSL_dup() copies what hangs on an SSL; the copy must not think that the handshake is its own. */
static void test_api_copy_of_the_ssl(void **state)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	struct ktls_handshake *hs, *hs2;
	SSL *ssl, *copy;

	(void)state;
	assert_int_equal(ktls_handshake_setup(ctx), 0);
	ssl = SSL_new(ctx);
	SSL_set_connect_state(ssl);
	assert_int_equal(ktls_handshake_new(&hs, ssl, 0), 0);
	copy = SSL_dup(ssl);
	/* A release that copies nothing counts a reference. */
	if (copy && copy != ssl) {
		assert_int_equal(ktls_handshake_new(&hs2, copy, 0), 0);
		ktls_handshake_free(hs2);
	}
	ERR_clear_error();
	SSL_free(copy);
	ktls_handshake_free(hs);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
}

static void nothing(int sig)
{
	(void)sig;
}

/* A blocking socket, and a signal: the step comes back, and can be taken again. */
static void test_api_interrupted(void **state)
{
	const struct itimerval soon = { .it_value.tv_usec = 20000 }, never = { 0 };
	const struct sigaction act = { .sa_handler = nothing };
	const struct tls_wish wish = { .we_serve = true };
	struct sigaction old;
	struct tls_pair p;
	uint64_t tx, rx;

	(void)state;
	tls_pair_contexts(&p, &pki, &wish);
	tls_pair_connect(&p, &wish);
	assert_int_equal(fcntl(p.ours, F_SETFL, 0), 0);
	assert_int_equal(sigaction(SIGALRM, &act, &old), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
	assert_int_equal(ktls_handshake_step(p.hs), -EINTR);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	sigaction(SIGALRM, &old, NULL);
	assert_int_equal(fcntl(p.ours, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(tls_pair_run(&p), 0);
	tls_pair_check_traffic(&p, &tx, &rx);
	tls_pair_close(&p);
}

/* What others left in the error queue is not taken for a failure of the handshake. */
static void test_api_old_errors_do_not_matter(void **state)
{
	const struct tls_wish wish = { 0 };
	struct tls_pair p;

	(void)state;
	tls_pair_contexts(&p, &pki, &wish);
	tls_pair_connect(&p, &wish);
	ERR_raise(ERR_LIB_SSL, SSL_R_CERTIFICATE_VERIFY_FAILED);
	assert_int_equal(ktls_handshake_step(p.hs), -EAGAIN);
	assert_int_equal(ERR_peek_error(), 0);
	tls_pair_close(&p);
}

/* TLS 1.2's renegotiation would change keys behind our back: the peer is told no. */
static void test_api_no_renegotiation(void **state)
{
	const struct tls_wish wish = { .version = TLS_1_2, .we_serve = true };
	struct tls_pair p;
	char byte;
	int ret;

	(void)state;
	tls_pair_open(&p, &pki, &wish);
	assert_int_equal(SSL_renegotiate(p.peer_ssl), 1);
	for (int i = 0; i < 20; i++) {
		ret = SSL_do_handshake(p.peer_ssl);
		if (ret != 1 && SSL_get_error(p.peer_ssl, ret) != SSL_ERROR_WANT_READ)
			break;
		assert_true(SSL_read(p.our_ssl, &byte, 1) <= 0);
		poll(&(struct pollfd){ .fd = p.theirs, .events = POLLIN }, 1, 100);
	}
	assert_int_equal(ret, -1);
	assert_int_equal(ERR_GET_REASON(ERR_peek_error()), SSL_R_NO_RENEGOTIATION);
	ERR_clear_error();
	tls_pair_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_api_setup_settings),
		cmocka_unit_test(test_api_new_settings),
		cmocka_unit_test(test_api_new_refuses),
		cmocka_unit_test(test_api_new_refuses_a_begun_handshake),
		cmocka_unit_test(test_api_events),
		cmocka_unit_test(test_api_export_before_the_end),
		cmocka_unit_test(test_api_keylog_of_the_application_goes_on),
		cmocka_unit_test(test_api_keylog_without_a_handshake_of_ours),
		cmocka_unit_test(test_api_keylog_replaced),
		cmocka_unit_test(test_api_context_switched_by_name),
		cmocka_unit_test(test_api_export_refuses_other_ciphers),
		cmocka_unit_test(test_api_export_refuses_what_libssl_has_read),
		cmocka_unit_test(test_api_export_refuses_what_does_not_add_up),
		cmocka_unit_test(test_api_free_is_silent),
		cmocka_unit_test(test_api_free_in_mid_handshake),
		cmocka_unit_test(test_api_copy_of_the_ssl),
		cmocka_unit_test(test_api_interrupted),
		cmocka_unit_test(test_api_old_errors_do_not_matter),
		cmocka_unit_test(test_api_no_renegotiation),
	};

	return cmocka_run_group_tests_name("handshake_api", tests, make_pki, free_pki);
}
