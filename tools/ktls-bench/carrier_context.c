/* SPDX-License-Identifier: MIT */
/* What the connections of one process share. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ktls-bench/carrier.h"

int carrier_context_open(struct carrier_context *c, const struct carrier *carrier, const struct bench_tls *tls, bool is_server,
			 char why[CARRIER_WHY_MAX])
{
	int ret;

	*c = (struct carrier_context){ .carrier = carrier, .tls = tls, .is_server = is_server };
	if (!carrier->prepare)
		return 0;
	c->ctx = bench_tls_context(tls, is_server);
	if (!c->ctx) {
		snprintf(why, CARRIER_WHY_MAX, "TLS: %s", bench_tls_reason());
		return -EPROTO;
	}
	ret = carrier->prepare(c->ctx);
	if (ret)
		snprintf(why, CARRIER_WHY_MAX, "TLS: %s", strerror(-ret));
	return ret;
}

void carrier_context_close(struct carrier_context *c)
{
	SSL_SESSION_free(c->session);
	SSL_CTX_free(c->ctx);
	c->session = NULL;
	c->ctx = NULL;
}

/* The byte follows the ticket: whoever has read it has the ticket, too (RFC 8446 section 4.6.1). */
static bool exchange_ticket(SSL *ssl, bool is_server)
{
	char byte = 0;

	if (is_server && !SSL_set_num_tickets(ssl, 1))
		return false;
	if (SSL_do_handshake(ssl) != 1)
		return false;
	return is_server ? SSL_write(ssl, &byte, 1) == 1 : SSL_read(ssl, &byte, 1) == 1;
}

int carrier_context_prime(struct carrier_context *c, int fd, char why[CARRIER_WHY_MAX])
{
	SSL *ssl = bench_tls_connection(c->tls, c->ctx, fd, c->is_server, NULL);
	bool ok = ssl && exchange_ticket(ssl, c->is_server);

	if (ok && !c->is_server) {
		c->session = SSL_get1_session(ssl);
		ok = c->session && SSL_SESSION_is_resumable(c->session);
	}
	if (!ok)
		snprintf(why, CARRIER_WHY_MAX, "no session to resume: %s", bench_tls_reason());
	bench_tls_drop(ssl);
	return ok ? 0 : -EPROTO;
}
