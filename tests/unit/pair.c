/* SPDX-License-Identifier: MIT */
/* Two ends of a TCP connection that have shaken hands within this process. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "unit/pair.h"

enum {
	PATIENCE_MS = 5000,
	WIRE_MAX = TLS_HEADER_LEN + TLS_MAX_CIPHERTEXT_12,
};

static void tcp_pair(int *a, int *b)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);
	int lfd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(lfd >= 0);
	assert_int_equal(bind(lfd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(lfd, 1), 0);
	assert_int_equal(getsockname(lfd, (struct sockaddr *)&sa, &len), 0);
	*a = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(*a, (struct sockaddr *)&sa, sizeof(sa)), 0);
	*b = accept(lfd, NULL, NULL);
	assert_true(*b >= 0);
	close(lfd);
}

static void self_signed(SSL_CTX *ctx)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();

	assert_non_null(key);
	assert_non_null(cert);
	X509_set_version(cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1, 0);
	X509_set_issuer_name(cert, X509_get_subject_name(cert));
	X509_set_pubkey(cert, key);
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	assert_int_equal(SSL_CTX_use_certificate(ctx, cert), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(ctx, key), 1);
	X509_free(cert);
	EVP_PKEY_free(key);
}

static SSL_CTX *make_ctx(bool server, const struct pair_opts *o)
{
	SSL_CTX *ctx = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
	uint16_t version = o->version ? o->version : TLS_1_3;

	assert_non_null(ctx);
	SSL_CTX_set_min_proto_version(ctx, version);
	SSL_CTX_set_max_proto_version(ctx, version);
	if (o->suite)
		assert_int_equal(version == TLS_1_3 ? SSL_CTX_set_ciphersuites(ctx, o->suite) :
						      SSL_CTX_set_cipher_list(ctx, o->suite), 1);
	if (server) {
		self_signed(ctx);
		if (o->tickets >= 0)
			SSL_CTX_set_num_tickets(ctx, (size_t)o->tickets);
	}
	assert_int_equal(ktls_handshake_setup(ctx), 0);
	return ctx;
}

static struct ktls_handshake *begin(SSL_CTX *ctx, int fd, bool server, SSL **ssl)
{
	struct ktls_handshake *hs = NULL;

	*ssl = SSL_new(ctx);
	assert_non_null(*ssl);
	if (server)
		SSL_set_accept_state(*ssl);
	else
		SSL_set_connect_state(*ssl);
	assert_int_equal(ktls_handshake_new(&hs, *ssl, fd), 0);
	return hs;
}

static void shake(struct ktls_handshake *a, struct ktls_handshake *b)
{
	int ra = -EAGAIN, rb = -EAGAIN;

	for (int i = 0; i < 10000 && (ra || rb); i++) {
		if (ra == -EAGAIN)
			ra = ktls_handshake_step(a);
		if (rb == -EAGAIN)
			rb = ktls_handshake_step(b);
		if ((ra && ra != -EAGAIN) || (rb && rb != -EAGAIN))
			fail_msg("handshake: %d %s / %d %s", ra, ktls_handshake_error(a), rb, ktls_handshake_error(b));
	}
	assert_int_equal(ra, 0);
	assert_int_equal(rb, 0);
}

static void export_peer(struct pair *p, struct ktls_handshake *hs)
{
	assert_int_equal(handshake_export(hs, &p->peer), 0);
	assert_int_equal(record_new(&p->peer_tx, &p->peer.tx), 0);
	assert_int_equal(record_new(&p->peer_rx, &p->peer.rx), 0);
}

int pair_try(struct pair *p, const struct pair_opts *o)
{
	struct ktls_handshake *test_hs, *peer_hs;
	SSL *test_ssl, *peer_ssl;
	SSL_CTX *test_ctx = make_ctx(o->test_server, o), *peer_ctx = make_ctx(!o->test_server, o);
	int ret;

	memset(p, 0, sizeof(*p));
	tcp_pair(&p->fd, &p->peer_fd);
	fcntl(p->fd, F_SETFL, O_NONBLOCK);
	fcntl(p->peer_fd, F_SETFL, O_NONBLOCK);
	test_hs = begin(test_ctx, p->fd, o->test_server, &test_ssl);
	peer_hs = begin(peer_ctx, p->peer_fd, !o->test_server, &peer_ssl);
	shake(test_hs, peer_hs);
	export_peer(p, peer_hs);
	if (o->before)
		o->before(p);
	ret = ktls_conn_new(&p->conn, &test_hs, &o->conn);
	if (ret)
		snprintf(p->refusal, sizeof(p->refusal), "%s", ktls_handshake_error(test_hs));
	ktls_handshake_free(test_hs);
	ktls_handshake_free(peer_hs);
	SSL_free(test_ssl);
	SSL_free(peer_ssl);
	SSL_CTX_free(test_ctx);
	SSL_CTX_free(peer_ctx);
	return ret;
}

void pair_make(struct pair *p, const struct pair_opts *o)
{
	assert_int_equal(pair_try(p, o), 0);
}

void pair_free(struct pair *p)
{
	ktls_conn_free(p->conn);
	record_free(p->peer_tx);
	record_free(p->peer_rx);
	close(p->fd);
	if (p->peer_fd >= 0)
		close(p->peer_fd);
	memset(p, 0, sizeof(*p));
}

static void wait_for(int fd, short events)
{
	struct pollfd pfd = { .fd = fd, .events = events };

	assert_int_equal(poll(&pfd, 1, PATIENCE_MS), 1);
}

void pair_peer_send(struct pair *p, uint8_t type, const void *data, size_t len)
{
	static uint8_t wire[WIRE_MAX];
	size_t taken = 0, done = 0;
	ssize_t n = record_seal(p->peer_tx, type, data, len, TLS_MAX_PLAINTEXT, wire, sizeof(wire), &taken);

	assert_true(n > 0);
	assert_int_equal(taken, len);
	while (done < (size_t)n) {
		ssize_t sent = send(p->peer_fd, wire + done, (size_t)n - done, MSG_NOSIGNAL);

		if (sent < 0 && errno == EAGAIN)
			wait_for(p->peer_fd, POLLOUT);
		else
			assert_true(sent > 0);
		done += sent > 0 ? (size_t)sent : 0;
	}
}

/* Waits a little; the end under test goes on with what it has to send. */
static void wait_for_the_other_end(struct pair *p, int *patience)
{
	struct pollfd pfd = { .fd = p->peer_fd, .events = POLLIN };

	if (!p->leave_alone)
		ktls_conn_flush(p->conn);
	poll(&pfd, 1, 5);
	*patience -= 5;
	if (*patience < 0)
		fail_msg("the end under test sends nothing: %s", ktls_conn_error(p->conn));
}

/* Exactly @len bytes; false at FIN. */
static bool read_full(struct pair *p, uint8_t *buf, size_t len)
{
	int patience = PATIENCE_MS;

	for (size_t done = 0; done < len;) {
		ssize_t n = recv(p->peer_fd, buf + done, len - done, 0);

		if (n == 0)
			return false;
		if (n < 0) {
			assert_int_equal(errno, EAGAIN);
			wait_for_the_other_end(p, &patience);
			continue;
		}
		done += (size_t)n;
	}
	return true;
}

ssize_t pair_peer_recv(struct pair *p, uint8_t *type, void *buf, size_t len)
{
	static uint8_t wire[WIRE_MAX], plain[WIRE_MAX];
	struct record_opened res = { 0 };
	ssize_t total;

	if (!read_full(p, wire, TLS_HEADER_LEN))
		return -1;
	total = record_frame(p->peer_rx, wire, TLS_HEADER_LEN);
	assert_true(total > TLS_HEADER_LEN);
	assert_true(read_full(p, wire + TLS_HEADER_LEN, (size_t)total - TLS_HEADER_LEN));
	assert_int_equal(record_open(p->peer_rx, wire, (size_t)total, plain, sizeof(plain), &res), 0);
	assert_int_equal(res.records, 1);
	assert_true(res.plain <= len);
	memcpy(buf, plain, res.plain);
	*type = res.type;
	return (ssize_t)res.plain;
}

void pair_peer_expect(struct pair *p, const uint8_t *sent, size_t len, uint8_t *buf, size_t room)
{
	size_t total = 0;
	uint8_t type;

	while (total < len) {
		ssize_t n = pair_peer_recv(p, &type, buf + total, room - total);

		assert_true(n > 0);
		assert_int_equal(type, TLS_CT_DATA);
		total += (size_t)n;
	}
	assert_int_equal(total, len);
	assert_memory_equal(sent, buf, len);
}

static void next_keys(struct tls_secret *secret, const struct tls_cipher *cipher, struct record *r)
{
	struct tls_keys keys;

	assert_int_equal(tls13_next_secret(secret, secret), 0);
	assert_int_equal(tls13_keys_from_secret(secret, cipher, &keys), 0);
	assert_int_equal(record_rekey(r, &keys), 0);
}

void pair_peer_key_update(struct pair *p, bool request)
{
	const uint8_t message[] = { TLS_HS_KEY_UPDATE, 0, 0, 1, request };

	pair_peer_send(p, TLS_CT_HANDSHAKE, message, sizeof(message));
	next_keys(&p->peer.tx_secret, p->peer.cipher, p->peer_tx);
}

void pair_peer_follow_key_update(struct pair *p)
{
	next_keys(&p->peer.rx_secret, p->peer.cipher, p->peer_rx);
}

ssize_t pair_recv(struct pair *p, void *buf, size_t len)
{
	struct pollfd pfd = { .fd = p->fd, .events = POLLIN };
	ssize_t n;

	while ((n = ktls_conn_recv(p->conn, buf, len)) == -EAGAIN) {
		if (poll(&pfd, 1, PATIENCE_MS) != 1)
			return -ETIMEDOUT;
		/* Linux 6.1 shows POLLIN for a partial record. */
		usleep(500);
	}
	return n;
}

int pair_until_done(struct pair *p, int (*op)(struct ktls_conn *))
{
	int ret;

	for (int i = 0; i < PATIENCE_MS && (ret = op(p->conn)) == -EAGAIN; i++)
		usleep(1000);
	return ret;
}
