/* SPDX-License-Identifier: MIT */
/* ktlsctl doctor --port --connect: what a server chooses, and whether the kernel carries it. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "doctor_process.h"

static int connect_loopback(uint16_t port)
{
	const struct sockaddr_in in = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	const struct timeval limit = { .tv_sec = 10 };
	const struct {
		const void *address;
		socklen_t len;
		int family;
	} tries[] = { { &in, sizeof(in), AF_INET }, { &in6, sizeof(in6), AF_INET6 } };
	int ret = -ECONNREFUSED;

	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		int fd = socket(tries[i].family, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (fd < 0)
			continue;
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
		if (connect(fd, tries[i].address, tries[i].len) == 0)
			return fd;
		ret = -errno;
		close(fd);
	}
	return ret;
}

/* "TLS_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256": what protects the records, as the cipher table calls it. */
static const char *cipher_id(const SSL_CIPHER *c)
{
	static const struct {
		int nid;
		const char *id;
	} rows[] = {
		{ NID_aes_128_gcm, "aes-128-gcm" }, { NID_aes_256_gcm, "aes-256-gcm" }, { NID_aes_128_ccm, "aes-128-ccm" },
		{ NID_chacha20_poly1305, "chacha20-poly1305" }, { NID_aria_128_gcm, "aria-128-gcm" },
		{ NID_aria_256_gcm, "aria-256-gcm" },
	};

	/* CCM_8 has a shorter tag, which the kernel does not do. */
	if (strstr(SSL_CIPHER_get_name(c), "CCM8") || strstr(SSL_CIPHER_get_name(c), "CCM_8"))
		return NULL;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].nid == SSL_CIPHER_get_cipher_nid(c))
			return rows[i].id;
	return NULL;
}

static const struct probe_cipher *find_cipher(const struct probe_report *p, const char *id)
{
	for (size_t i = 0; id && i < p->n; i++)
		if (strcmp(p->ciphers[i].info.id, id) == 0)
			return &p->ciphers[i];
	return NULL;
}

static void judge(const struct doctor_facts *facts, int version, const SSL_CIPHER *c, struct findings *f)
{
	const struct probe_cipher *row = find_cipher(&facts->probe, cipher_id(c));
	const char *name = SSL_CIPHER_get_name(c), *tls = version == TLS1_3_VERSION ? "TLS 1.3" : "TLS 1.2";
	const size_t v = version == TLS1_3_VERSION;

	if (version < TLS1_2_VERSION || !row || !probe_cipher_exists(&row->info, v)) {
		find_that(f, FINDING_FAILED, "The server chose %s, which no kernel carries.", name);
		give_advice(f, "have it prefer AES-GCM or ChaCha20-Poly1305 with TLS 1.2 or 1.3, see its list of ciphers");
		return;
	}
	if (row->result[v][KTLS_TX].answer == KTLS_NO) {
		find_that(f, FINDING_FAILED, "The server chose %s (%s), which this kernel does not carry: %s.", name, tls,
			  row->result[v][KTLS_TX].why);
		give_advice(f, "have it prefer AES-GCM, or install the kernel's module for it");
		return;
	}
	find_that(f, row->result[v][KTLS_TX].answer == KTLS_YES ? FINDING_OK : FINDING_UNKNOWN,
		  "The server chose %s (%s), which this kernel %s.", name, tls, row->result[v][KTLS_TX].answer == KTLS_YES ?
		  "carries" : "may carry: it was not tried, because that could load modules");
}

/* No secrets go over this connection, so nobody's certificate is asked for, and weak ciphers are seen, too. */
static SSL_CTX *make_context(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (!ctx)
		return NULL;
	SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_set_min_proto_version(ctx, 0);
	SSL_CTX_set_cipher_list(ctx, "ALL:@SECLEVEL=0");
	return ctx;
}

static void shake_hands(const struct doctor_facts *facts, int fd, struct findings *f)
{
	SSL_CTX *ctx = make_context();
	SSL *ssl = ctx ? SSL_new(ctx) : NULL;

	if (ssl && SSL_set_fd(ssl, fd) == 1 && SSL_connect(ssl) == 1)
		judge(facts, SSL_version(ssl), SSL_get_current_cipher(ssl), f);
	else
		find_that(f, FINDING_UNKNOWN, "The server did not shake hands: it may not speak TLS there, or ask for a name.");
	ERR_clear_error();
	SSL_free(ssl);
	SSL_CTX_free(ctx);
}

void doctor_check_handshake(const struct doctor_facts *facts, uint16_t port, struct findings *f)
{
	int fd = connect_loopback(port);

	f->check = "handshake";
	if (fd < 0) {
		find_that(f, FINDING_UNKNOWN, "No connection to port %u of this machine: %s.", port, strerror(-fd));
		return;
	}
	shake_hands(facts, fd, f);
	close(fd);
}
