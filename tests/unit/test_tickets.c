/* SPDX-License-Identifier: MIT */
/* Sessions out of tickets that came after the hand-over, on every pairing of paths this kernel offers. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "kernel/kernel.h"
#include "ktls/conn.h"
#include "unit/tls_pair.h"
#include "unit/variants.h"

static struct pki pki;
static unsigned sessions;	/* told by libssl's callback */

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

static int count_session(SSL *ssl, SSL_SESSION *session)
{
	(void)ssl;
	assert_true(SSL_SESSION_is_resumable(session));
	sessions++;
	return 0;
}

/* A client of ours that libssl serves, handed over as @state says. */
static struct ktls_conn *hand_over(struct tls_pair *p, const struct tls_wish *w, void **state, bool take_tickets)
{
	const struct variant *v = *state;
	const struct ktls_conn_opts opts = { .want = { [KTLS_TX] = v->tx, [KTLS_RX] = v->rx }, .take_tickets = take_tickets };
	struct ktls_conn *conn;
	int ret;

	tls_pair_contexts(p, &pki, w);
	SSL_CTX_set_session_cache_mode(p->our_ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(p->our_ctx, count_session);
	sessions = 0;
	tls_pair_connect(p, w);
	assert_int_equal(tls_pair_run(p), 0);
	ret = ktls_conn_new(&conn, &p->hs, &opts);
	if (ret == -EOPNOTSUPP && !kernel_required()) {
		tls_pair_close(p);
		skip();
	}
	assert_int_equal(ret, 0);
	return conn;
}

/* The peer says @text; whatever it sent before is dealt with, too. */
static void hear(struct tls_pair *p, struct ktls_conn *conn, const char *text)
{
	struct pollfd pfd = { .fd = p->ours, .events = POLLIN };
	char got[64];
	ssize_t n;

	assert_int_equal(SSL_write(p->peer_ssl, text, (int)strlen(text)), strlen(text));
	while ((n = ktls_conn_recv(conn, got, sizeof(got))) == -EAGAIN)
		assert_int_equal(poll(&pfd, 1, 5000), 1);
	if (n < 0)
		fail_msg("recv: %zd %s", n, ktls_conn_error(conn));
	assert_int_equal(n, strlen(text));
	assert_memory_equal(got, text, (size_t)n);
}

/* A second connection between the contexts of @p, with @session: both ends must take it, and their keys must fit. */
static void resume(const struct tls_pair *p, const struct tls_wish *w, SSL_SESSION *session)
{
	struct tls_pair q = { .ours = -1, .theirs = -1, .our_far = -1, .their_far = -1, .our_ctx = p->our_ctx, .peer_ctx = p->peer_ctx };
	uint64_t tx_seq, rx_seq;

	SSL_CTX_up_ref(q.our_ctx);
	SSL_CTX_up_ref(q.peer_ctx);
	tls_pair_connect(&q, w);
	assert_int_equal(SSL_set_session(q.our_ssl, session), 1);
	assert_int_equal(tls_pair_run(&q), 0);
	assert_true(SSL_session_reused(q.our_ssl));
	assert_true(SSL_session_reused(q.peer_ssl));
	tls_pair_check_traffic(&q, &tx_seq, &rx_seq);
	tls_pair_close(&q);
}

static void resume_last(const struct tls_pair *p, const struct tls_wish *w)
{
	SSL_SESSION *last = SSL_get1_session(p->our_ssl), *copy;

	assert_non_null(last);
	assert_true(SSL_SESSION_is_resumable(last));
	/* libssl has each one serve once. */
	copy = SSL_SESSION_dup(last);
	assert_non_null(copy);
	resume(p, w, copy);
	SSL_SESSION_free(copy);
	SSL_SESSION_free(last);
}

static void test_tickets_make_sessions(void **state)
{
	static const char *const suites[] = { "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256" };

	for (size_t i = 0; i < ARRAY_SIZE(suites); i++) {
		const struct tls_wish wish = { .version = TLS_1_3, .suites = suites[i] };
		struct ktls_conn_info info;
		struct tls_pair p;
		struct ktls_conn *conn = hand_over(&p, &wish, state, true);

		assert_int_equal(sessions, 0);
		hear(&p, conn, "after the tickets");
		assert_int_equal(sessions, 2);
		ktls_conn_get_info(conn, &info);
		assert_int_equal(info.tickets, 2);
		resume_last(&p, &wish);
		hear(&p, conn, "the connection goes on");
		ktls_conn_free(conn);
		/* What libssl knows outlives the connection. */
		resume_last(&p, &wish);
		tls_pair_close(&p);
	}
}

static void test_tickets_between_data(void **state)
{
	const struct tls_wish wish = { .version = TLS_1_3 };
	struct tls_pair p;
	struct ktls_conn *conn = hand_over(&p, &wish, state, true);

	for (unsigned i = 1; i <= 20; i++) {
		hear(&p, conn, "data");
		assert_int_equal(sessions, 1 + i);
		assert_int_equal(SSL_new_session_ticket(p.peer_ssl), 1);
		assert_int_equal(SSL_do_handshake(p.peer_ssl), 1);
	}
	hear(&p, conn, "behind the last");
	resume_last(&p, &wish);
	ktls_conn_free(conn);
	tls_pair_close(&p);
}

/* The keys of the connection have changed, those that libssl knows have not. */
static void test_tickets_after_key_update(void **state)
{
	const struct variant *v = *state;
	const struct tls_wish wish = { .version = TLS_1_3 };
	struct tls_pair p;
	struct ktls_conn *conn = hand_over(&p, &wish, state, true);

	if (v->rx == KTLS_ON && kernel_can_rekey() != 1) {
		ktls_conn_free(conn);
		tls_pair_close(&p);
		skip();
	}
	for (unsigned i = 1; i <= 3; i++) {
		assert_int_equal(SSL_key_update(p.peer_ssl, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
		hear(&p, conn, "under the next key");
		assert_int_equal(SSL_new_session_ticket(p.peer_ssl), 1);
		hear(&p, conn, "with a ticket");
		assert_int_equal(sessions, 2 + i);
		resume_last(&p, &wish);
	}
	ktls_conn_free(conn);
	tls_pair_close(&p);
}

static void test_tickets_nobody_wants(void **state)
{
	const struct tls_wish wish = { .version = TLS_1_3 };
	struct ktls_conn_info info;
	struct tls_pair p;
	struct ktls_conn *conn = hand_over(&p, &wish, state, false);

	hear(&p, conn, "data");
	ktls_conn_get_info(conn, &info);
	assert_int_equal(info.tickets, 2);
	assert_int_equal(sessions, 0);
	ktls_conn_free(conn);
	tls_pair_close(&p);
}

/* In TLS 1.2 the ticket was part of the handshake. */
static void test_tickets_tls12(void **state)
{
	const struct tls_wish wish = { .version = TLS_1_2 };
	struct tls_pair p;
	struct ktls_conn *conn = hand_over(&p, &wish, state, true);

	assert_int_equal(sessions, 1);
	hear(&p, conn, "data");
	ktls_conn_free(conn);
	resume_last(&p, &wish);
	tls_pair_close(&p);
}

/* What libssl makes nothing of must not end the connection, which did well without it. */
static void refused_ticket(void **state, size_t len)
{
	static uint8_t ticket[30000];
	struct pair_opts o = opts_for(*state);
	struct ktls_conn_info info;
	uint8_t got[8];
	struct pair p;

	o.tickets = 0;
	o.conn.take_tickets = true;
	make(&p, &o);
	memset(ticket, 0xaa, sizeof(ticket));
	ticket[0] = TLS_HS_NEW_SESSION_TICKET;
	ticket[1] = 0;
	ticket[2] = (uint8_t)((len - 4) >> 8);
	ticket[3] = (uint8_t)(len - 4);
	for (int i = 0; i < 2; i++) {
		for (size_t done = 0, n; done < len; done += n) {
			n = MIN(len - done, TLS_MAX_PLAINTEXT);
			pair_peer_send(&p, TLS_CT_HANDSHAKE, ticket + done, n);
		}
		pair_peer_send(&p, TLS_CT_DATA, "data", 4);
		assert_int_equal(pair_recv(&p, got, sizeof(got)), 4);
	}
	ktls_conn_get_info(p.conn, &info);
	assert_int_equal(info.tickets, 2);
	pair_free(&p);
}

static void test_tickets_malformed(void **state)
{
	refused_ticket(state, 4);
	refused_ticket(state, 6);
	refused_ticket(state, 100);
}

static void test_tickets_too_long_for_libssl(void **state)
{
	refused_ticket(state, 30000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(test_tickets_make_sessions),
		EACH(test_tickets_between_data),
		EACH(test_tickets_after_key_update),
		EACH(test_tickets_nobody_wants),
		EACH(test_tickets_tls12),
		EACH(test_tickets_malformed),
		EACH(test_tickets_too_long_for_libssl),
	};

	return cmocka_run_group_tests_name("tickets", tests, make_pki, free_pki);
}
